"""What is wrong with an input: which field, which rule, in words a person can act on."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

PROBLEMS_TOLD = 20
"""A refusal names at most this many problems: enough to mend, never an answer as long as the input."""


@dataclass(frozen=True)
class Problem:
    """One broken rule: `field` is a path such as `shapes[2].bbox`, `rule` a code such as `inside_image`."""

    field: str
    rule: str
    message: str


class Refused(ValueError):
    """An input breaks rules; `problems` says which."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in self.problems))


@dataclass
class Checklist:
    """Gathers problems while an input is read, so that one refusal names them all."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, where: str, rule: str, message: str) -> None:
        """Note one problem."""
        if len(self.problems) < PROBLEMS_TOLD:
            self.problems.append(Problem(where, rule, message))

    def table(self, value: object, *, where: str, keys: frozenset[str]) -> Mapping[str, object] | None:
        """`value` if it is a JSON object without keys other than `keys`; else note why not and give None."""
        # A dict is told apart from the rest sooner than a Mapping is.
        if type(value) is not dict and not isinstance(value, Mapping):
            self.add(where, "type", "must be a JSON object")
            return None
        if value.keys() <= keys:
            return value
        for key in value:
            if key not in keys:
                self.add(join(where, show(key)), "unknown_key", f"unknown key; known are {', '.join(sorted(keys))}")
        return value

    def sequence(self, value: object, *, where: str) -> list[object]:
        """`value` if it is a JSON list; else note why not and give an empty list."""
        if isinstance(value, list | tuple):
            return list(value)
        self.add(where, "type", "must be a list")
        return []


def join(where: str, key: str) -> str:
    """The path of `key` inside `where`."""
    return f"{where}.{key}" if where else key


def show(value: object, *, length: int = 60) -> str:
    """`value` as text short and plain enough to stand in a message."""
    text = value if isinstance(value, str) else repr(value)
    text = "".join(character if character.isprintable() else "�" for character in text[: length + 1])
    return text if len(text) <= length else f"{text[:length]}…"


def number(value: object) -> float | None:
    """`value` as a finite float, or None (booleans, text, NaN, infinities and over-long integers are no numbers)."""
    if type(value) is float:  # the usual case
        return value if math.isfinite(value) else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        result = float(value)
    except OverflowError:
        return None
    return result if math.isfinite(result) else None


def is_plain_text(value: str) -> bool:
    """True if `value` has no control characters, line breaks or halves of characters."""
    return not any(unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"} for character in value)
