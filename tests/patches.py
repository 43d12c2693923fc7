"""Which tests have replaced something of ours by `monkeypatch`: then nothing built before is good for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

ROOMS = ("annotation", "qa", "billing", "marketplace")

now: set[int] = set()
"""The monkeypatches that have replaced something and not yet put it back."""


@contextmanager
def noticed() -> Iterator[None]:
    """Keep `now` up to date."""
    setattr_, undo = pytest.MonkeyPatch.setattr, pytest.MonkeyPatch.undo

    def replaced(self: pytest.MonkeyPatch, target: Any, *args: Any, **options: Any) -> None:
        if is_ours(target):
            now.add(id(self))
        setattr_(self, target, *args, **options)

    def undone(self: pytest.MonkeyPatch) -> None:
        undo(self)
        now.discard(id(self))

    pytest.MonkeyPatch.setattr, pytest.MonkeyPatch.undo = replaced, undone
    try:
        yield
    finally:
        pytest.MonkeyPatch.setattr, pytest.MonkeyPatch.undo = setattr_, undo


def is_ours(target: Any) -> bool:
    """True for a module of ours, for what is defined in one, and for a name in one."""
    where = (
        target if isinstance(target, str) else getattr(target, "__module__", None) or getattr(target, "__name__", "")
    )
    return str(where).split(".")[0] in ROOMS
