"""Which drawings mean the same object: between two sets of them, and across all answers to an image."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from annotation.geometry import box_iou

BBox = tuple[float, float, float, float]
"""x, y, width, height in pixels."""
Member = tuple[int, int]
"""One box of one answer: (index of the answer, index of the box in it)."""
Pairs = list[tuple[int, int, float]]
"""(index in left, index in right, IoU) of boxes that were matched."""
Matches = Mapping[tuple[int, int], Pairs]
"""The pairs of every two answers, by the indices of the two, the smaller one first."""

FEW = 64
"""Up to so many pairs plain Python is faster: arrays of a few boxes cost more to make than to use."""


def match_boxes(
    *,
    left: Sequence[BBox],
    right: Sequence[BBox],
    iou: float,
    allowed: NDArray[np.bool_] | None = None,
) -> Pairs:
    """Pair boxes one to one so that the sum of IoU is greatest, with no pair below `iou`.

    `allowed`: [len(left), len(right)], pairs that may be matched at all (e.g. of one label).
    Returns the pairs by index in left. Hungarian method: Kuhn, 1955.
    """
    pairs = _overlapping(left, right, iou)
    if allowed is not None:
        pairs = [pair for pair in pairs if allowed[pair[0], pair[1]]]
    return choose_pairs(pairs=pairs, shape=(len(left), len(right)))


def match_alike(*, alike: NDArray[np.float64], least: float) -> Pairs:
    """The same for anything of which is known how alike each of one side is to each of the other, [n, m]."""
    rows, columns = np.nonzero((alike >= least) & (alike > 0.0))
    pairs = list(zip(rows.tolist(), columns.tolist(), alike[rows, columns].tolist(), strict=True))
    return choose_pairs(pairs=pairs, shape=alike.shape)


def choose_pairs(*, pairs: Pairs, shape: tuple[int, ...]) -> Pairs:
    """Those of some pairs that make the greatest sum with nobody in two of them. `shape`: how many there are."""
    if len({i for i, _, _ in pairs}) == len(pairs) == len({j for _, j, _ in pairs}):
        return pairs  # nobody competes for a partner, as nearly always: there is nothing to choose
    gains = np.zeros(shape)
    for i, j, overlap in pairs:
        gains[i, j] = overlap
    rows, columns = linear_sum_assignment(gains, maximize=True)
    chosen = set(zip(rows.tolist(), columns.tolist(), strict=True))
    return [pair for pair in pairs if pair[:2] in chosen]


def match_all(*, answers: Sequence[Sequence[BBox]], iou: float) -> Matches:
    """The boxes of every two answers matched one to one, see `match_boxes`."""
    return {
        (a, b): match_boxes(left=answers[a], right=answers[b], iou=iou) for a, b in combinations(range(len(answers)), 2)
    }


def _overlapping(left: Sequence[BBox], right: Sequence[BBox], iou: float) -> Pairs:
    """All pairs that overlap by `iou` or more, in order. Both ways come to the same numbers, bit by bit."""
    if len(left) * len(right) <= FEW:
        return [
            (i, j, overlap)
            for i, one in enumerate(left)
            for j, other in enumerate(right)
            if (overlap := _overlap(one, other)) >= iou and overlap > 0.0
        ]
    overlaps = box_iou(left, right)
    rows, columns = np.nonzero((overlaps >= iou) & (overlaps > 0.0))
    return list(zip(rows.tolist(), columns.tolist(), overlaps[rows, columns].tolist(), strict=True))


def cluster_boxes(
    *, answers: Sequence[Sequence[BBox]], iou: float, matches: Matches | None = None
) -> list[tuple[Member, ...]]:
    """Group the boxes of many answers into objects, at most one box of each answer in a group.

    Every two answers are matched one to one; the matched pairs then join groups, the strongest pair first, when the
    boxes of the joined group overlap each other by `iou` on the average and no answer would have two boxes in it.
    `matches`: what `match_all` says of these answers, if it was asked before.
    Every box is in exactly one group. The groups, and the members in each, come in the order of (answer, box).
    """

    def alike(one: Member, other: Member) -> float:
        return _overlap(answers[one[0]][one[1]], answers[other[0]][other[1]])

    return join_groups(
        sizes=[len(boxes) for boxes in answers],
        matches=match_all(answers=answers, iou=iou) if matches is None else matches,
        alike=alike,
        least=iou,
    )


def join_groups(
    *, sizes: Sequence[int], matches: Matches, alike: Callable[[Member, Member], float], least: float
) -> list[tuple[Member, ...]]:
    """The same for anything: `sizes` says how many each answer has, `alike` how alike two of them are."""
    group_of = {(k, i): [(k, i)] for k, size in enumerate(sizes) for i in range(size)}
    for _, one, other in _by_strength(matches):
        first, second = group_of[one], group_of[other]
        if first is second or not _may_join(first, second, alike, least):
            continue
        first.extend(second)
        for member in second:
            group_of[member] = first
    return sorted({tuple(sorted(group)) for group in group_of.values()})


def _by_strength(matches: Matches) -> list[tuple[float, Member, Member]]:
    """All matched pairs, (−IoU, member, member): sorted, the strongest first, equals by index."""
    return sorted((-overlap, (a, i), (b, j)) for (a, b), pairs in matches.items() for i, j, overlap in pairs)


def _may_join(
    first: Sequence[Member], second: Sequence[Member], alike: Callable[[Member, Member], float], least: float
) -> bool:
    if len(first) == len(second) == 1:
        return True  # the pair that was matched
    if {k for k, _ in first} & {k for k, _ in second}:
        return False
    total = sum(alike(one, other) for one in first for other in second)
    # The hair of slack: a pair that was matched at exactly `least` may come out a rounding error lower here.
    return total >= (least - 1e-9) * len(first) * len(second)


def _overlap(one: BBox, other: BBox) -> float:
    """IoU of two boxes, as `annotation.geometry.box_iou` reckons it."""
    x, y, w, h = one
    left, top, width, height = other
    across = min(x + w, left + width) - max(x, left)
    if across <= 0.0:
        return 0.0
    down = min(y + h, top + height) - max(y, top)
    if down <= 0.0:
        return 0.0
    shared = across * down
    union = w * h + width * height - shared
    return min(1.0, shared / union) if union > 0.0 else 0.0
