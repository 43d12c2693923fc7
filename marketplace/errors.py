"""What the market refuses, in words a person can act on. Pages and the API translate these; rules never speak HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from annotation import shapes
from annotation.shapes import Problem

__all__ = ["Conflict", "Forbidden", "Problem", "Refused", "ShortOfFunds"]


class Refused(shapes.Refused):
    """Input that breaks a rule; names every field and rule it breaks."""

    @classmethod
    def one(cls, field: str, rule: str, message: str) -> Refused:
        """A refusal of a single field."""
        return cls([Problem(field, rule, message)])

    @classmethod
    def when(cls, problems: Iterable[Problem]) -> None:
        """Raise if there are any problems."""
        found = tuple(problems)
        if found:
            raise cls(found)


class Conflict(Exception):
    """Right in itself, but not in the present state of things."""

    def __init__(self, reason: str, message: str, **extra: Any) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.extra = extra


class Forbidden(Exception):
    """This person may not do this; `problems`, if any, say why one by one."""

    def __init__(self, reason: str, message: str, problems: Iterable[Problem] = ()) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
        self.problems = tuple(problems)


class ShortOfFunds(Exception):
    """The wallet holds less than is needed; amounts in micro-units. New money settles what its owner owes first."""

    def __init__(self, *, needed: int, available: int, owed: int = 0) -> None:
        super().__init__(f"needs {needed}, holds {available}")
        self.needed = needed
        self.available = available
        self.owed = owed
