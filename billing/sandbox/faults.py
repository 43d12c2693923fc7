"""What goes wrong on purpose.

A fault is a status such as 503 (nothing happens, and it is said), "lost" (the work is done, the line is cut before
the answer), "unheard" (the line is cut before the work), "broken" (nothing happens, and a 500 is remembered under the
idempotency key) or "slow:2.5" (the work starts that many seconds late, its key in use meanwhile).
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterable

Fault = str | int


class Faults:
    """Faults for the next requests to a path, first come first served, and faults that happen again and again."""

    def __init__(self) -> None:
        self._next: list[tuple[str, Fault]] = []
        self._often: list[tuple[str, Fault, float, random.Random]] = []
        self._turn = threading.Lock()
        self.injected = 0

    def extend(self, faults: Iterable[tuple[str, Fault]]) -> None:
        """Each of these befalls one request whose path begins so."""
        faults = [(path, _checked(fault)) for path, fault in faults]
        with self._turn:
            self._next.extend(faults)

    def often(self, path: str, fault: Fault, *, share: float, seed: int) -> None:
        """A share of the requests to this path, from 0 to 1, until cleared."""
        with self._turn:
            self._often.append((path, _checked(fault), share, random.Random(seed)))  # noqa: S311 - a test's dice

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        with self._turn:
            self._next.clear()
            self._often.clear()

    def befall(self, path: str) -> Fault | None:
        """What goes wrong with this request."""
        with self._turn:
            found = next((number for number, (start, _) in enumerate(self._next) if path.startswith(start)), None)
            if found is not None:
                fault: Fault | None = self._next.pop(found)[1]
            else:
                drawn = (each[1] for each in self._often if path.startswith(each[0]) and each[3].random() < each[2])
                fault = next(drawn, None)
            self.injected += fault is not None
            return fault


def delay(fault: Fault | None) -> float:
    """How many seconds a slow request waits."""
    return float(fault.partition(":")[2]) if isinstance(fault, str) and fault.startswith("slow:") else 0.0


def _checked(fault: Fault) -> Fault:
    if isinstance(fault, int) and 400 <= fault <= 599:
        return fault
    if isinstance(fault, str) and (fault in ("lost", "unheard", "broken") or 0 < delay(fault) <= 60):
        return fault
    raise ValueError(f"{fault!r} is no fault: a status, lost, unheard, broken or slow:SECONDS")
