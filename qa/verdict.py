"""Judging the answers to one image: what is adopted, who is accepted, and whether more answers are needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from annotation.shapes import BOX, Mask
from qa.adopted import ConsensusObject
from qa.agreement import DrawnAgreement, compare_areas, compare_shapes, overall, questions_of, tag_agreement
from qa.calibration import Calibration
from qa.consensus import (
    DECIMALS,
    ConsensusDraft,
    ConsensusTag,
    Count,
    WorkerAnswer,
    areas_asked,
    count,
    objects_asked,
)
from qa.drawing_skill import DrawingSkill
from qa.expected_error import Doubt, doubt
from qa.explaining import NOT_CLEAR, ONLY_ANSWER, explain
from qa.peers import Peers, compare_peers, peer_agreements
from qa.policy import Policy, PolicyRefused
from qa.semantic import is_semantic
from qa.tagging import Tagged

__all__ = [
    "ConsensusDraft",
    "ConsensusObject",
    "ConsensusTag",
    "Outcome",
    "Policy",
    "PolicyRefused",
    "VerdictDraft",
    "WorkerAnswer",
    "decide",
]

AGREES = "agrees"  # at or above the policy's accept_agreement
ONLY = "only_answer"  # nothing to compare with
UNCLEAR = "no_clear_consensus"  # below it, but the others do not agree among themselves either
LOW = "low_agreement"  # below it, and the others agree: rejected

WITNESSES = 2
"""Other answers that must stand behind a rejection at least: one word against another proves nothing."""


@dataclass(frozen=True)
class VerdictDraft:
    """What the consensus means for one answer.

    `reason`: the code of the rule; `explanation`: one sentence for the worker. `evidence`, all by index of the shape in
    the answer and of the object in the consensus: `matches` and `wrong_label` [[own, adopted, IoU]], `missed`
    [adopted], `extra` [own]; and by name `tags_missing`, `tags_extra`.
    """

    key: str
    accepted: bool
    agreement: float
    reason: str
    explanation: str
    evidence: dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What is to be done about an image. `disputed`: the answers scatter; a person should look.

    `lessons`: what the workers' records learn from it, by key: how far each answer agrees with the other answers, 0 to
    1. Not the agreement with the consensus, in which everybody's own vote is already counted. A lone answer teaches
    nothing and has no entry.
    `expected_error`: of the drawings, 0 to 1 (see `Doubt`); None unless the policy has a target for it, or what claims
    are worth is known. `misses_target`: tags or drawings are expected to be worse than the policy's target, which known
    answers have not shown to be out of reach.
    """

    ask_more: bool
    disputed: bool
    consensus: ConsensusDraft
    verdicts: tuple[VerdictDraft, ...]
    lessons: dict[str, float]
    expected_error: float | None = None
    misses_target: bool = False


@dataclass(frozen=True)
class _Comparison:
    """One answer against the consensus."""

    given: WorkerAnswer
    objects: DrawnAgreement | None
    areas: DrawnAgreement | None
    alone: int
    tags_missing: tuple[str, ...]
    tags_extra: tuple[str, ...]
    agreement: float


