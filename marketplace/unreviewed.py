"""Answers their requester did not look at in time: they are accepted and paid."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from billing import ledger
from marketplace import bell, locks
from marketplace.accepting import AUTO_ACCEPTED, LATEST
from marketplace.adopting import Ruling, judge
from marketplace.concluding import conclude, places_to_buy
from marketplace.locks import Purpose
from marketplace.models import Assignment, Job, Review, Task
from marketplace.policies import policy_of, skill_scope
from marketplace.review_queue import counted
from qa.judging import store_verdict

ANSWERS_A_BATCH = 100


def accept_overdue(*, job_id: int, now: datetime) -> int:
    """Accept and pay what waits in a job's queue longer than its `auto_accept_hours`, or three weeks after it was
    given; returns how many.

    Nobody has said anything against them, so they count as reviewed; a correction made meanwhile stays adopted.
    """
    accepted = batch = _accept_batch(job_id, now)
    while batch == ANSWERS_A_BATCH:
        batch = _accept_batch(job_id, now)
        accepted += batch
    return accepted


@transaction.atomic
def _accept_batch(job_id: int, now: datetime) -> int:
    if not locks.try_hold(Purpose.SETTLING, job_id=job_id):
        return 0  # somebody is at it; the next sweep looks again
    job = Job.objects.select_for_update(of=("self",), no_key=True).select_related("label_set").get(pk=job_id)
    policy, scope = policy_of(job=job), skill_scope(label_set=job.label_set)
    before = now - timedelta(hours=policy.auto_accept_hours)
    waiting = Review.objects.filter(job=job, said="").exclude(why=Review.Why.SAMPLE)
    due = waiting.filter(Q(opened_at__lte=before) | Q(assignment__submitted_at__lte=now - LATEST))
    rows = list(due.select_related("assignment", "proposal").order_by("opened_at", "pk")[:ANSWERS_A_BATCH])
    if not rows:
        return 0
    why = f"The requester did not look at it within {policy.auto_accept_hours} hours, so your answer was accepted."
    rulings = [_ruling(row, why, now) for row in rows]
    Review.objects.filter(pk__in=[row.pk for row in rows]).update(said=Review.Said.ACCEPT, said_at=now)
    postings = judge(job=job, rulings=rulings, now=now)
    ledger.post(postings=postings, now=now)
    tasks = Task.objects.filter(pk__in=[row.assignment.task_id for row in rows], state=Task.State.REVIEW)
    for task in tasks.order_by("position"):
        bought = conclude(job=job, task=task, policy=policy, scope=scope, places=places_to_buy(job=job), now=now)
        ledger.post(postings=bought, now=now)
    bell.ring("settle", job.pk)  # a settler that came meanwhile was turned away
    if job.state == Job.State.CLOSING:
        bell.ring("finish_closing", job.pk)
    return len(rows)


def _ruling(row: Review, why: str, now: datetime) -> Ruling:
    given: Assignment = row.assignment
    verdict_id = store_verdict(
        key=str(given.pk),
        worker_id=given.worker_id,
        accepted=True,
        reason=AUTO_ACCEPTED,
        explanation=why,
        like=row.proposal,
        now=now,
    )
    return Ruling(str(given.pk), given.worker_id, True, verdict_id, shapes=counted(review=row))
