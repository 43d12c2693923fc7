"""What many answers come to: the tags and objects adopted from them, with the votes behind each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from annotation.geometry import rle
from annotation.shapes import MASK, SEMANTIC, Answer, Mask, Shape
from qa.adopted import ConsensusObject
from qa.attributes import texts_of
from qa.centres import centre_of, merged_attributes
from qa.grouping import Matched, group_objects
from qa.matching import Member
from qa.policy import Policy
from qa.semantic import is_semantic, vote_pixels
from qa.tagging import Tagged
from qa.voting import choose, exist, is_majority, share_of, vote_any

DECIMALS = 6
UNCONFIRMED = 0.5
"""The confidence of what rests on a single answer: nothing speaks for it but itself."""


@dataclass(frozen=True)
class WorkerAnswer:
    """One answer to judge. `key`: the assignment's id; `weight`: how much its worker's vote counts, 0 or more; `care`:
    the same for where shapes lie, when that is known apart (`DrawingSkill.care`)."""

    key: str
    answer: Answer
    weight: float = 1.0
    care: float | None = None

    def __post_init__(self) -> None:
        for weight in (self.weight, self.weight if self.care is None else self.care):
            if not (math.isfinite(weight) and weight >= 0.0):
                raise ValueError(f"A weight is a finite number, 0 or more; {self.key} has {weight!r}.")

    def weighing(self, *, weight: float, care: float | None = None) -> WorkerAnswer:
        """The same answer with other weights; its shapes are not sorted again."""
        other = WorkerAnswer(self.key, self.answer, weight, care)
        other.__dict__["objects"] = self.objects
        return other

    @cached_property
    def objects(self) -> list[tuple[int, Shape]]:
        """The shapes that are objects, with their index among all shapes of the answer."""
        return [
            (index, shape)
            for index, shape in enumerate(self.answer.shapes)
            if shape.type != MASK or not is_semantic(shape)
        ]

    @cached_property
    def areas(self) -> list[tuple[int, Mask]]:
        """The semantic masks, with their index among all shapes of the answer."""
        own = self.objects
        if len(own) == len(self.answer.shapes):
            return []
        return [(index, mask) for index, mask in enumerate(self.answer.shapes) if is_semantic(mask)]  # type: ignore[misc]


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
    matched: Matched | None = None,
    tagged: Tagged | None = None,
) -> Count:
    """Adopt tags, objects and semantic masks from answers with distinct keys; their order does not matter.

    `tagged`: the tags as `judge_tags` has them, from all that is known of the workers; else they are voted on here.
    `matched`: what `match_objects` says of their objects, in the order of the keys, if it was asked before.
    """
    ranked = sorted(answers, key=lambda each: each.key)
    weights = normalised([each.weight for each in ranked])
    tags, tag_shares, tied = _count_tags(ranked, weights, policy, tagged)
    objects, object_shares, company = _count_objects(ranked, weights, policy, matched)
    areas, area_shares = _count_areas(ranked, weights, policy, company)
    said_empty = sum(weight for each, weight in zip(ranked, weights, strict=True) if not each.answer.shapes)
    shares = [*tag_shares, *object_shares, *area_shares]
    confidence = sum(shares) / len(shares) if shares else 1.0
    drawn = objects_asked(answers=ranked, policy=policy) or areas_asked(answers=ranked)
    return Count(
        tags=tags,
        objects=(*objects, *areas),
        empty=drawn and not objects and not areas and is_majority(share=said_empty),
        confidence=_confidence(confidence, len(ranked)),
        tied=tied,
        company=company,
    )


def objects_asked(*, answers: Sequence[WorkerAnswer], policy: Policy) -> bool:
    """Whether objects were to be drawn on an image: somebody did, or there was no other question."""
    return any(each.objects for each in answers) or not (policy.tags or areas_asked(answers=answers))


def areas_asked(*, answers: Sequence[WorkerAnswer]) -> bool:
    """Whether pixels were to be given labels: somebody did."""
    return any(each.areas for each in answers)


def normalised(weights: Sequence[float]) -> list[float]:
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


def _count_objects(
    answers: Sequence[WorkerAnswer], weights: Sequence[float], policy: Policy, matched: Matched | None
) -> tuple[tuple[ConsensusObject, ...], list[float], dict[tuple[str, int], int]]:
    """Adopted objects from the left to the right, the share behind every decision, and each shape's company."""
    drawn = [each.objects for each in answers]
    groups = group_objects(answers=[[shape for _, shape in one] for one in drawn], policy=policy, matched=matched)
    standing = [sum(weights[k] for k, _ in group) for group in groups]
    care = _care(answers)
    objects, shares, company = [], [], {}
    for group, share, exists in zip(groups, standing, exist(shares=standing), strict=True):
        for k, i in group:
            company[answers[k].key, drawn[k][i][0]] = len(group)
        if exists:
            thing, behind = _adopt(group, drawn, answers, weights, care, policy)
            objects.append(thing)
            shares.append(behind)
        else:
            shares.append(1.0 - share)
    return tuple(sorted(objects, key=lambda thing: (thing.bbox, thing.label, thing.sources))), shares, company


