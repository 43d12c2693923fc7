"""Which boxes mean the same object: between two sets of boxes, and across all answers to an image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from annotation.geometry import box_iou

BBox = tuple[float, float, float, float]
"""x, y, width, height in pixels."""
Member = tuple[int, int]
"""One box of one answer: (index of the answer, index of the box in it)."""


def as_array(boxes: Sequence[BBox]) -> NDArray[np.float64]:
    """The boxes as an array [n, 4]; [0, 4] when there are none."""
    return np.asarray(boxes, dtype=np.float64).reshape(-1, 4)


def match_boxes(
    *,
    left: Sequence[BBox],
    right: Sequence[BBox],
    iou: float,
    allowed: NDArray[np.bool_] | None = None,
) -> list[tuple[int, int, float]]:
    """Pair boxes one to one so that the sum of IoU is greatest, with no pair below `iou`.

    `allowed`: [len(left), len(right)], pairs that may be matched at all (e.g. of one label).
    Returns (index in left, index in right, IoU), by index in left. Hungarian method: Kuhn, 1955.
    """
    if not left or not right:
        return []
    overlaps = box_iou(as_array(left), as_array(right))
    useful = overlaps >= iou
    if allowed is not None:
        useful &= allowed
    gains = np.where(useful, overlaps, 0.0)
    rows, columns = linear_sum_assignment(gains, maximize=True)
    values = gains[rows, columns]
    return [
        (int(row), int(column), float(value))
        for row, column, value in zip(rows, columns, values, strict=True)
        if value > 0.0
    ]


def cluster_boxes(*, answers: Sequence[Sequence[BBox]], iou: float) -> list[tuple[Member, ...]]:
    """Group the boxes of many answers into objects, at most one box of each answer in a group.

    Every two answers are matched one to one; the matched pairs then join groups, the strongest pair first, when the
    boxes of the joined group overlap each other by `iou` on the average and no answer would have two boxes in it.
    Every box is in exactly one group. The groups, and the members in each, come in the order of (answer, box).
    """
    group_of = {(k, i): [(k, i)] for k, boxes in enumerate(answers) for i in range(len(boxes))}
    for _, one, other in _pairs(answers, iou):
        first, second = group_of[one], group_of[other]
        if first is second or not _may_join(first, second, answers, iou):
            continue
        first.extend(second)
        for member in second:
            group_of[member] = first
    return sorted({tuple(sorted(group)) for group in group_of.values()})


def _pairs(answers: Sequence[Sequence[BBox]], iou: float) -> list[tuple[float, Member, Member]]:
    """Matched pairs of every two answers, (−IoU, member, member): sorted, the strongest first, equals by index."""
    found = []
    for a, left in enumerate(answers):
        for b in range(a + 1, len(answers)):
            for i, j, overlap in match_boxes(left=left, right=answers[b], iou=iou):
                found.append((-overlap, (a, i), (b, j)))
    return sorted(found)


def _may_join(first: Sequence[Member], second: Sequence[Member], answers: Sequence[Sequence[BBox]], iou: float) -> bool:
    if {k for k, _ in first} & {k for k, _ in second}:
        return False
    total = sum(_overlap(answers[a][i], answers[b][j]) for a, i in first for b, j in second)
    # The hair of slack: a pair that was matched at exactly `iou` may come out a rounding error lower here.
    return total >= (iou - 1e-9) * len(first) * len(second)


def _overlap(one: BBox, other: BBox) -> float:
    """IoU of two boxes; plain floats, because an array of one box costs more to make than to use."""
    width = min(one[0] + one[2], other[0] + other[2]) - max(one[0], other[0])
    height = min(one[1] + one[3], other[1] + other[3]) - max(one[1], other[1])
    if width <= 0.0 or height <= 0.0:
        return 0.0
    shared = width * height
    return shared / (one[2] * one[3] + other[2] * other[3] - shared)
