"""Which shapes of many answers mean the same object, whatever their types; a match never crosses types."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from annotation.shapes import BOX, Shape
from qa.likeness import likeness
from qa.matching import Matches, Member, Pairs, cluster_boxes, join_groups, match_alike, match_all, match_boxes
from qa.policy import Policy

Drawn = Sequence[Sequence[Shape]]
"""By answer, the objects it draws."""


@dataclass(frozen=True)
class Matched:
    """The objects of every two answers matched one to one.

    `alike`: how alike two objects of different answers are, the earlier answer's first, for those that are at all; of
    boxes alone it is not kept, since to reckon it again is quicker. `groups`: what `group_objects` makes of it, if it
    was asked before.
    """

    pairs: Matches
    alike: Mapping[tuple[Member, Member], float] | None = None
    groups: Sequence[tuple[Member, ...]] | None = None


def match_two(*, left: Sequence[Shape], right: Sequence[Shape], policy: Policy) -> Pairs:
    """Pair shapes one to one for the greatest sum of likeness, with no pair below the policy's `match_iou`."""
    if all(shape.type == BOX for shape in (*left, *right)):
        return match_boxes(left=_bboxes(left), right=_bboxes(right), iou=policy.match_iou)
    return match_alike(alike=likeness(left=left, right=right, policy=policy), least=policy.match_iou)


def match_objects(*, answers: Drawn, policy: Policy) -> Matched:
    """The objects of every two answers matched one to one, see `match_two`."""
    if _only_boxes(answers):
        return Matched(match_all(answers=[_bboxes(each) for each in answers], iou=policy.match_iou))
    pairs: dict[tuple[int, int], Pairs] = {}
    alike: dict[tuple[Member, Member], float] = {}
    for a, b in combinations(range(len(answers)), 2):
        table = likeness(left=answers[a], right=answers[b], policy=policy)
        pairs[a, b] = match_alike(alike=table, least=policy.match_iou)
        # What has nothing in common is left out: of thousands of objects that is nearly everything.
        rows, columns = np.nonzero(table)
        for i, j, value in zip(rows.tolist(), columns.tolist(), table[rows, columns].tolist(), strict=True):
            alike[(a, i), (b, j)] = value
    return Matched(pairs, alike)


def group_objects(*, answers: Drawn, policy: Policy, matched: Matched | None = None) -> Sequence[tuple[Member, ...]]:
    """Group the objects of many answers, at most one of each answer in a group; see `qa.matching.cluster_boxes`.

    `matched`: what `match_objects` says of these answers, if it was asked before.
    """
    found = match_objects(answers=answers, policy=policy) if matched is None else matched
    if found.groups is not None:
        return found.groups
    if found.alike is None:
        boxes = [_bboxes(each) for each in answers]
        return cluster_boxes(answers=boxes, iou=policy.match_iou, matches=found.pairs)
    alike = found.alike
    return join_groups(
        sizes=[len(each) for each in answers],
        matches=found.pairs,
        alike=lambda one, other: alike.get((one, other) if one < other else (other, one), 0.0),
        least=policy.match_iou,
    )


def _only_boxes(answers: Drawn) -> bool:
    return all(shape.type == BOX for each in answers for shape in each)


def _bboxes(shapes: Sequence[Shape]) -> list[tuple[float, float, float, float]]:
    return [shape.bbox for shape in shapes]  # type: ignore[union-attr]  # asked of boxes alone