def decide(
    *,
    answers: Sequence[WorkerAnswer],
    policy: Policy,
    peers: Peers | None = None,
    tagged: Tagged | None = None,
    calibration: Calibration | None = None,
    skills: Mapping[str, DrawingSkill] | None = None,
) -> Outcome:
    """Judge the answers to one image; neither their order nor the scale of the weights matters.

    An answer is rejected only when its agreement is below `accept_agreement` and the others, two at least, agree with
    the consensus by `clear_agreement` on the average. When an answer is that low and the others are no clearer, nobody
    is rejected and the image is disputed; so it is when one tag had to be chosen and the votes tie.
    Verdicts come in the order of the keys. `peers`, `tagged`: what `compare_peers` and `judge_tags` say of these
    answers, if they were asked before; `calibration`, `skills`: of drawings, see `doubt`. Raises ValueError without
    answers or with a key given twice.
    """
    if not answers:
        raise ValueError("There is nothing to decide without answers.")
    if len({each.key for each in answers}) < len(answers):
        raise ValueError("Every answer needs a key of its own.")
    peers = peers or compare_peers(answers=answers, policy=policy)
    counted = count(answers=answers, policy=policy, matched=peers.matched, tagged=tagged)
    compared = [_compare(each, counted, answers, policy, tagged) for each in sorted(answers, key=lambda each: each.key)]
    verdicts = tuple(_judge(each, compared, policy) for each in compared)
    disputed = counted.tied or any(verdict.reason == UNCLEAR for verdict in verdicts)
    unsure = disputed or counted.confidence < policy.target_confidence
    unsure = unsure or (tagged is not None and tagged.wants_more(policy=policy, answers=len(answers)))
    doubted = _doubt(answers, policy, peers, calibration, skills)
    unsure = unsure or (doubted is not None and doubted.wants_more)
    return Outcome(
        ask_more=unsure and len(answers) < policy.max_overlap,
        disputed=disputed,
        consensus=_draft(counted, compared, _calibrated(counted, policy, tagged, doubted)),
        verdicts=verdicts,
        lessons=peer_agreements(answers=answers, policy=policy, peers=peers),
        expected_error=None if doubted is None else round(doubted.expected_error, DECIMALS),
        misses_target=_misses_target(policy, tagged, doubted, calibration),
    )


def _doubt(
    answers: Sequence[WorkerAnswer],
    policy: Policy,
    peers: Peers,
    calibration: Calibration | None,
    skills: Mapping[str, DrawingSkill] | None,
) -> Doubt | None:
    """How far the drawings are to be doubted, where a policy asks or it is known, and there is something to draw."""
    drawn = objects_asked(answers=answers, policy=policy) or areas_asked(answers=answers)
    if (policy.target_error <= 0.0 and calibration is None) or not drawn:
        return None
    return doubt(answers=answers, policy=policy, matched=peers.matched, calibration=calibration, skills=skills)


def _misses_target(
    policy: Policy, tagged: Tagged | None, doubted: Doubt | None, calibration: Calibration | None
) -> bool:
    """Whether tags or drawings are expected to be worse than the policy's target, though that may be in reach."""
    target = policy.target_error
    parts = [(tagged.expected_error, tagged.calibration)] if tagged is not None else []
    parts += [(doubted.expected_error, calibration)] if doubted is not None else []
    return target > 0.0 and any(error > target and (worth is None or worth.reaches(target)) for error, worth in parts)


def _draft(counted: Count, compared: Sequence[_Comparison], calibrated: float | None) -> ConsensusDraft:
    return ConsensusDraft(
        tags=counted.tags,
        objects=counted.objects,
        empty=counted.empty,
        agreement=round(sum(each.agreement for each in compared) / len(compared), DECIMALS),
        confidence=counted.confidence,
        calibrated=calibrated,
    )


def _calibrated(counted: Count, policy: Policy, tagged: Tagged | None, doubted: Doubt | None) -> float | None:
    """What tags and drawings are worth together, each object and each tag question counting the same, as in `overall`;
    None unless the worth of both is known, where there are both."""
    worth, weight = 0.0, 0
    if tagged is not None:
        if tagged.calibrated is None:
            return None
        weight = questions_of(tags=policy.tags, choice=policy.tag_choice)
        worth = tagged.calibrated * weight
    if doubted is not None:
        if doubted.calibrated is None:
            return None
        objects = max(1, len(counted.objects))
        worth, weight = worth + doubted.calibrated * objects, weight + objects
    elif counted.objects:
        return None
    return round(worth / weight, DECIMALS) if weight else None


