"""How far answers to one image agree with each other: what a worker's record can honestly learn from.

A worker's agreement with a consensus holds their own vote, so whoever weighs much agrees with themselves, weighs
more, and so on: with two answers to an image that loop makes spammers kings. Agreement with the others has no loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from qa.agreement import compare_matched, overall, questions_of, tag_agreement
from qa.consensus import DECIMALS, WorkerAnswer, boxes_asked
from qa.matching import Matches, Pairs, match_all
from qa.policy import Policy


@dataclass(frozen=True)
class Peers:
    """Every two answers to one image compared: the costly part of judging, which no weight changes.

    By the indices of the two in the order of their keys. `matches`: their boxes; `agreements`: 0 to 1.
    """

    matches: Matches
    agreements: Mapping[tuple[int, int], float]


def compare_peers(*, answers: Sequence[WorkerAnswer], policy: Policy) -> Peers:
    """Compare answers with distinct keys; neither their order nor their weights matter."""
    ranked = sorted(answers, key=lambda each: each.key)
    with_boxes = boxes_asked(answers=ranked, policy=policy)
    matches = match_all(answers=[[box.bbox for _, box in each.boxes] for each in ranked], iou=policy.match_iou)
    return Peers(
        matches=matches,
        agreements={
            (a, b): _agreement(ranked[a], ranked[b], pairs, policy, with_boxes) for (a, b), pairs in matches.items()
        },
    )


def peer_agreements(*, answers: Sequence[WorkerAnswer], policy: Policy, peers: Peers | None = None) -> dict[str, float]:
    """For each key the mean agreement with the other answers, by their weight, 0 to 1. Empty for a lone answer.

    `peers`: what `compare_peers` says of these answers, if it was asked before.
    """
    ranked = sorted(answers, key=lambda each: each.key)
    found = compare_peers(answers=ranked, policy=policy) if peers is None else peers
    sums = [[0.0, 0.0] for _ in ranked]  # weighted agreement, weight
    # Without any weight (all 0) everybody's counts the same.
    equal = not any(each.weight for each in ranked)
    for (a, b), agreement in found.agreements.items():
        for own, peer in ((a, b), (b, a)):
            weight = 1.0 if equal else ranked[peer].weight
            sums[own][0] += weight * agreement
            sums[own][1] += weight
    return {
        each.key: round(total / weight, DECIMALS)
        for each, (total, weight) in zip(ranked, sums, strict=True)
        if weight > 0.0
    }


def _agreement(one: WorkerAnswer, other: WorkerAnswer, pairs: Pairs, policy: Policy, with_boxes: bool) -> float:
    tag_share, found = None, None
    if policy.tags:
        own, peers = ([tag for tag in policy.tags if tag in each.answer.tags] for each in (one, other))
        tag_share = tag_agreement(own=own, adopted=peers, tags=policy.tags, choice=policy.tag_choice)
    if with_boxes:
        boxes, peer_boxes = ([box for _, box in each.boxes] for each in (one, other))
        found = compare_matched(own=boxes, adopted=peer_boxes, pairs=pairs)
    questions = questions_of(tags=policy.tags, choice=policy.tag_choice)
    return overall(boxes=found, tags=tag_share, questions=questions)
