"""One geometry from many: the weighted median box."""

from __future__ import annotations

from collections.abc import Sequence

from qa.matching import BBox

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
    if sum(weights) <= 0.0:
        weights = [1.0] * len(values)
    ranked = sorted((value, weight) for value, weight in zip(values, weights, strict=True) if weight > 0.0)
    half = sum(weight for _, weight in ranked) / 2
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
