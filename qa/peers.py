"""How far answers to one image agree with each other: what a worker's record can honestly learn from.

A worker's agreement with a consensus holds their own vote, so whoever weighs much agrees with themselves, weighs
more, and so on: with two answers to an image that loop makes spammers kings. Agreement with the others has no loop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from qa.agreement import DrawnAgreement, compare_areas, compare_matched, overall, questions_of, tag_agreement
from qa.consensus import DECIMALS, WorkerAnswer, areas_asked, objects_asked
from qa.grouping import Matched, group_objects, match_objects
from qa.matching import Member
from qa.policy import Policy


@dataclass(frozen=True)
class Peers:
    """Every two answers to one image compared: the costly part of judging, which no weight changes.

    By the indices of the two in the order of their keys. `matched`: their objects; `agreements`: 0 to 1; `areas`: IoU
    of their semantic masks by label, where both have it and they overlap; empty where there are none.
    """

    matched: Matched
    agreements: Mapping[tuple[int, int], float]
    areas: Mapping[tuple[int, int], Mapping[str, float]]

    @property
    def groups(self) -> Sequence[Sequence[Member]]:
        """The objects that mean the same, with the indexes of their answers."""
        assert self.matched.groups is not None, "they are grouped where they are compared"
        return self.matched.groups


def compare_peers(*, answers: Sequence[WorkerAnswer], policy: Policy) -> Peers:
    """Compare answers with distinct keys; neither their order nor their weights matter."""
    ranked = sorted(answers, key=lambda each: each.key)
    drew, areas = objects_asked(answers=ranked, policy=policy), areas_asked(answers=ranked)
    drawn = [[shape for _, shape in each.objects] for each in ranked]
    matched = match_objects(answers=drawn, policy=policy)
    agreements, alike = {}, {}
    for (a, b), pairs in matched.pairs.items():
        own = [mask for _, mask in ranked[a].areas]
        compared = compare_areas(own=own, adopted=[mask for _, mask in ranked[b].areas]) if areas else None
        objects = compare_matched(own=drawn[a], adopted=drawn[b], pairs=pairs) if drew else None
        agreements[a, b] = _agreement(ranked[a], ranked[b], objects, compared, policy)
        if compared:
            alike[a, b] = {own[i].label: iou for i, _, iou in compared.matches}
    groups = group_objects(answers=drawn, policy=policy, matched=matched)
    return Peers(matched=replace(matched, groups=groups), agreements=agreements, areas=alike)


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


def _agreement(
    one: WorkerAnswer, other: WorkerAnswer, objects: DrawnAgreement | None, areas: DrawnAgreement | None, policy: Policy
) -> float:
    tag_share = None
    if policy.tags:
        own, peers = ([tag for tag in policy.tags if tag in each.answer.tags] for each in (one, other))
        tag_share = tag_agreement(own=own, adopted=peers, tags=policy.tags, choice=policy.tag_choice)
    questions = questions_of(tags=policy.tags, choice=policy.tag_choice)
    return overall(objects=objects, tags=tag_share, questions=questions, areas=areas)
