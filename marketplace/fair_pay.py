"""When a job pays too little, and what makes it up. Pure: real times and micro-units in, micro-units out."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

MS_PER_HOUR = 3_600_000
WORKERS = 10
"""So many people's times prove what a job pays an hour; fewer may be a few slow ones."""


@dataclass(frozen=True)
class Fairness:
    """What a job's answers pay against what the floor asks for them; micro-units.

    `pay`: what an answer pays on the average; `median_ms`: the time it takes, None while unknown; `workers`: how many
    people's times that rests on; `floor`: an hour.
    """

    pay: float
    median_ms: float | None
    workers: int
    floor: int

    @property
    def proven(self) -> bool:
        """Whether enough people's times are known."""
        return self.median_ms is not None and self.median_ms > 0 and self.workers >= WORKERS

    @property
    def shortfall(self) -> int:
        """What an answer lacks to pay the floor at the median time, rounded up; 0 where that is not proven.

        The same for each answer, whoever took how long: a top-up by one's own time would pay for being slow.
        """
        if not self.proven or self.median_ms is None:
            return 0
        return max(0, math.ceil(self.floor * self.median_ms / MS_PER_HOUR - self.pay))


def affordable(*, costs: Iterable[int], available: int) -> int:
    """How many of these are paid whole out of `available`, in their order; the first that is not ends it."""
    paid = 0
    for cost in costs:
        if cost > available:
            break
        available -= cost
        paid += 1
    return paid
