"""Settling tasks: judge the answers, adopt a consensus, pay; in one transaction, many tasks of a job at a time."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from django.db import DatabaseError, DataError, IntegrityError, connection, transaction
from django.db.models import F

from annotation.label_sets import taxonomy_of
from annotation.models import LabelSet
from annotation.shapes import Answer, Taxonomy, parse_answer
from billing import ledger
from billing.ledger import AccountKind, Posting
from marketplace import bell, escrow
from marketplace.models import Assignment, Decision, Job, Place, Task
from marketplace.turns import REOPENED_LANE, next_positions
from qa.judging import Judged, store_outcomes
from qa.models import Verdict
from qa.peers import peer_agreements
from qa.reputation import record, weights
from qa.verdict import Outcome, Policy, WorkerAnswer, decide

log = logging.getLogger("tally.settle")

TASKS_A_BATCH = 50


@dataclass
class _Batch:
    """What one settling transaction gathers before it writes everything at once."""

    job: Job
    now: datetime
    policy: Policy
    free: int
    judged: list[tuple[Task, list[Assignment], Outcome]] = field(default_factory=list)
    extended: list[Task] = field(default_factory=list)
    lessons: dict[int, list[float]] = field(default_factory=dict)


def settle(*, job_id: int, now: datetime, limit: int = TASKS_A_BATCH) -> int:
    """Settle a job's answered tasks, each looked at once; returns how many were decided.

    Each batch of up to `limit` tasks is one transaction: consensus, verdicts, states and money together, or nothing.
    A task that cannot be decided is logged and left answered; it holds up no other. Safe to run at once in several
    processes.
    """
    decided = last = 0
    while True:
        waiting = Task.objects.filter(job_id=job_id, state=Task.State.ANSWERED, pk__gt=last).order_by("pk")
        batch = list(waiting.values_list("pk", flat=True)[:limit])
        if not batch:
            return decided
        decided += _settle_or_leave(job_id, batch, now)
        last = batch[-1]


def _settle_or_leave(job_id: int, task_ids: list[int], now: datetime) -> int:
    """Settle tasks together; if that fails, each by itself, so that only the ones at fault are left."""
    try:
        return _settle_batch(job_id, task_ids, now)
    except Exception as fault:
        if isinstance(fault, DatabaseError) and not isinstance(fault, (IntegrityError, DataError)):
            raise  # the database is busy or away: no task's fault
        if len(task_ids) == 1:
            log.exception("task %s of job %s cannot be settled and stays answered", task_ids[0], job_id)
            return 0
    return sum(_settle_or_leave(job_id, [task_id], now) for task_id in task_ids)


@transaction.atomic
def _settle_batch(job_id: int, task_ids: list[int], now: datetime) -> int:
    jobs = Job.objects.select_for_update(of=("self",), no_key=True).select_related("label_set")
    job = jobs.prefetch_related("label_set__labels").get(pk=job_id)
    # Only now, behind the lock of the job: another settler may have been here while this one waited.
    answered = Task.objects.select_for_update(of=("self",), no_key=True).select_related("image")
    tasks = list(answered.filter(pk__in=task_ids, job=job, state=Task.State.ANSWERED).order_by("pk"))
    if not tasks:
        return 0
    assert job.escrow_free_id is not None, "a published job has escrow accounts"
    batch = _Batch(job, now, policy_of(job=job), ledger.balance(account_id=job.escrow_free_id))
    given = _answers_of(tasks, job)
    answers = _weighed(batch, tasks, given)
    for task in tasks:
        outcome = decide(answers=answers[task.pk], policy=batch.policy)
        if outcome.ask_more and _affords_place(batch):
            batch.extended.append(task)
        else:
            batch.judged.append((task, given[task.pk], outcome))
    _write(batch)
    return len(batch.judged)


def _weighed(batch: _Batch, tasks: list[Task], given: Mapping[int, list[Assignment]]) -> dict[int, list[WorkerAnswer]]:
    """The answers with their workers' weights: by their records, and by what this batch itself teaches of them."""
    taxonomy, scope = taxonomy_of(label_set=batch.job.label_set), skill_scope(label_set=batch.job.label_set)
    by_key = {str(one.pk): one for group in given.values() for one in group}
    parsed = {str(one.pk): _answer(one, task, taxonomy) for task in tasks for one in given[task.pk]}

    def weigh(weight_of: Mapping[int, float]) -> dict[int, list[WorkerAnswer]]:
        return {
            task: [
                WorkerAnswer(key=str(one.pk), answer=parsed[str(one.pk)], weight=weight_of[one.worker_id])
                for one in group
            ]
            for task, group in given.items()
        }

    workers = sorted({one.worker_id for one in by_key.values()})
    lessons: dict[int, list[float]] = {}
    for group in weigh(weights(worker_ids=workers, scope=scope)).values():
        for key, agreement in peer_agreements(answers=group, policy=batch.policy).items():
            lessons.setdefault(by_key[key].worker_id, []).append(agreement)
    return weigh(weights(worker_ids=workers, scope=scope, lessons=lessons))


