"""Which answers a person is to look at: put into the queue, and found there."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from django.conf import settings
from django.db.models import Case, Count, Q, QuerySet, When

from marketplace import wages
from marketplace.models import Assignment, Decision, Job, Review, Task
from qa.policy import Policy

Why = Review.Why
SHOWS = ("all", "unpaid", "sample")


class Proposed(Protocol):
    """An answer that votes would reject, by which verdict."""

    @property
    def key(self) -> str:
        """Its assignment's id."""

    @property
    def verdict_id(self) -> int:
        """The verdict's id."""


def await_people(*, job_id: int, task_ids: Sequence[int], now: datetime) -> None:
    """Answered tasks whose answers are judged by a person: every answer that has no verdict waits in the queue.

    The caller is the settler of the job.
    """
    moved = Task.objects.filter(pk__in=task_ids, state=Task.State.ANSWERED).update(state=Task.State.REVIEW)
    assert moved == len(task_ids), "nobody else settles this job's tasks"
    given = Assignment.objects.filter(task_id__in=task_ids, state=Assignment.State.SUBMITTED)
    # Some may wait already: their task was opened once more for another answer to it.
    unseen = given.exclude(pk__in=Review.objects.filter(job_id=job_id, said="").values("assignment"))
    _open(job_id, {str(pk): None for pk in unseen.values_list("pk", flat=True)}, Why.EVERY, now)


def await_known(*, job_id: int, answers: Sequence[str], now: datetime) -> None:
    """The same for answers to images whose answer is known, by their assignments' ids."""
    _open(job_id, dict.fromkeys(answers), Why.EVERY, now)


def ask(*, job_id: int, proposed: Sequence[Proposed], now: datetime) -> None:
    """Put answers that the votes would reject before a person; until then they are neither paid nor refused."""
    _open(job_id, {each.key: each.verdict_id for each in proposed}, Why.REJECTION, now)


def draw_sample(*, job_id: int, accepted: Sequence[str], policy: Policy, now: datetime) -> None:
    """Put the policy's share of the accepted answers, by their assignments' ids, into the queue."""
    if not policy.review_share:
        return
    drawn = {key: None for key in accepted if is_drawn(key=key, share=policy.review_share, secret=settings.SECRET_KEY)}
    _open(job_id, drawn, Why.SAMPLE, now)


def is_drawn(*, key: str, share: float, secret: str) -> bool:
    """Whether an answer is in the sample: the same each time it is asked, and unknown to whoever has not the secret."""
    digest = hmac.new(secret.encode(), f"review sample {key}".encode(), hashlib.sha256).digest()
    return int.from_bytes(digest[:8]) < share * 2**64


def _open(job_id: int, answers: Mapping[str, int | None], why: str, now: datetime) -> None:
    if not answers:
        return
    given = Assignment.objects.filter(pk__in=answers).values_list("pk", "annotation_id")
    Review.objects.bulk_create(
        Review(
            job_id=job_id,
            assignment_id=pk,
            annotation_id=annotation,
            why=why,
            proposal_id=answers[str(pk)],
            opened_at=now,
        )
        for pk, annotation in given.order_by("submitted_at", "pk")
    )


def waiting(*, job: Job, show: str = "all") -> QuerySet[Review]:
    """What waits in a job's queue, longest first. `show`: all, unpaid or sample."""
    rows = Review.objects.filter(job=job, said="").select_related(
        "annotation", "assignment__worker", "assignment__task__image", "proposal__consensus"
    )
    if show == "unpaid":
        rows = rows.exclude(why=Why.SAMPLE)
    elif show == "sample":
        rows = rows.filter(why=Why.SAMPLE)
    return rows.order_by("opened_at", "pk")


def in_turn(*, job: Job) -> QuerySet[Review]:
    """The same in the order in which it is best looked at: whose pay waits, before the sample of paid work."""
    return waiting(job=job).order_by(Case(When(why=Why.SAMPLE, then=1), default=0), "opened_at", "pk")


def counted(*, review: Review) -> int | None:
    """How many of an answer's shapes are accepted with it; None: all, since a person or silence accepts it as it is.

    Not where a person has adopted something else for the image meanwhile: then those that match it. What the votes
    would have said does not count: they are overruled.
    """
    held_against = review.proposal
    if (
        held_against is None
        or not Decision.objects.filter(consensus=held_against.consensus_id, kind=Decision.Kind.REVIEW).exists()
    ):
        return None
    return wages.matched(evidence=held_against.evidence)


def counts(*, job: Job) -> dict[str, int]:
    """What waits for people in a job: `unpaid` answers, a `sample` of paid ones, and `undecided` images."""
    rows = Review.objects.filter(job=job, said="")
    found = rows.aggregate(unpaid=Count("pk", filter=~Q(why=Why.SAMPLE)), sample=Count("pk", filter=Q(why=Why.SAMPLE)))
    undecided = Task.objects.filter(job=job, doubt__isnull=False, state__in=[Task.State.REVIEW, Task.State.SETTLED])
    return {**found, "undecided": undecided.count()}
