"""Settling tasks: judge the answers, adopt a consensus, pay; in one transaction, many tasks of a job at a time."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import DatabaseError, DataError, IntegrityError, transaction
from django.db.models import Q

from billing import ledger
from marketplace import bell, concluding, escrow, gold_outcomes, gold_standing, locks, stopping, tag_learning
from marketplace.adopting import Answered, adopt, extend
from marketplace.judging import judge_tasks
from marketplace.learning import learn
from marketplace.locks import Purpose
from marketplace.models import Assignment, Job, Place, Task
from marketplace.policies import policy_of, skill_scope

log = logging.getLogger("tally.settle")

TASKS_A_BATCH = 100
"""With more at once each costs hardly less, and whoever else is to be paid or pays waits longer."""


ROUND = timedelta(minutes=5)
"""So long verdicts gather in jobs with gold. Told as soon as each is known, most would come one at a time, and those
that come in twos would be the ones with gold among them."""


class _Elsewhere(Exception):
    """Another settler is at this job."""


def settle(*, job_id: int, now: datetime, limit: int = TASKS_A_BATCH) -> int:
    """Settle a job's answered tasks; returns how many were decided.

    Each batch of up to `limit` tasks is one transaction: consensus, verdicts, states and money together, or nothing.
    A task that cannot be decided is logged and left answered; it holds up no other. One settler a job: a second one
    returns at once.
    """
    if _gathers(job_id, now):
        return 0
    decided, left = 0, list[int]()
    try:
        while batch := _waiting(job_id, left, limit):
            decided += _settle_or_leave(job_id, batch, now, left)
            if len(batch) < limit:
                break
        if _waiting(job_id, left, limit=1):
            # These came meanwhile, and more will: settled one by one they would cost many times as much as when the
            # bell lets them gather.
            bell.ring("settle", job_id)
    except _Elsewhere:
        # Nothing is lost: what this one was called for was waiting before it was refused, so before the transaction
        # ended that refused it; and after each of those the other settler looks for waiting tasks again.
        pass
    if decided and Job.objects.filter(pk=job_id, state=Job.State.CLOSING).exists():
        # Asked only after the last commit: a job that closes later rings by itself, and finds all this settled.
        bell.ring("finish_closing", job_id)
    # Where people judge, gold was told since without a task being decided.
    told = Q() if decided else Q(policy__judge__in=["requester", "both"])
    if Job.objects.filter(told, pk=job_id, gold_budget__gt=0).exists():
        gold_standing.attend(job_id=job_id, now=now)
        if gold_outcomes.due(job_ids=[job_id]):
            bell.ring("calibrate", job_id)
    return decided


def _gathers(job_id: int, now: datetime) -> bool:
    """Whether a job tells its verdicts in rounds, and it is not time for the next one."""
    if not Job.objects.filter(pk=job_id, gold_budget__gt=0, state=Job.State.OPEN).exists():
        return False
    waiting = Task.objects.filter(job_id=job_id, state=Task.State.ANSWERED)
    return not waiting.filter(answered_at__lte=now - ROUND).exists() and 0 < waiting.count() < TASKS_A_BATCH


def _waiting(job_id: int, left: Sequence[int], limit: int) -> list[int]:
    """Tasks that wait to be settled, without those that could not be."""
    waiting = Task.objects.filter(job_id=job_id, state=Task.State.ANSWERED).exclude(pk__in=left)
    return list(waiting.order_by("position").values_list("pk", flat=True)[:limit])


def _settle_or_leave(job_id: int, task_ids: list[int], now: datetime, left: list[int]) -> int:
    """Settle tasks together; if that fails, each by itself, so that only the ones at fault are left."""
    try:
        return _settle_batch(job_id, task_ids, now)
    except _Elsewhere:
        raise
    except Exception as fault:
        if isinstance(fault, DatabaseError) and not isinstance(fault, (IntegrityError, DataError)):
            raise  # the database is busy or away: no task's fault
        if len(task_ids) == 1:
            log.exception("task %s of job %s cannot be settled and stays answered", task_ids[0], job_id)
            left += task_ids
            return 0
    return sum(_settle_or_leave(job_id, [task_id], now, left) for task_id in task_ids)


@transaction.atomic
def _settle_batch(job_id: int, task_ids: list[int], now: datetime) -> int:
    """Settle these tasks as far as they still wait.

    No row is locked to read: answered tasks and their answers are changed by settlers only, and there is one a job.
    What the job's row holds and does not change is read without a lock too, so that claims, pauses and uploads go on.
    """
    if not locks.try_hold(Purpose.SETTLING, job_id=job_id):
        raise _Elsewhere
    # Only now, behind the lock: another settler may have been here since these were found.
    waiting = Task.objects.filter(pk__in=task_ids, job_id=job_id, state=Task.State.ANSWERED).order_by("position")
    tasks = [Answered._make(row) for row in waiting.values_list("pk", "image_id", "wanted")]
    if not tasks:
        return 0
    job = Job.objects.select_related("label_set").prefetch_related("label_set__labels").get(pk=job_id)
    policy, scope = policy_of(job=job), skill_scope(label_set=job.label_set)
    if by_hand := concluding.for_people(task_ids=[task.id for task in tasks], policy=policy):
        concluding.await_people(job=job, task_ids=by_hand, policy=policy, scope=scope, now=now)
        tasks = [task for task in tasks if task.id not in by_hand]
    found = judge_tasks(job_id=job_id, tasks=tasks, policy=policy, scope=scope, now=now)
    asking = [one for one in found if one.outcome.ask_more]
    extended = asking[: _places_to_buy(job)] if asking else []
    decided = [one for one in found if one not in extended] if extended else found
    # Locked in the order job, task, assignment, place, turns, account, as in closing, submitting and leases: the turns
    # come last of what others hold while they wait.
    postings = adopt(job=job, decided=decided, policy=policy, now=now)
    postings = extend(job=job, tasks=[one.task for one in extended]) + postings
    learn(scope=scope, decided=decided, policy=policy, now=now)
    tag_learning.learn(job_id=job_id, decided=decided, policy=policy)
    ledger.post(postings=postings, now=now)
    stopping.watch_votes(job=job, decided=decided, now=now)
    return len(decided)


def _places_to_buy(job: Job) -> int:
    """How many more places the job may have and its free money pays for.

    Its row is held from here on: closing would otherwise give the money back, and miss the new places. Before any other
    row, because closing takes the job's first.
    """
    state = Job.objects.select_for_update(no_key=True).values_list("state", flat=True).get(pk=job.pk)
    if state not in (Job.State.OPEN, Job.State.PAUSED):
        return 0
    assert job.escrow_free_id is not None, "a published job has escrow accounts"
    return ledger.balance(account_id=job.escrow_free_id) // escrow.unit_cost(job=job)


def refit_tags(*, job_id: int) -> int:
    """Estimate anew what a job's tags tell of its workers (`tag_learning`), and what that is worth by its gold."""
    job = Job.objects.select_related("label_set").prefetch_related("label_set__labels").filter(pk=job_id).first()
    if job is None:
        return 0
    policy = policy_of(job=job)
    version = tag_learning.refit(job_id=job_id, policy=policy)
    if version and job.gold_budget:
        gold_outcomes.calibrate_tags(job_id=job_id, policy=policy)
    return version


