"""What a claim about drawings is worth: answers to images whose answer is known, put together as if it were not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from annotation.shapes import Answer
from qa.calibration import LEAST_OUTCOMES, OF_DRAWINGS, SURE_OUTCOMES, Calibration, calibrate
from qa.consensus import WorkerAnswer, count
from qa.drawing_skill import DrawingSkill
from qa.expected_error import expected_error
from qa.grouping import match_objects
from qa.known import mark
from qa.policy import Policy

TRIALS_AN_IMAGE = 3
"""So many groups of its answers an image is put together from at most: many answers to one image say much about it, and
little about others."""
SUREST = 1 / 3
"""The share of the trials, by what they claim with all their answers, that shows what is out of reach. Claims of fewer
answers may still rise."""


@dataclass(frozen=True)
class Trial:
    """What a group of answers to a known image claimed and what it was worth, by the number of them that was heard.

    `claimed`: 1 − expected error; `found`: how far the consensus agrees with the known answer; both 0 to 1. `whole`:
    whether no more answers could have been asked for.
    """

    claimed: tuple[float, ...]
    found: tuple[float, ...]
    whole: bool


def trials_of(
    *,
    answers: Sequence[WorkerAnswer],
    truth: Answer,
    policy: Policy,
    skills: Mapping[str, DrawingSkill] | None = None,
) -> list[Trial]:
    """Trials of one known image: its answers in groups of as many as an image may get, each group asked one by one.

    `answers` come in an order that has nothing to do with what they say. Nothing of `truth` goes into what is claimed.
    """
    groups = [answers[start : start + policy.max_overlap] for start in range(0, len(answers), policy.max_overlap)]
    enough = [group for group in groups if len(group) >= policy.min_overlap]
    return [_trial(group, truth, policy, skills) for group in enough[:TRIALS_AN_IMAGE]]


def _trial(
    group: Sequence[WorkerAnswer], truth: Answer, policy: Policy, skills: Mapping[str, DrawingSkill] | None
) -> Trial:
    claimed, found = [], []
    for heard in range(policy.min_overlap, len(group) + 1):
        ranked = sorted(group[:heard], key=lambda each: each.key)
        matched = match_objects(answers=[[shape for _, shape in each.objects] for each in ranked], policy=policy)
        claimed.append(1.0 - expected_error(answers=ranked, policy=policy, skills=skills, matched=matched))
        objects = count(answers=ranked, policy=policy, matched=matched).objects
        adopted = replace(truth, tags=(), shapes=tuple(thing.shape for thing in objects))
        # Of the drawings alone: tags have a worth of their own.
        found.append(mark(answer=adopted, known=replace(truth, tags=()), policy=replace(policy, tags=())).agreement)
    return Trial(tuple(claimed), tuple(found), len(group) == policy.max_overlap)


def calibrate_drawings(*, trials: Sequence[Trial], least: int = LEAST_OUTCOMES) -> Calibration | None:
    """What claims about drawings are worth, by trials on known images; None while these are fewer than `least`.

    A trial is one outcome, shared out over the numbers of answers at which it was looked at. What the surest third of
    the whole trials comes to is the best that can be promised.
    """
    surest = _surest(trials)
    return calibrate(
        claimed=np.array([claim for trial in trials for claim in trial.claimed]),
        right=np.array([found for trial in trials for found in trial.found]),
        least=least,
        prior=OF_DRAWINGS,
        weights=np.array([1.0 / len(trial.claimed) for trial in trials for _ in trial.claimed]),
        sure=np.array(
            [
                number in surest and last == len(trial.claimed) - 1
                for number, trial in enumerate(trials)
                for last in range(len(trial.claimed))
            ],
            dtype=np.bool_,
        ),
    )


def _surest(trials: Sequence[Trial]) -> set[int]:
    whole = [number for number, trial in enumerate(trials) if trial.whole]
    ranked = sorted(whole, key=lambda number: (-trials[number].claimed[-1], number))
    return set(ranked[: max(SURE_OUTCOMES, round(SUREST * len(whole)))])
