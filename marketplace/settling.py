"""Settling tasks: judge the answers, adopt a consensus, pay; in one transaction, many tasks of a job at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Sum

from annotation.label_sets import taxonomy_of
from annotation.models import LabelSet
from annotation.shapes import Answer, Taxonomy, parse_answer
from billing import ledger
from billing.ledger import AccountKind, Posting, open_account
from marketplace import bell, escrow
from marketplace.leases import REOPENED_LANE
from marketplace.models import Assignment, Decision, Job, Place, Task
from marketplace.posting import next_positions
from qa.judging import store_outcome
from qa.models import Verdict
from qa.peers import peer_agreements
from qa.reputation import record, weights
from qa.verdict import Outcome, Policy, WorkerAnswer, decide

TASKS_A_BATCH = 50


@dataclass
class _Batch:
    """What one settling transaction gathers before it writes to the ledger once."""

    job: Job
    now: datetime
    free: int
    postings: list[Posting] = field(default_factory=list)
    emptied: list[int] = field(default_factory=list)
    lessons: dict[int, list[float]] = field(default_factory=dict)


def settle(*, job_id: int, now: datetime, limit: int = TASKS_A_BATCH) -> int:
    """Settle a job's answered tasks until none is left; returns how many were decided.

    Each batch of up to `limit` tasks is one transaction: consensus, verdicts, states and money together, or nothing.
    Safe to run at once in several processes.
    """
    decided = 0
    while True:
        done, seen = _settle_batch(job_id=job_id, now=now, limit=limit)
        decided += done
        if seen < limit:
            return decided


@transaction.atomic
def _settle_batch(*, job_id: int, now: datetime, limit: int) -> tuple[int, int]:
    job = Job.objects.select_for_update(no_key=True).select_related("label_set").get(pk=job_id)
    tasks = list(
        Task.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(job=job, state=Task.State.ANSWERED)
        .order_by("pk")[:limit]
    )
    if not tasks:
        return 0, 0
    assert job.escrow_free_id is not None, "a published job has escrow accounts"
    batch = _Batch(job=job, now=now, free=ledger.balance(account_id=job.escrow_free_id))
    policy = policy_of(job=job)
    answers = _answers_of(tasks, job)
    judged = _weighed(batch, answers, policy)
    done = 0
    for task in tasks:
        outcome = decide(answers=judged[task.pk], policy=policy)
        done += _settle_task(batch, task, answers[task.pk], outcome, policy)
    _write(batch)
    return done, len(tasks)


def _weighed(batch: _Batch, answers: Mapping[int, list[Assignment]], policy: Policy) -> dict[int, list[WorkerAnswer]]:
    """The answers with their workers' weights: by their records, and by what this batch itself teaches of them."""
    taxonomy, scope = taxonomy_of(label_set=batch.job.label_set), skill_scope(label_set=batch.job.label_set)
    by_key = {str(given.pk): given for group in answers.values() for given in group}
    parsed = {key: _answer(given, taxonomy) for key, given in by_key.items()}

    def weigh(weight_of: Mapping[int, float]) -> dict[int, list[WorkerAnswer]]:
        return {
            task: [
                WorkerAnswer(key=str(given.pk), answer=parsed[str(given.pk)], weight=weight_of[given.worker_id])
                for given in group
            ]
            for task, group in answers.items()
        }

    workers = sorted({given.worker_id for given in by_key.values()})
    lessons: dict[int, list[float]] = {}
    for group in weigh(weights(worker_ids=workers, scope=scope)).values():
        for key, agreement in peer_agreements(answers=group, policy=policy).items():
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
    rows = Assignment.objects.select_related("annotation", "task__image").filter(
        task__in=tasks, job=job, state__in=Assignment.ANSWERED
    )
    for assignment in rows.order_by("submitted_at", "pk"):
        groups[assignment.task_id].append(assignment)
    return groups


def _answer(assignment: Assignment, taxonomy: Taxonomy) -> Answer:
    assert assignment.annotation is not None, "an answered assignment has an annotation"
    image = assignment.task.image
    return parse_answer(assignment.annotation.body, taxonomy=taxonomy, width=image.width, height=image.height)