@transaction.atomic
def finalise_rejections(*, job_id: int, now: datetime, limit: int = 500) -> int:
    """Free the money of a job's rejections that can no longer be appealed; returns how many."""
    job = Job.objects.select_for_update(no_key=True).filter(pk=job_id).first()
    if job is None:
        return 0
    due = list(
        Assignment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("place")
        .filter(job=job, state=Assignment.State.REJECTED, final_at__lte=now)
        .order_by("pk")[:limit]
    )
    free_rejected(job=job, rejected=due, now=now)
    return len(due)


def free_rejected(*, job: Job, rejected: Sequence[Assignment], now: datetime) -> None:
    """Make rejections final: what their places hold is free again. The caller has locked the job and these rows."""
    # What each place holds, not what a place costs: money is freed where it lies.
    freed = [
        escrow.uncommit(job=job, kind="rejection_final", key=str(one.pk), amount=one.place.held)
        for one in rejected
        if one.place.held
    ]
    Place.objects.filter(pk__in=[one.place_id for one in rejected]).update(held=0)
    Assignment.objects.filter(pk__in=[one.pk for one in rejected]).update(final_at=None)
    ledger.post(postings=freed, now=now)
    if job.gold_budget and rejected:
        bell.ring("make_places", job.pk)  # what gold was not paid for pays for other gold
    if rejected and job.state == Job.State.CLOSING:
        bell.ring("finish_closing", job.pk)
