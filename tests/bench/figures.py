"""The arithmetic of a measurement: percentiles, ratios, and hand-outs that should not have been. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from statistics import median


def percentile(values: Sequence[float], share: float) -> float | None:
    """The value that `share` of the values do not exceed (nearest rank), None for no values."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))] if ranked else None


def milliseconds(seconds: Sequence[float]) -> dict[str, float | None]:
    """Percentiles of durations in ms."""
    found = {"p50": percentile(seconds, 0.5), "p95": percentile(seconds, 0.95), "p99": percentile(seconds, 0.99)}
    found["max"] = max(seconds, default=None)
    return {name: None if value is None else round(1000 * value, 3) for name, value in found.items()}


def ratio(value: float | None, reference: float | None, digits: int = 3) -> float | None:
    """`value` in units of `reference`, None where one of them is missing or nothing."""
    return round(value / reference, digits) if value is not None and reference else None


def middle(values: Iterable[float | None]) -> float | None:
    """The median of what is there."""
    known = [value for value in values if value is not None]
    return round(median(known), 3) if known else None


def doubles(handouts: Iterable[Sequence[object]], *, overlap: int, gone: Collection[object] = ()) -> int:
    """Hand-outs that must not be: a task given to more than `overlap` workers, or twice to the same one.

    `handouts` are (assignment, task, worker, …) as their receivers saw them; hearing of one assignment again is none
    anew, and those in `gone` (run out, given back) free their place.
    """
    given: dict[object, dict[object, object]] = defaultdict(dict)
    for assignment, task, worker, *_ in handouts:
        if assignment not in gone:
            given[task][assignment] = worker
    too_many = sum(max(0, len(by_assignment) - overlap) for by_assignment in given.values())
    twice = sum(len(by_assignment) - len(set(by_assignment.values())) for by_assignment in given.values())
    return too_many + twice
