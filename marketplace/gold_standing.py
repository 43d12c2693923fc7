"""What gold comes to: who gets no more images, which known answers somebody should look at, what waits too long."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Q

from billing import ledger
from marketplace import bell, gold_alerts, leases, locks
from marketplace.adopting import Ruling, judge
from marketplace.gold_places import gold_scope, narrow, withdraw
from marketplace.gold_verdicts import rule, waiting_gold
from marketplace.locks import Purpose
from marketplace.models import Assignment, Enrolment, Job, Place, Task
from marketplace.shutting_out import FAILED
from qa.golden import is_doubtful, surely_fails
from qa.models import Gold, GoldResult
from qa.policy import Policy


def attend(*, job_id: int, now: datetime) -> None:
    """Turn out who surely fails a job's gold, put aside the gold that good workers disagree with, hand out less what
    was shown, and tell the requester what is amiss."""
    job = Job.objects.get(pk=job_id)
    if not job.gold_budget:
        return
    golds = Gold.objects.filter(scope=gold_scope(job_id=job_id))
    doubtful = [gold for gold in golds if _is_doubtful(gold)]
    if doubtful:
        put_aside(job_id=job_id, golds=doubtful, now=now)
    if narrow(job_id=job_id, now=now):
        bell.ring("make_places", job_id)
    for worker_id in _failing(job):
        suspend(job_id=job_id, worker_id=worker_id, now=now)
    gold_alerts.tell(job=job, now=now)


def _is_doubtful(gold: Gold) -> bool:
    """Whether it is to be handed out no more, and still is."""
    if gold.state == Gold.State.ACTIVE:
        return is_doubtful(right=gold.good_right, wrong=gold.good_wrong)
    left = Place.objects.filter(task__image=gold.image_id, task__state=Task.State.GOLD, state=Place.State.OPEN)
    return gold.state == Gold.State.REVIEW and left.exists()


def doubt(*, job_id: int, image_id: int) -> None:
    """Have a known answer looked at, since somebody found an answer right that disagrees with it."""
    active = Gold.objects.filter(scope=gold_scope(job_id=job_id), image=image_id, state=Gold.State.ACTIVE)
    active.update(state=Gold.State.REVIEW)


@transaction.atomic
def put_aside(*, job_id: int, golds: list[Gold], now: datetime) -> None:
    """Hand these known answers out no more until their requester has looked at them."""
    withdraw(job_id=job_id, image_ids=[gold.image_id for gold in golds], now=now)
    active = Gold.objects.filter(pk__in=[gold.pk for gold in golds], state=Gold.State.ACTIVE)
    active.update(state=Gold.State.REVIEW)
    bell.ring("make_places", job_id)


def _failing(job: Job) -> list[int]:
    """Workers still at work in the job who surely fail its gold. What good workers disagree with proves nothing."""
    policy = Policy.from_json(job.policy)
    trusted = Gold.objects.filter(scope=gold_scope(job_id=job.pk)).exclude(state=Gold.State.REVIEW)
    working = Enrolment.objects.filter(job=job).exclude(state=Enrolment.State.BLOCKED).values("worker")
    rows = GoldResult.objects.filter(gold__in=trusted, worker__in=working).order_by().values("worker_id")
    counts = rows.annotate(n=Count("pk"), good=Count("pk", filter=Q(right=True)))
    return [
        row["worker_id"]
        for row in counts.order_by("worker_id")
        if surely_fails(right=row["good"], wrong=row["n"] - row["good"], policy=policy)
    ]


@transaction.atomic
def suspend(*, job_id: int, worker_id: int, now: datetime) -> bool:
    """Give a worker no more images of a job; what they hold they may finish. False when they were turned out before."""
    rows = Assignment.objects.select_for_update(no_key=True, of=("self",)).filter(
        job_id=job_id, worker_id=worker_id, state=Assignment.State.RESERVED
    )
    reserved = list(rows.order_by("pk"))
    working = Enrolment.objects.filter(job_id=job_id, worker_id=worker_id).exclude(state=Enrolment.State.BLOCKED)
    shut = working.update(state=Enrolment.State.BLOCKED, reason=FAILED)
    leases.leave(reserved=reserved, now=now)
    return bool(shut)


def overdue(*, now: datetime) -> list[int]:
    """Jobs with answers to gold that may have to be told without others: their worker has gone, or the job ends."""
    waiting = Assignment.objects.filter(
        submitted_at__isnull=False,
        state=Assignment.State.SUBMITTED,
        task__state=Task.State.GOLD,
        job__gold_budget__gt=0,
    )
    late = Q(submitted_at__lte=now - timedelta(hours=1)) | Q(job__state=Job.State.CLOSING)
    return list(waiting.filter(late).order_by().values_list("job_id", flat=True).distinct())


@transaction.atomic
def judge_left(*, job_id: int, now: datetime) -> int:
    """Judge answers to gold whose workers are told nothing else any more; returns how many.

    Those for whom nothing else waits in a job that ends, and whatever waits as long as answers that nobody judged do.
    """
    if not locks.try_hold(Purpose.SETTLING, job_id=job_id):
        return 0
    job = Job.objects.select_for_update(of=("self",), no_key=True).select_related("label_set").get(pk=job_id)
    before = now - timedelta(hours=Policy.from_json(job.policy).auto_accept_hours)
    rows = waiting_gold(job=job)
    others = Assignment.objects.filter(job=job, submitted_at__isnull=False, state=Assignment.State.SUBMITTED)
    told = others.exclude(task__state=Task.State.GOLD)
    busy = set(told.order_by().values_list("worker_id", flat=True))
    ending = job.state == Job.State.CLOSING
    due = [
        one
        for one in rows
        if (one.submitted_at and one.submitted_at <= before) or (ending and one.worker_id not in busy)
    ]
    rulings = [
        Ruling(one.key, one.worker_id, one.accepted, one.verdict_id) for one in rule(job=job, waiting=due, now=now)
    ]
    if not rulings:
        return 0
    ledger.post(postings=judge(job=job, rulings=rulings, now=now), now=now)
    bell.ring("settle", job_id)  # a settler that came meanwhile was turned away
    if ending:
        bell.ring("finish_closing", job_id)
    return len(rulings)
