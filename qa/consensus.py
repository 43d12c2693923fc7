"""What many answers come to: the tags and objects adopted from them, with the votes behind each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from annotation.shapes import BOX, Answer, Box
from qa.matching import BBox, Matches, Member, cluster_boxes
from qa.merging import merge_boxes
from qa.policy import Policy
from qa.tagging import Tagged
from qa.voting import adopts_ties, choose, is_majority, is_tie, share_of, vote_any

DECIMALS = 6
UNCONFIRMED = 0.5
"""The confidence of what rests on a single answer: nothing speaks for it but itself."""


@dataclass(frozen=True)
class WorkerAnswer:
    """One answer to judge. `key`: the assignment's id; `weight`: how much its worker's vote counts, 0 or more."""

    key: str
    answer: Answer
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.weight) and self.weight >= 0.0):
            raise ValueError(f"A weight is a finite number, 0 or more; {self.key} has {self.weight!r}.")

    @cached_property
    def boxes(self) -> list[tuple[int, Box]]:
        """The boxes with their index among all shapes of the answer."""
        return [(index, shape) for index, shape in enumerate(self.answer.shapes) if shape.type == BOX]


@dataclass(frozen=True)
class ConsensusObject:
    """An adopted object.

    `votes_for` of `votes_of` answers drew it *with this label*; `confidence` is their share of the weight, 0 to 1.
    `sources`: (key, index of the shape in that answer) of every box it was made from, whatever its label.
    """

    type: str
    label: str
    bbox: BBox
    votes_for: int
    votes_of: int
    confidence: float
    sources: tuple[tuple[str, int], ...]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, as stored."""
        # Written out: `asdict` copies every value deeply, which costs as much as the matching.
        return {
            "type": self.type,
            "label": self.label,
            "bbox": [*self.bbox],
            "votes_for": self.votes_for,
            "votes_of": self.votes_of,
            "confidence": self.confidence,
            "sources": [[*source] for source in self.sources],
        }


@dataclass(frozen=True)
class ConsensusTag:
    """An adopted tag: `votes_for` of `votes_of` answers set it; `confidence` is their share of the weight, 0 to 1."""

    label: str
    votes_for: int
    votes_of: int
    confidence: float

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, as stored."""
        return {
            "label": self.label,
            "votes_for": self.votes_for,
            "votes_of": self.votes_of,
            "confidence": self.confidence,
        }


@dataclass(frozen=True)
class ConsensusDraft:
    """An adopted answer. `empty`: the answers say that there is nothing to draw.

    `agreement`: mean agreement of the answers with it. `confidence`: mean share of the weight behind each decision,
    to adopt and not to adopt alike. `calibrated`: what such a confidence was worth where the answer is known; None
    while too little is known, or when it is not learnt.
    """

    tags: tuple[ConsensusTag, ...]
    objects: tuple[ConsensusObject, ...]
    empty: bool
    agreement: float
    confidence: float
    calibrated: float | None = None

    def as_json(self) -> dict[str, Any]:
        """Plain JSON, as stored."""
        return {
            "tags": [tag.as_json() for tag in self.tags],
            "objects": [thing.as_json() for thing in self.objects],
            "empty": self.empty,
            "agreement": self.agreement,
            "confidence": self.confidence,
            "calibrated": self.calibrated,
        }


@dataclass(frozen=True)
class Count:
    """A consensus before it is compared with the answers, and what is needed to explain it.

    `tied`: a choice that votes could not make. `company`: how many answers drew what (key, index of the shape) drew.
    """

    tags: tuple[ConsensusTag, ...] = ()
    objects: tuple[ConsensusObject, ...] = ()
    empty: bool = False
    confidence: float = 1.0
    tied: bool = False
    company: dict[tuple[str, int], int] = field(default_factory=dict)


def count(
    *,
    answers: Sequence[WorkerAnswer],
    policy: Policy,
    matches: Matches | None = None,
    tagged: Tagged | None = None,
) -> Count:
    """Adopt tags and objects from answers with distinct keys; their order does not matter.

    `tagged`: the tags as `judge_tags` has them, from all that is known of the workers; else they are voted on here.
    `matches`: what `match_all` says of their boxes, in the order of the keys, if it was asked before.
    """
    ranked = sorted(answers, key=lambda each: each.key)
    weights = _normalised([each.weight for each in ranked])
    tags, tag_shares, tied = _count_tags(ranked, weights, policy, tagged)
    objects, object_shares, company = _count_boxes(ranked, weights, policy, matches)
    said_empty = sum(weight for each, weight in zip(ranked, weights, strict=True) if not each.answer.shapes)
    shares = [*tag_shares, *object_shares]
    confidence = sum(shares) / len(shares) if shares else 1.0
    return Count(
        tags=tags,
        objects=objects,
        empty=boxes_asked(answers=ranked, policy=policy) and not objects and is_majority(share=said_empty),
        confidence=_confidence(confidence, len(ranked)),
        tied=tied,
        company=company,
    )


def boxes_asked(*, answers: Sequence[WorkerAnswer], policy: Policy) -> bool:
    """Whether an image was to be drawn on: somebody did, or there was no other question."""
    return not policy.tags or any(each.boxes for each in answers)


def _normalised(weights: Sequence[float]) -> list[float]:
    """Weights that sum up to 1; when all are 0, everybody's counts the same."""
    total = sum(weights)
    return [weight / total for weight in weights] if total > 0.0 else [1.0 / len(weights)] * len(weights)