def _adopt(
    group: Sequence[Member],
    drawn: Sequence[Sequence[tuple[int, Shape]]],
    answers: Sequence[WorkerAnswer],
    weights: Sequence[float],
    care: Sequence[float] | None,
    policy: Policy,
) -> tuple[ConsensusObject, float]:
    """The object that a group of shapes stands for, and the share of the weight behind its label."""
    members = [(k, *drawn[k][i]) for k, i in group]
    label = members[0][2].label
    if any(shape.label != label for _, _, shape in members):
        label = choose(votes=[(shape.label, weights[k]) for k, _, shape in members]).option
    of_label = [(k, shape) for k, _, shape in members if shape.label == label]
    share = share_of(weight=sum([weights[k] for k, _ in of_label]), total=1.0)
    thing = ConsensusObject(
        shape=centre_of(
            shapes=[shape for _, _, shape in members],
            weights=[weights[k] for k, _, _ in members],
            care=[care[k] for k, _, _ in members] if care else None,
            label=label,
        ),
        votes_for=len(of_label),
        votes_of=len(answers),
        confidence=_confidence(share, len(answers)),
        sources=tuple((answers[k].key, index) for k, index, _ in members),
        texts=_texts([(answers[k].key, shape) for k, shape in of_label], label, policy),
    )
    return thing, share


def _care(answers: Sequence[WorkerAnswer]) -> list[float] | None:
    """The weights of where shapes lie, where they are known of everybody."""
    care = [each.care for each in answers if each.care is not None]
    return care if len(care) == len(answers) else None


def _texts(given: Sequence[tuple[str, Shape]], label: str, policy: Policy) -> dict[str, dict[str, str]]:
    asked = dict(policy.texts).get(label, ())
    return texts_of(answers={key: shape.attributes for key, shape in given}, texts=asked) if asked else {}


def _count_areas(
    answers: Sequence[WorkerAnswer], weights: Sequence[float], policy: Policy, company: dict[tuple[str, int], int]
) -> tuple[list[ConsensusObject], list[float]]:
    """Adopted semantic masks by label, and the share behind every label; the company of each mask is added."""
    if not areas_asked(answers=answers):
        return [], []
    read = [{mask.label: (index, mask) for index, mask in each.areas} for each in answers]
    runs = [{label: mask.runs for label, (_, mask) in each.items()} for each in read]
    voted = vote_pixels(answers=runs, weights=_care(answers) or weights)
    areas = []
    for each in voted:
        sources = [(k, *of_label[each.label]) for k, of_label in enumerate(read) if each.label in of_label]
        company.update({(answers[k].key, index): len(sources) for k, index, _ in sources})
        if not rle.area(each.runs):
            continue
        masks = [mask for _, _, mask in sources]
        attributes = merged_attributes(shapes=masks, weights=[weights[k] for k, _, _ in sources])
        thing = ConsensusObject(
            shape=Mask(each.label, SEMANTIC, masks[0].size, rle.counts_of(each.runs), attributes),
            votes_for=len(sources),
            votes_of=len(answers),
            confidence=_confidence(each.share, len(answers)),
            sources=tuple((answers[k].key, index) for k, index, _ in sources),
            texts=_texts([(answers[k].key, mask) for k, _, mask in sources], each.label, policy),
        )
        areas.append(thing)
    return areas, [each.share for each in voted]
