"""Judging the answers to one image: what is adopted, who is accepted, and whether more answers are needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from qa.agreement import BoxAgreement, compare_boxes, overall, questions_of, tag_agreement
from qa.consensus import (
    DECIMALS,
    ConsensusDraft,
    ConsensusObject,
    ConsensusTag,
    Count,
    WorkerAnswer,
    boxes_asked,
    count,
)
from qa.explaining import NOT_CLEAR, ONLY_ANSWER, explain
from qa.peers import Peers, compare_peers, peer_agreements
from qa.policy import Policy, PolicyRefused
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
    """

    ask_more: bool
    disputed: bool
    consensus: ConsensusDraft
    verdicts: tuple[VerdictDraft, ...]
    lessons: dict[str, float]


@dataclass(frozen=True)
class _Comparison:
    """One answer against the consensus."""

    given: WorkerAnswer
    boxes: BoxAgreement | None
    alone: int
    tags_missing: tuple[str, ...]
    tags_extra: tuple[str, ...]
    agreement: float


def decide(
    *, answers: Sequence[WorkerAnswer], policy: Policy, peers: Peers | None = None, tagged: Tagged | None = None
) -> Outcome:
    """Judge the answers to one image; neither their order nor the scale of the weights matters.

    An answer is rejected only when its agreement is below `accept_agreement` and the others, two at least, agree with
    the consensus by `clear_agreement` on the average. When an answer is that low and the others are no clearer, nobody
    is rejected and the image is disputed; so it is when one tag had to be chosen and the votes tie.
    Verdicts come in the order of the keys. `peers`, `tagged`: what `compare_peers` and `judge_tags` say of these
    answers, if they were asked before.
    Raises ValueError without answers or with a key given twice.
    """
    if not answers:
        raise ValueError("There is nothing to decide without answers.")
    if len({each.key for each in answers}) < len(answers):
        raise ValueError("Every answer needs a key of its own.")
    peers = compare_peers(answers=answers, policy=policy) if peers is None else peers
    counted = count(answers=answers, policy=policy, matches=peers.matches, tagged=tagged)
    compared = [_compare(each, counted, answers, policy) for each in sorted(answers, key=lambda each: each.key)]
    verdicts = tuple(_judge(each, compared, policy) for each in compared)
    disputed = counted.tied or any(verdict.reason == UNCLEAR for verdict in verdicts)
    unsure = disputed or counted.confidence < policy.target_confidence
    unsure = unsure or (tagged is not None and tagged.wants_more(policy=policy, answers=len(answers)))
    consensus = ConsensusDraft(
        tags=counted.tags,
        objects=counted.objects,
        empty=counted.empty,
        agreement=round(sum(each.agreement for each in compared) / len(compared), DECIMALS),
        confidence=counted.confidence,
        calibrated=_calibrated(counted, tagged),
    )
    return Outcome(
        ask_more=unsure and len(answers) < policy.max_overlap,
        disputed=disputed,
        consensus=consensus,
        verdicts=verdicts,
        lessons=peer_agreements(answers=answers, policy=policy, peers=peers),
    )


def _calibrated(counted: Count, tagged: Tagged | None) -> float | None:
    """Of tags alone: what a confidence in drawings is worth is another matter."""
    worth = None if tagged is None or counted.objects else tagged.calibrated
    return None if worth is None else round(worth, DECIMALS)


def _compare(given: WorkerAnswer, counted: Count, answers: Sequence[WorkerAnswer], policy: Policy) -> _Comparison:
    own_tags = [tag for tag in policy.tags if tag in given.answer.tags]
    adopted_tags = [tag.label for tag in counted.tags]
    tags, boxes, alone = None, None, 0
    if policy.tags:
        tags = tag_agreement(own=own_tags, adopted=adopted_tags, tags=policy.tags, choice=policy.tag_choice)
    if boxes_asked(answers=answers, policy=policy):
        boxes, alone = _compare_boxes(given, counted, policy)
    questions = questions_of(tags=policy.tags, choice=policy.tag_choice)
    return _Comparison(
        given=given,
        boxes=boxes,
        alone=alone,
        tags_missing=tuple(tag for tag in adopted_tags if tag not in own_tags),
        tags_extra=tuple(tag for tag in own_tags if tag not in adopted_tags),
        agreement=round(overall(boxes=boxes, tags=tags, questions=questions), DECIMALS),
    )


def _compare_boxes(given: WorkerAnswer, counted: Count, policy: Policy) -> tuple[BoxAgreement, int]:
    """The answer's boxes against the adopted ones, by index of the shape, and how many of them nobody else drew."""
    indices = [index for index, _ in given.boxes]
    found = compare_boxes(own=[box for _, box in given.boxes], adopted=counted.objects, iou=policy.match_iou)
    extra = tuple(indices[own] for own in found.extra)
    boxes = BoxAgreement(
        matches=tuple((indices[own], adopted, round(iou, DECIMALS)) for own, adopted, iou in found.matches),
        wrong_label=tuple((indices[own], adopted, round(iou, DECIMALS)) for own, adopted, iou in found.wrong_label),
        missed=found.missed,
        extra=extra,
    )
    return boxes, sum(counted.company[given.key, index] == 1 for index in extra)


def _judge(each: _Comparison, compared: Sequence[_Comparison], policy: Policy) -> VerdictDraft:
    others = [other.agreement for other in compared if other is not each]
    explanation = explain(
        boxes=each.boxes,
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
    boxes = each.boxes or BoxAgreement(matches=(), wrong_label=(), missed=(), extra=())
    evidence = {
        "matches": [list(match) for match in boxes.matches],
        "wrong_label": [list(match) for match in boxes.wrong_label],
        "missed": list(boxes.missed),
        "extra": list(boxes.extra),
        "tags_missing": list(each.tags_missing),
        "tags_extra": list(each.tags_extra),
    }
    return VerdictDraft(each.given.key, reason != LOW, each.agreement, reason, explanation, evidence)