def _confidence(share: float, answers: int) -> float:
    return UNCONFIRMED if answers == 1 else round(min(1.0, share), DECIMALS)


def _count_tags(
    answers: Sequence[WorkerAnswer], weights: Sequence[float], policy: Policy, tagged: Tagged | None
) -> tuple[tuple[ConsensusTag, ...], list[float], bool]:
    """Adopted tags in the label set's order, the share behind every decision, whether a choice was tied."""
    said = [(each.answer.tags, weight) for each, weight in zip(answers, weights, strict=True)]
    adopted: dict[str, float] = {}
    shares: list[float] = []
    tied = False
    if tagged is not None:
        adopted, shares, tied = dict(tagged.adopted), list(tagged.claims), tagged.tied
    elif policy.tag_choice == "any":
        voted = vote_any(votes=said, tags=policy.tags)
        shares = [max(share, 1.0 - share) for share in voted.values()]
        adopted = {tag: share for tag, share in voted.items() if is_majority(share=share)}
    else:
        votes = [(tag, weight) for tags, weight in said for tag in tags if tag in policy.tags]
        if votes:
            choice = choose(votes=votes, order=policy.tags)
            adopted, shares, tied = {choice.option: choice.share}, [choice.share], choice.tied
    tags = tuple(
        ConsensusTag(
            label=tag,
            votes_for=sum(tag in each.answer.tags for each in answers),
            votes_of=len(answers),
            confidence=_confidence(share, len(answers)),
        )
        for tag, share in adopted.items()
    )
    return tags, shares, tied


def _count_boxes(
    answers: Sequence[WorkerAnswer], weights: Sequence[float], policy: Policy, matches: Matches | None
) -> tuple[tuple[ConsensusObject, ...], list[float], dict[tuple[str, int], int]]:
    """Adopted objects from the left to the right, the share behind every decision, and each box's company."""
    boxes = [each.boxes for each in answers]
    groups = cluster_boxes(
        answers=[[box.bbox for _, box in of_one] for of_one in boxes], iou=policy.match_iou, matches=matches
    )
    standing = [sum(weights[k] for k, _ in group) for group in groups]
    with_ties = adopts_ties(shares=standing)
    objects, shares, company = [], [], {}
    for group, share in zip(groups, standing, strict=True):
        for k, i in group:
            company[answers[k].key, boxes[k][i][0]] = len(group)
        if is_majority(share=share) or (with_ties and is_tie(share=share)):
            thing, behind = _adopt(group, boxes, answers, weights)
            objects.append(thing)
            shares.append(behind)
        else:
            shares.append(1.0 - share)
    return tuple(sorted(objects, key=lambda thing: (thing.bbox, thing.label, thing.sources))), shares, company


def _adopt(
    group: Sequence[Member],
    boxes: Sequence[Sequence[tuple[int, Box]]],
    answers: Sequence[WorkerAnswer],
    weights: Sequence[float],
) -> tuple[ConsensusObject, float]:
    """The object that a group of boxes stands for, and the share of the weight behind its label."""
    members = [(k, *boxes[k][i]) for k, i in group]
    choice = choose(votes=[(box.label, weights[k]) for k, _, box in members])
    share = share_of(weight=sum(weights[k] for k, _, box in members if box.label == choice.option), total=1.0)
    thing = ConsensusObject(
        type=BOX,
        label=choice.option,
        bbox=merge_boxes(boxes=[box.bbox for _, _, box in members], weights=[weights[k] for k, _, _ in members]),
        votes_for=sum(box.label == choice.option for _, _, box in members),
        votes_of=len(answers),
        confidence=_confidence(share, len(answers)),
        sources=tuple((answers[k].key, index) for k, index, _ in members),
    )
    return thing, share
