"""What labelling costs and how fast it goes, by definition. Pure: whole micro-units in, figures out.

A figure that has no meaning yet (nothing accepted, no time measured) is None, never 0 and never a division fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

MS_PER_HOUR = 3_600_000


@dataclass(frozen=True)
class Forecast:
    """Where a job's bill is going. Money in micro-units; `expected` is None while nothing is decided."""

    spent: int
    held: int
    expected: int | None
    at_most: int


def cost_per(*, spent: int, count: int) -> float | None:
    """Micro-units spent for each of `count` annotations, accepted shapes or correct labels."""
    return spent / count if count > 0 else None


def throughput(*, count: int, active_ms: int) -> float | None:
    """How many of them (annotations, shapes) an active hour brings."""
    return count * MS_PER_HOUR / active_ms if active_ms > 0 else None


def hourly_pay(*, reward: int, active_ms: Sequence[int], at_least: int = 10) -> int | None:
    """Micro-units an hour at this reward and the median active time; None below `at_least` measured answers."""
    measured = [ms for ms in active_ms if ms > 0]
    if len(measured) < max(at_least, 1):
        return None
    return int(reward * MS_PER_HOUR / median(measured))


def rate(*, part: int, whole: int) -> float | None:
    """Share such as rejections among decided answers, or appeals among rejections."""
    return part / whole if whole > 0 else None


def burned(*, spent: int, budget: int) -> float | None:
    """Share of the budget that is spent."""
    return rate(part=spent, whole=budget)


def forecast(*, spent: int, held: int, settled: int, total: int) -> Forecast:
    """The bill at the end, if the open tasks cost what the settled ones did; never above what is spent and held.

    `spent` and `held` (escrow, free and committed) in micro-units, `settled` of `total` tasks are decided.
    """
    at_most = spent + held
    if settled <= 0:
        return Forecast(spent=spent, held=held, expected=None, at_most=at_most)
    return Forecast(
        spent=spent, held=held, expected=min(spent * max(total, settled) // settled, at_most), at_most=at_most
    )
