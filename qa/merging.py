"""One geometry from many: the weighted median box and the weighted median of each point."""

from __future__ import annotations

from collections.abc import Sequence

from annotation.shapes.keypoints import HIDDEN
from annotation.shapes.keypoints import VISIBLE as SEEN
from qa.matching import BBox
from qa.voting import HAIR

DECIMALS = 2


def weighted_median(*, values: Sequence[float], weights: Sequence[float]) -> float:
    """The value with half of the weight on either side, interpolated between neighbours.

    Each value stands at the middle of its own weight, and the line between them is read at half of the total. With
    equal weights that is the ordinary median (the middle value, or the mean of the two middle ones); with two values
    it is their weighted mean. So no weight makes the result jump. All weights 0 counts as all equal.
    Raises ValueError without values.
    """
    if not values:
        raise ValueError("A median needs at least one value.")
    ranked = [pair for pair in sorted(zip(values, weights, strict=True)) if pair[1] > 0.0]
    if not ranked:
        ranked = [(value, 1.0) for value in sorted(values)]
    half = sum([weight for _, weight in ranked]) / 2
    passed = 0.0
    before = (-1.0, ranked[0][0])  # (place on the line of weights, value)
    for value, weight in ranked:
        middle = passed + weight / 2
        if middle >= half:
            share = (half - before[0]) / (middle - before[0])
            return before[1] + (value - before[1]) * share
        before = (middle, value)
        passed += weight
    return ranked[-1][0]


def merge_boxes(*, boxes: Sequence[BBox], weights: Sequence[float]) -> BBox:
    """The weighted median of each edge (left, top, right, bottom), as x, y, width, height in pixels, two decimals.

    It is never narrower or lower than the narrowest and the lowest of the boxes, and never outside all of them.
    """
    left, width = _merge_sides(starts=[box[0] for box in boxes], lengths=[box[2] for box in boxes], weights=weights)
    top, height = _merge_sides(starts=[box[1] for box in boxes], lengths=[box[3] for box in boxes], weights=weights)
    return (left, top, width, height)


def _merge_sides(*, starts: Sequence[float], lengths: Sequence[float], weights: Sequence[float]) -> tuple[float, float]:
    """Start and length of the merged box along one axis."""
    ends = [start + length for start, length in zip(starts, lengths, strict=True)]
    start = weighted_median(values=starts, weights=weights)
    # The medians of both edges are taken apart: of boxes that hardly overlap they may come too near to each other.
    length = max(weighted_median(values=ends, weights=weights) - start, min(lengths))
    return round(min(start, max(ends) - length), DECIMALS), round(length, DECIMALS)


def merge_keypoints(
    *, points: Sequence[Sequence[float]], weights: Sequence[float], care: Sequence[float] | None = None
) -> tuple[float, ...]:
    """From x, y, v of each point of a skeleton, by answer: the median of each point by `care`, two decimals.

    A point is marked when at least half of the weight marks it: people overlook a point more often than they invent
    one. It is seen (v 2) when at least half of those who mark it see it, else hidden (v 1). Where no point would be
    marked, what anybody marked is. `care` counts for where points lie; it is the weights where it is not given.
    """
    counted = list(weights) if sum(weights) > 0.0 else [1.0] * len(points)
    care = counted if care is None else care
    merged = _merge_points(points, counted, care, least=0.5)
    return merged if any(merged) else _merge_points(points, counted, care, least=0.0)


def _merge_points(
    points: Sequence[Sequence[float]], weights: Sequence[float], care: Sequence[float], *, least: float
) -> tuple[float, ...]:
    total, merged = sum(weights), []
    for at in range(0, len(points[0]), 3):
        marked = [k for k, each in enumerate(points) if each[at + 2] > 0]
        behind = sum(weights[k] for k in marked)
        if not marked or behind < (least - HAIR) * total:
            merged += [0.0, 0.0, 0.0]
            continue
        own = [care[k] for k in marked]
        place = [
            round(weighted_median(values=[points[k][at + axis] for k in marked], weights=own), DECIMALS)
            for axis in (0, 1)
        ]
        seen = sum(weights[k] for k in marked if points[k][at + 2] == SEEN)
        merged += [*place, float(SEEN if seen >= (0.5 - HAIR) * behind else HIDDEN)]
    return tuple(merged)
