"""What labelling costs and how fast it goes, by definition. Pure: whole micro-units in, figures out.

A figure that has no meaning yet (nothing accepted, no time measured) is None, never 0 and never a division fault.
"""

from __future__ import annotations

MS_PER_HOUR = 3_600_000


def cost_per(*, spent: int, count: float) -> int | None:
    """Micro-units spent for each of `count` annotations, or correct labels, which may be an estimate."""
    return round(spent / count) if count > 0 else None


def throughput(*, count: int, active_ms: int) -> float | None:
    """How many of them (answers, shapes) an active hour brings."""
    return count * MS_PER_HOUR / active_ms if active_ms > 0 else None


def hourly_pay(*, earned: int, active_ms: int) -> int | None:
    """Micro-units an hour, for so much earned in so much time."""
    return round(earned * MS_PER_HOUR / active_ms) if active_ms > 0 else None


def rate(*, part: int, whole: int) -> float | None:
    """Share such as rejections among decided answers, or right ones among known images."""
    return part / whole if whole > 0 else None


def burned(*, spent: int, budget: int) -> float | None:
    """Share of the budget that is spent."""
    return rate(part=spent, whole=budget)


def forecast(*, spent: int, accepted: int, rejected: int, wanted: int, unit: int) -> int:
    """What is spent, plus what is still wanted at the acceptance rate and the cost of an answer seen so far.

    Micro-units; `wanted` answers in all, `unit` is what one costs while none was accepted.
    """
    share = rate(part=accepted, whole=accepted + rejected)
    left = max(0, wanted - accepted - rejected)
    return spent + round(left * (1.0 if share is None else share) * (spent / accepted if accepted else unit))
