"""How wrong a consensus of drawings probably is, before anybody knows: what one more answer could mend.

The figure is 1 − the panoptic quality that the consensus may expect against the truth, so it counts objects invented,
objects missed and shapes that lie loosely. It orders images well, but as any figure drawn from the answers alone it
believes them too much where workers make the same mistakes; how much an expected error is worth in errors seen must be
learnt on images whose answer is known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qa.calibration import Calibration
from qa.consensus import WorkerAnswer, normalised
from qa.drawing_skill import DrawingSkill, Group, chance_of, groups_of
from qa.grouping import Matched
from qa.likeness import likeness
from qa.policy import Policy
from qa.stopping import Step, next_steps
from qa.voting import exist

TRUST = 0.5
"""How much of a proof a worker's word is, see `chance_of`: real workers overlook and invent the same things."""
PAIRS = 2.0
"""What is known of two workers' spread is worth so many pairs of their shapes."""


@dataclass(frozen=True)
class Doubt:
    """What is expected to be wrong with the drawings adopted from the answers to an image.

    `expected_error`: 0 to 1, as worth as it proved to be where that is known, else as claimed; `wants_more`: whether
    one more answer is worth asking for, by the policy's target error. `calibrated`: what is adopted is worth, 0 to 1;
    None while too little is known: then nothing is promised.
    """

    expected_error: float
    wants_more: bool
    calibrated: float | None = None


def doubt(
    *,
    answers: Sequence[WorkerAnswer],
    policy: Policy,
    matched: Matched | None = None,
    calibration: Calibration | None = None,
    skills: Mapping[str, DrawingSkill] | None = None,
) -> Doubt:
    """How far what is adopted from drawings is to be doubted, and whether that is too far for a policy with a target
    error.

    `calibration`: what 1 − expected error was worth on images whose answer is known; where it shows that no number of
    answers reaches the target, nothing more is asked for. `skills`: see `expected_error`.
    """
    claimed = np.array([1.0 - expected_error(answers=answers, policy=policy, matched=matched, skills=skills)])
    worth = claimed if calibration is None else calibration.of(claimed)
    calibrated = None if calibration is None else float(worth[0])
    if policy.target_error <= 0.0:
        return Doubt(float(1.0 - worth[0]), False, calibrated)
    (step,) = next_steps(
        claimed=claimed,
        answers=np.array([len(answers)]),
        target_error=policy.target_error,
        least=policy.min_overlap,
        most=policy.max_overlap,
        calibration=calibration,
    )
    return Doubt(float(1.0 - worth[0]), bool(step == Step.MORE), calibrated)


def expected_error(
    *,
    answers: Sequence[WorkerAnswer],
    policy: Policy,
    skills: Mapping[str, DrawingSkill] | None = None,
    matched: Matched | None = None,
) -> float:
    """The expected error, 0 to 1, of what `count` adopts from the drawings of these answers.

    `skills`: by key what is known of each answer's worker; who is not known draws as people do on the average.
    `matched`: what `match_objects` says of their objects, in the order of the keys, if it was asked before.
    """
    ranked = sorted(answers, key=lambda each: each.key)
    known = [(skills or {}).get(each.key, DrawingSkill()) for each in ranked]
    weights = normalised([each.weight for each in ranked])
    groups = groups_of(answers=ranked, policy=policy, matched=matched)
    nobody = math.prod(1.0 - skill.recall for skill in known)
    if not groups:
        # All say that nothing is there: wrong when all overlooked it.
        return nobody
    chances = [_chance(group, known) for group in groups]
    right, adopted = 0.0, 0
    exists = exist(shares=[sum(weights[k] for k, _ in group) for group in groups])
    for group, chance, there in zip(groups, chances, exists, strict=True):
        if there:
            right += chance * (1.0 - _off(group, known, policy))
            adopted += 1
    # For each object that somebody saw there are some that nobody did.
    truth = sum(chances) / (1.0 - nobody)
    return min(1.0, max(0.0, 1.0 - 2.0 * right / (adopted + truth)))


def _chance(group: Group, known: Sequence[DrawingSkill]) -> float:
    """How likely the object is there, and has the label that most gave it."""
    labels = [shape.label for _, shape in group]
    most = max(map(labels.count, labels))
    drew = {k for k, _ in group}
    workers = [str(k) for k in range(len(known))]
    skills = dict(zip(workers, known, strict=True))
    return chance_of(drew=drew, workers=workers, skills=skills, trust=TRUST) * most / len(labels)


def _off(group: Group, known: Sequence[DrawingSkill], policy: Policy) -> float:
    """How far the merged shape is off, 0 to 1: as far as its shapes are from each other, less by how many they are."""
    size, pairs = len(group), len(group) * (len(group) - 1) / 2
    usual = 2.0 * sum(known[k].spread for k, _ in group) / size
    seen = 0.0
    if size > 1:
        shapes = [shape for _, shape in group]
        alike = likeness(left=shapes, right=shapes, policy=policy)
        seen = pairs - (float(alike.sum()) - float(alike.trace())) / 2
    return min(1.0, (seen + PAIRS * usual) / (pairs + PAIRS) / math.sqrt(size))
