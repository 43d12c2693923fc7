"""How far answers to one image agree with each other: what a worker's record can honestly learn from.

A worker's agreement with a consensus holds their own vote, so whoever weighs much agrees with themselves, weighs
more, and so on: with two answers to an image that loop makes spammers kings. Agreement with the others has no loop.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

from qa.agreement import compare_boxes, overall, questions_of, tag_agreement
from qa.consensus import DECIMALS, WorkerAnswer, boxes_asked
from qa.policy import Policy


def peer_agreements(*, answers: Sequence[WorkerAnswer], policy: Policy) -> dict[str, float]:
    """For each key the mean agreement with the other answers, by their weight, 0 to 1. Empty for a lone answer."""
    ranked = sorted(answers, key=lambda each: each.key)
    with_boxes = boxes_asked(answers=ranked, policy=policy)
    sums = {each.key: [0.0, 0.0] for each in ranked}  # weighted agreement, weight
    # Without any weight (all 0) everybody's counts the same.
    equal = not any(each.weight for each in ranked)
    for one, other in combinations(ranked, 2):
        agreement = _agreement(one, other, policy, with_boxes)
        for own, peer in ((one, other), (other, one)):
            weight = 1.0 if equal else peer.weight
            sums[own.key][0] += weight * agreement
            sums[own.key][1] += weight
    return {key: round(total / weight, DECIMALS) for key, (total, weight) in sums.items() if weight > 0.0}


def _agreement(one: WorkerAnswer, other: WorkerAnswer, policy: Policy, with_boxes: bool) -> float:
    tag_share, found = None, None
    if policy.tags:
        own, peers = ([tag for tag in policy.tags if tag in each.answer.tags] for each in (one, other))
        tag_share = tag_agreement(own=own, adopted=peers, tags=policy.tags, choice=policy.tag_choice)
    if with_boxes:
        boxes, peer_boxes = ([box for _, box in each.boxes] for each in (one, other))
        found = compare_boxes(own=boxes, adopted=peer_boxes, iou=policy.match_iou)
    questions = questions_of(tags=policy.tags, choice=policy.tag_choice)
    return overall(boxes=found, tags=tag_share, questions=questions)