def policy_of(*, job: Job) -> Policy:
    """The job's judging policy with its overlap and its tag questions filled in."""
    taxonomy = taxonomy_of(label_set=job.label_set)
    return replace(
        Policy.from_json(job.policy),
        min_overlap=job.min_overlap,
        max_overlap=job.max_overlap,
        tag_choice=taxonomy.tag_choice,
        tags=tuple(taxonomy.tags),
    )


def skill_scope(*, label_set: LabelSet) -> str:
    """The key under which workers' skill for these labels is kept; later jobs of the label set reuse it."""
    return f"labelset:{label_set.pk}"


def _answers_of(tasks: list[Task], job: Job) -> dict[int, list[Assignment]]:
    groups: dict[int, list[Assignment]] = {task.pk: [] for task in tasks}
    rows = Assignment.objects.select_related("annotation").filter(
        task__in=tasks, job=job, state__in=Assignment.ANSWERED
    )
    for assignment in rows.order_by("submitted_at", "pk"):
        groups[assignment.task_id].append(assignment)
    return groups


def _answer(assignment: Assignment, task: Task, taxonomy: Taxonomy) -> Answer:
    assert assignment.annotation is not None, "an answered assignment has an annotation"
    image = task.image
    return parse_answer(assignment.annotation.body, taxonomy=taxonomy, width=image.width, height=image.height)


def _affords_place(batch: _Batch) -> bool:
    """Whether the job is still running and holds the money for one more place; if so, that money is spoken for."""
    cost = escrow.unit_cost(job=batch.job)
    if batch.job.state not in (Job.State.OPEN, Job.State.PAUSED) or batch.free < cost:
        return False
    batch.free -= cost
    return True


def _write(batch: _Batch) -> None:
    postings = _extend(batch) + _adopt(batch)
    record(scope=skill_scope(label_set=batch.job.label_set), agreements=batch.lessons)
    ledger.post(postings=postings, now=batch.now)
    if batch.job.state == Job.State.CLOSING:
        bell.ring("finish_closing", batch.job.pk)


def _extend(batch: _Batch) -> list[Posting]:
    """One more place, out of escrow free, for each task whose answers do not suffice yet."""
    job, tasks = batch.job, batch.extended
    cost, turns = escrow.unit_cost(job=job), next_positions(job_id=job.pk, count=len(tasks)) if tasks else []
    Place.objects.bulk_create(
        Place(job=job, task=task, ordinal=task.wanted + 1, position=turn, lane=REOPENED_LANE, held=cost)
        for task, turn in zip(tasks, turns, strict=True)
    )
    Task.objects.filter(pk__in=[task.pk for task in tasks]).update(
        state=Task.State.OPEN, wanted=F("wanted") + 1, answered_at=None
    )
    return [escrow.commit_places(job=job, key=f"task:{task.pk}:{task.wanted + 1}", places=1) for task in tasks]