def _settle_task(batch: _Batch, task: Task, given: list[Assignment], outcome: Outcome, policy: Policy) -> int:
    if outcome.ask_more and _buy_place(batch, task):
        return 0
    consensus, verdicts = store_outcome(
        scope=f"task:{task.pk}",
        image_id=task.image_id,
        outcome=outcome,
        policy=policy,
        workers={str(assignment.pk): assignment.worker_id for assignment in given},
        now=batch.now,
    )
    Decision.objects.filter(task=task, current=True).update(current=False)
    Decision.objects.create(task=task, consensus=consensus, revision=consensus.revision, decided_at=batch.now)
    Task.objects.filter(pk=task.pk, state=Task.State.ANSWERED).update(
        state=Task.State.SETTLED, settled_at=batch.now, disputed=outcome.disputed
    )
    for assignment in given:
        lesson = outcome.lessons.get(str(assignment.pk))
        if lesson is not None:
            batch.lessons.setdefault(assignment.worker_id, []).append(lesson)
    _apply(batch, given, verdicts)
    return 1


def _buy_place(batch: _Batch, task: Task) -> bool:
    """One more place out of escrow free, if the job is still running and holds the money for it."""
    cost = escrow.unit_cost(job=batch.job)
    if batch.job.state not in (Job.State.OPEN, Job.State.PAUSED) or batch.free < cost:
        return False
    batch.free -= cost
    ordinal = Place.objects.filter(task=task).count() + 1
    batch.postings.append(escrow.commit_places(job=batch.job, key=f"task:{task.pk}:{ordinal}", places=1))
    Place.objects.create(
        job=batch.job, task=task, ordinal=ordinal, position=next_positions(count=1)[0], lane=REOPENED_LANE, held=cost
    )
    Task.objects.filter(pk=task.pk).update(state=Task.State.OPEN, wanted=task.wanted + 1, answered_at=None)
    return True


def _apply(batch: _Batch, given: list[Assignment], verdicts: Mapping[str, Verdict]) -> None:
    fees = open_account(kind=AccountKind.PLATFORM_FEES).pk
    for assignment in given:
        verdict = verdicts[str(assignment.pk)]
        if assignment.state != Assignment.State.SUBMITTED:
            continue
        assignment.verdict = verdict
        assignment.settled_at = batch.now
        if verdict.accepted:
            assignment.state = Assignment.State.ACCEPTED
            assignment.earned = batch.job.reward
            account = open_account(kind=AccountKind.WORKER_BALANCE, owner_id=assignment.worker_id).pk
            batch.postings += escrow.pay(
                job=batch.job, assignment_key=str(assignment.pk), worker_account_id=account, fees_account_id=fees
            )
            batch.emptied.append(assignment.place_id)
        else:
            assignment.state = Assignment.State.REJECTED
            assignment.final_at = batch.now + timedelta(days=batch.job.appeal_days)
        assignment.save(update_fields=["verdict", "settled_at", "state", "earned", "final_at"])


def _write(batch: _Batch) -> None:
    Place.objects.filter(pk__in=batch.emptied).update(held=0)
    record(scope=skill_scope(label_set=batch.job.label_set), agreements=batch.lessons)
    ledger.post(postings=batch.postings, now=batch.now)
    if batch.job.state == Job.State.CLOSING:
        bell.ring("finish_closing", batch.job.pk)


@transaction.atomic
def finalise_rejections(*, job_id: int, now: datetime, limit: int = 500) -> int:
    """Free the money of a job's rejections that can no longer be appealed; returns how many."""
    job = Job.objects.select_for_update(no_key=True).get(pk=job_id)
    due = list(
        Assignment.objects.select_for_update(of=("self",), no_key=True, skip_locked=True)
        .filter(job=job, state=Assignment.State.REJECTED, final_at__lte=now)
        .order_by("pk")[:limit]
    )
    places = Place.objects.filter(pk__in=[assignment.place_id for assignment in due])
    total = places.aggregate(total=Sum("held"))["total"] or 0
    if total:
        ledger.post(
            postings=[
                escrow.uncommit(
                    job=job, kind="rejection_final", key=str(assignment.pk), amount=escrow.unit_cost(job=job)
                )
                for assignment in due
            ],
            now=now,
        )
    places.update(held=0)
    Assignment.objects.filter(pk__in=[assignment.pk for assignment in due]).update(final_at=None)
    if due and job.state == Job.State.CLOSING:
        bell.ring("finish_closing", job.pk)
    return len(due)