def _compare(
    given: WorkerAnswer, counted: Count, answers: Sequence[WorkerAnswer], policy: Policy, tagged: Tagged | None
) -> _Comparison:
    own_tags = [tag for tag in policy.tags if tag in given.answer.tags]
    adopted_tags = [tag.label for tag in counted.tags]
    tags, objects, areas = None, None, None
    if policy.tags and tagged is not None:
        # Who chose the second likeliest of three in an image nobody is sure of is not simply wrong.
        tags = tagged.agreement(tags=own_tags, policy=policy)
    elif policy.tags:
        tags = tag_agreement(own=own_tags, adopted=adopted_tags, tags=policy.tags, choice=policy.tag_choice)
    if objects_asked(answers=answers, policy=policy):
        objects = _compare_objects(given, counted, policy)
    if areas_asked(answers=answers):
        areas = _compare_areas(given, counted)
    questions = questions_of(tags=policy.tags, choice=policy.tag_choice)
    extra = objects.extra if objects else ()
    return _Comparison(
        given=given,
        objects=objects,
        areas=areas,
        alone=sum(counted.company[given.key, index] == 1 for index in extra),
        tags_missing=tuple(tag for tag in adopted_tags if tag not in own_tags),
        tags_extra=tuple(tag for tag in own_tags if tag not in adopted_tags),
        agreement=round(overall(objects=objects, tags=tags, questions=questions, areas=areas), DECIMALS),
    )


def _compare_objects(given: WorkerAnswer, counted: Count, policy: Policy) -> DrawnAgreement:
    """The answer's objects against the adopted ones, by index of the shape and of the adopted object."""
    adopted = [(index, thing.shape) for index, thing in enumerate(counted.objects) if not is_semantic(thing.shape)]
    own, others = [shape for _, shape in given.objects], [shape for _, shape in adopted]
    found = compare_shapes(own=own, adopted=others, policy=policy)
    return _renumbered(found, [index for index, _ in given.objects], [index for index, _ in adopted])


def _compare_areas(given: WorkerAnswer, counted: Count) -> DrawnAgreement:
    """The same for the answer's semantic masks."""
    adopted = [(index, thing.shape) for index, thing in enumerate(counted.objects) if is_semantic(thing.shape)]
    own, others = [mask for _, mask in given.areas], [shape for _, shape in adopted if isinstance(shape, Mask)]
    found = compare_areas(own=own, adopted=others)
    return _renumbered(found, [index for index, _ in given.areas], [index for index, _ in adopted])


def _renumbered(found: DrawnAgreement, own: Sequence[int], adopted: Sequence[int]) -> DrawnAgreement:
    """The same by the numbers of the shapes in the answer and in the consensus."""
    return DrawnAgreement(
        matches=tuple((own[i], adopted[j], round(iou, DECIMALS)) for i, j, iou in found.matches),
        wrong_label=tuple((own[i], adopted[j], round(iou, DECIMALS)) for i, j, iou in found.wrong_label),
        missed=tuple(adopted[j] for j in found.missed),
        extra=tuple(own[i] for i in found.extra),
        areas=found.areas,
    )


def _judge(each: _Comparison, compared: Sequence[_Comparison], policy: Policy) -> VerdictDraft:
    others = [other.agreement for other in compared if other is not each]
    explanation = explain(
        objects=each.objects,
        areas=each.areas,
        drawn="boxes" if all(shape.type == BOX for _, shape in each.given.objects) else "shapes",
        alone=each.alone,
        missing=each.tags_missing,
        extra=each.tags_extra,
        one=policy.tag_choice == "one",
    )
    if not others:
        reason, explanation = ONLY, ONLY_ANSWER
    elif each.agreement >= policy.accept_agreement:
        reason = AGREES
    elif len(others) >= WITNESSES and sum(others) / len(others) >= policy.clear_agreement:
        reason = LOW
    else:
        reason, explanation = UNCLEAR, NOT_CLEAR
    drawn = [some for some in (each.objects, each.areas) if some]
    evidence = {
        "matches": [list(match) for some in drawn for match in some.matches],
        "wrong_label": [list(match) for some in drawn for match in some.wrong_label],
        "missed": [index for some in drawn for index in some.missed],
        "extra": [index for some in drawn for index in some.extra],
        "tags_missing": list(each.tags_missing),
        "tags_extra": list(each.tags_extra),
    }
    return VerdictDraft(each.given.key, reason != LOW, each.agreement, reason, explanation, evidence)