def _adopt(batch: _Batch) -> list[Posting]:
    """Store what was decided; returns what is to be paid for it."""
    judged = [
        Judged(f"task:{task.pk}", task.image_id, outcome, {str(one.pk): one.worker_id for one in given})
        for task, given, outcome in batch.judged
    ]
    kept = store_outcomes(judged=judged, policy=batch.policy, now=batch.now)
    settled = [task.pk for task, _, _ in batch.judged]
    Decision.objects.filter(task__in=settled, current=True).update(current=False)
    Decision.objects.bulk_create(
        Decision(task_id=task_id, consensus=consensus, revision=consensus.revision, decided_at=batch.now)
        for task_id, (consensus, _) in zip(settled, kept, strict=True)
    )
    for disputed in (False, True):
        found = [task.pk for task, _, outcome in batch.judged if outcome.disputed is disputed]
        Task.objects.filter(pk__in=found).update(state=Task.State.SETTLED, settled_at=batch.now, disputed=disputed)
    verdicts: list[tuple[Assignment, Verdict]] = []
    for (_, given, outcome), (_, by_key) in zip(batch.judged, kept, strict=True):
        for one in given:
            if str(one.pk) in outcome.lessons:
                batch.lessons.setdefault(one.worker_id, []).append(outcome.lessons[str(one.pk)])
            if one.state == Assignment.State.SUBMITTED:
                verdicts.append((one, by_key[str(one.pk)]))
    return _apply(batch, verdicts)


# final_at is null for what was accepted; the guard on the state makes a second settler's update count short.
_APPLY = """
    UPDATE marketplace_assignment a SET state = v.state, verdict_id = v.verdict, settled_at = %(now)s,
        earned = CASE WHEN v.state = 'accepted' THEN %(reward)s ELSE 0 END,
        final_at = CASE WHEN v.state = 'rejected' THEN %(final_at)s END
    FROM unnest(%(ids)s::uuid[], %(verdicts)s::bigint[], %(states)s::text[]) AS v (id, verdict, state)
    WHERE a.id = v.id AND a.state = 'submitted'
"""


def _apply(batch: _Batch, verdicts: list[tuple[Assignment, Verdict]]) -> list[Posting]:
    """Accept or reject each assignment; returns the pay of the accepted ones."""
    if not verdicts:
        return []
    accepted = [one for one, verdict in verdicts if verdict.accepted]
    states = Assignment.State
    params: dict[str, Any] = {
        "now": batch.now,
        "reward": batch.job.reward,
        "final_at": batch.now + timedelta(days=batch.job.appeal_days),
        "ids": [one.pk for one, _ in verdicts],
        "verdicts": [verdict.pk for _, verdict in verdicts],
        "states": [str(states.ACCEPTED if verdict.accepted else states.REJECTED) for _, verdict in verdicts],
    }
    with connection.cursor() as cursor:
        cursor.execute(_APPLY, params)
        assert cursor.rowcount == len(verdicts), "nobody else judges answers while this holds the job"
    Place.objects.filter(pk__in=[one.place_id for one in accepted]).update(held=0)
    owners = [one.worker_id for one in accepted]
    accounts = ledger.open_accounts(kind=AccountKind.WORKER_BALANCE, owner_ids=owners)
    fees = ledger.platform(AccountKind.PLATFORM_FEES).pk
    return [
        posting
        for one in accepted
        for posting in escrow.pay(
            job=batch.job, assignment_key=str(one.pk), worker_account_id=accounts[one.worker_id], fees_account_id=fees
        )
    ]


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
    # What each place holds, not what a place costs: money is freed where it lies.
    freed = [
        escrow.uncommit(job=job, kind="rejection_final", key=str(one.pk), amount=one.place.held)
        for one in due
        if one.place.held
    ]
    ledger.post(postings=freed, now=now)
    Place.objects.filter(pk__in=[one.place_id for one in due]).update(held=0)
    Assignment.objects.filter(pk__in=[one.pk for one in due]).update(final_at=None)
    if due and job.state == Job.State.CLOSING:
        bell.ring("finish_closing", job.pk)
    return len(due)
