"""Buying places in the stead of answers that count no more."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When

from billing import ledger
from marketplace import auditlog, bell, escrow, locks
from marketplace.locks import Purpose
from marketplace.models import Assignment, Flag, Job, Place, Replacement, Task
from marketplace.turns import REOPENED_LANE, next_positions

LAST_ORDINAL = 50  # as the table of places has it
A_BATCH = 500


def due() -> list[int]:
    """Jobs in which somebody was turned out and that still run: there may be answers to replace, or money again."""
    running = Flag.objects.filter(state=Flag.State.CONFIRMED, job__state__in=[Job.State.OPEN, Job.State.PAUSED])
    return list(running.order_by().values_list("job_id", flat=True).distinct())


def replace_flagged(*, job_id: int, now: datetime, limit: int = A_BATCH) -> int:
    """Buy one place for each answer of the workers turned out of a job, as far as its free money goes.

    Returns how many. First of tasks not settled yet; then of settled ones whose decision rests on such an answer, since
    it was accepted: they are open again and will be decided anew. Nothing paid is taken back. Safe to run twice, at
    once, or again when there is more money.
    """
    job = Job.objects.filter(pk=job_id).first()
    # Asked before the lock is taken: a settler who finds it taken goes away, and this is asked every few seconds.
    if job is None or not _affordable(job) or not _to_replace(job, 1):
        return 0
    total = bought = _replace_some(job_id, now, limit)
    while bought == limit:
        bought = _replace_some(job_id, now, limit)
        total += bought
    return total


@transaction.atomic
def _replace_some(job_id: int, now: datetime, limit: int) -> int:
    # Answered tasks are changed by settlers only; this is one. Then job, tasks, turns, places, accounts, as elsewhere.
    locks.hold(Purpose.SETTLING, job_id=job_id)
    bell.ring("settle", job_id)  # a settler who came meanwhile was sent away
    job = Job.objects.select_for_update(of=("self",), no_key=True).get(pk=job_id)
    answers = _to_replace(job, min(limit, _affordable(job)))
    if not answers:
        return 0
    ordinals = _reopen_tasks([one.task_id for one in answers])
    flag_of = {flag.worker_id: flag for flag in _confirmed(job).order_by("pk")}
    cost, turns = escrow.unit_cost(job=job), next_positions(job_id=job.pk, count=len(answers))
    places = Place.objects.bulk_create(
        Place(job=job, task_id=task, ordinal=ordinal, position=turn, lane=REOPENED_LANE, held=cost)
        for (task, ordinal), turn in zip(ordinals, turns, strict=True)
    )
    Replacement.objects.bulk_create(
        Replacement(flag=flag_of[one.worker_id], assignment=one, place=place, created_at=now)
        for one, place in zip(answers, places, strict=True)
    )
    postings = [escrow.commit_places(job=job, key=f"task:{task}:{ordinal}", places=1) for task, ordinal in ordinals]
    ledger.post(postings=postings, now=now)
    after = {"places": len(places), "amount": len(places) * cost}
    auditlog.record(actor=None, action="answers.replaced", subject=job, now=now, after=after)
    return len(answers)


def _affordable(job: Job) -> int:
    """How many more places a running job's free money pays for."""
    if job.state not in (Job.State.OPEN, Job.State.PAUSED):
        return 0
    assert job.escrow_free_id is not None, "a published job has escrow accounts"
    return ledger.balance(account_id=job.escrow_free_id) // escrow.unit_cost(job=job)


def _confirmed(job: Job) -> QuerySet[Flag]:
    return Flag.objects.filter(job=job, state=Flag.State.CONFIRMED)


def _to_replace(job: Job, limit: int) -> list[Assignment]:
    """Answers without a replacement, those of unsettled tasks first, ordered by task."""
    flagged = Assignment.objects.filter(
        job=job,
        submitted_at__isnull=False,
        worker__in=_confirmed(job).values("worker"),
        replacement__isnull=True,
        # Room for as many as could be flagged of one task.
        task__wanted__lte=LAST_ORDINAL // 2,
    )
    waiting = Q(state__in=Assignment.ANSWERED, task__state__in=[Task.State.OPEN, Task.State.ANSWERED])
    settled = Q(state__in=[Assignment.State.ACCEPTED, Assignment.State.OVERTURNED], task__state=Task.State.SETTLED)
    first = Case(When(task__state=Task.State.SETTLED, then=Value(1)), default=Value(0))
    rows = flagged.filter(waiting | settled).order_by(first, "submitted_at", "pk")[:limit]
    return sorted(rows, key=lambda one: (one.task_id, one.pk))


def _reopen_tasks(task_ids: list[int]) -> list[tuple[int, int]]:
    """Open these tasks for one answer more for each time they are named; (task, ordinal) of each new place."""
    locked = Task.objects.select_for_update(no_key=True).filter(pk__in=task_ids).order_by("pk")
    wanted = dict(locked.values_list("pk", "wanted"))
    ordinals = []
    for task_id in task_ids:
        wanted[task_id] += 1
        ordinals.append((task_id, wanted[task_id]))
    more = {task_id: task_ids.count(task_id) for task_id in wanted}
    for count in set(more.values()):
        chosen = Task.objects.filter(pk__in=[task_id for task_id, many in more.items() if many == count])
        chosen.update(state=Task.State.OPEN, wanted=F("wanted") + count, answered_at=None, settled_at=None)
    return ordinals
