"""What a job promises about the errors of its labels: nothing until known answers have shown what claims are worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from annotation.shapes import TAG
from marketplace.gold_places import gold_scope
from marketplace.models import Job
from marketplace.policies import policy_of
from marketplace.tag_learning import scope_of
from qa.calibration import LEAST_OUTCOMES, Calibration
from qa.golden import has_gold
from qa.kept_worth import trials_seen, worth_of
from qa.policy import Policy
from qa.reliabilities import tags_worth

State = Literal["uncalibrated", "calibrated", "out_of_reach"]


@dataclass(frozen=True)
class Promise:
    """What is promised of a job's `tags` or `drawings`, and a sentence about it.

    `outcomes`: how often a consensus was held against a known answer; None where that is not counted before there are
    enough. `least_error`: below what no number of answers comes, as far as is known; None while uncalibrated.
    """

    of: Literal["tags", "drawings"]
    state: State
    outcomes: int | None
    least_error: float | None
    told: str


def promises(*, job: Job) -> list[Promise]:
    """What a job promises, of its tags and of its drawings; nothing is said where neither a target was set nor known
    answers are handed out, and where its requester judges every answer."""
    policy = policy_of(job=job)
    if policy.judge == "requester" or not (policy.target_error or has_gold(policy=policy)):
        return []
    found = []
    if policy.tags:
        found.append(_promise("tags", policy, tags_worth(scope=scope_of(job_id=job.pk)), None))
    if any(set(label.shapes) - {TAG} for label in job.label_set.labels.all()):
        scope = gold_scope(job_id=job.pk)
        found.append(_promise("drawings", policy, worth_of(scope=scope), trials_seen(scope=scope)))
    return found


def _promise(
    of: Literal["tags", "drawings"], policy: Policy, worth: Calibration | None, outcomes: int | None
) -> Promise:
    if worth is None:
        return Promise(of, "uncalibrated", outcomes, None, _uncalibrated(of, policy, outcomes))
    least, target = max(0.0, 1.0 - worth.best), policy.target_error
    by = f"{worth.outcomes:,} times that answers to known images were put together"
    if target and not worth.reaches(target):
        told = (
            f"The {of} cannot reach the target error of {target:.0%}: by {by} the surest are wrong by {least:.0%} or "
            "more, however many answer. No more answers are bought for it."
        )
        return Promise(of, "out_of_reach", worth.outcomes, least, told)
    told = f"Calibrated: what is said of the error of the {of} rests on {by}."
    return Promise(of, "calibrated", worth.outcomes, least, told)


def _uncalibrated(of: str, policy: Policy, outcomes: int | None) -> str:
    if not has_gold(policy=policy):
        return (
            f"Uncalibrated: this job hands out no known answers, so no error of the {of} is promised. The target only "
            "says for which images one more answer is bought."
        )
    seen = f"fewer than {LEAST_OUTCOMES}" if outcomes is None else f"{outcomes:,} of {LEAST_OUTCOMES}"
    return (
        f"Uncalibrated: no error of the {of} is promised before answers to known images were put together "
        f"{LEAST_OUTCOMES} times; so far {seen}."
    )
