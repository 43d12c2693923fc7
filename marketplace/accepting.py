"""Answers that nobody judged in time: they are accepted and paid. A worker does not wait for our silence for ever."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from django.db import DatabaseError, DataError, IntegrityError, transaction
from django.db.models import QuerySet

from billing import ledger
from marketplace import adopting, bell, locks, settling, tag_learning, wages
from marketplace.adopting import Answered, Decided, Given, adopt
from marketplace.judging import judge_tasks
from marketplace.learning import learn
from marketplace.locks import Purpose
from marketplace.models import Assignment, Job, Place, Review, Task
from marketplace.policies import policy_of, skill_scope
from qa.policy import Policy
from qa.verdict import VerdictDraft

log = logging.getLogger("tally.accept")

AUTO_ACCEPTED = "auto_accepted"
LATEST = timedelta(days=21)
"""No answer waits longer than this, whatever its task waits for."""
ANSWERS_A_BATCH = 500


def accept_overdue(*, job_id: int, now: datetime, limit: int = settling.TASKS_A_BATCH) -> int:
    """Accept and pay the answers of tasks that are complete and were not decided in the job's `auto_accept_hours`.

    They vote as ever: what their votes come to is adopted, and only nobody is rejected. Where even that fails, they are
    paid and the task stays as it is. A later decision changes what is adopted, never this pay. Returns how many tasks
    were decided.
    """
    job = Job.objects.get(pk=job_id)
    before = now - timedelta(hours=Policy.from_json(job.policy).auto_accept_hours)
    waiting = Task.objects.filter(job=job, state=Task.State.ANSWERED, answered_at__lte=before).order_by("answered_at")
    return _accept_or_split(job_id, list(waiting.values_list("pk", flat=True)[:limit]), now)


def _accept_or_split(job_id: int, task_ids: list[int], now: datetime) -> int:
    """Accept tasks together; if that fails, each by itself; one that cannot be judged is only paid."""
    if not task_ids:
        return 0
    try:
        return _accept_batch(job_id, task_ids, now)
    except Exception as fault:
        if isinstance(fault, DatabaseError) and not isinstance(fault, (IntegrityError, DataError)):
            raise  # the database is busy or away: no task's fault
        if len(task_ids) == 1:
            if _pay_without_verdict(job_id, Assignment.objects.filter(task__in=task_ids), now):
                log.exception("task %s of job %s cannot be judged; its answers are paid", task_ids[0], job_id)
            return 0
    return sum(_accept_or_split(job_id, [task_id], now) for task_id in task_ids)


@transaction.atomic
def _accept_batch(job_id: int, task_ids: list[int], now: datetime) -> int:
    if not locks.try_hold(Purpose.SETTLING, job_id=job_id):
        return 0  # a settler is at it; the next sweep looks again
    waiting = Task.objects.filter(pk__in=task_ids, job_id=job_id, state=Task.State.ANSWERED).order_by("position")
    tasks = [Answered._make(row) for row in waiting.values_list("pk", "image_id", "wanted")]
    if not tasks:
        return 0
    job = Job.objects.select_related("label_set").prefetch_related("label_set__labels").get(pk=job_id)
    policy, scope = policy_of(job=job), skill_scope(label_set=job.label_set)
    judged = judge_tasks(job_id=job_id, tasks=tasks, policy=policy, scope=scope, now=now)
    found = [_accepted(one, policy) for one in judged]
    postings = adopt(job=job, decided=found, policy=policy, now=now)
    learn(scope=scope, decided=found, policy=policy, now=now)
    tag_learning.learn(job_id=job_id, decided=found, policy=policy)
    ledger.post(postings=postings, now=now)
    _tell_closing(job)
    return len(found)


def _accepted(one: Decided, policy: Policy) -> Decided:
    """The same task with nobody rejected, and each worker told why."""
    why = f"Nobody judged it within {policy.auto_accept_hours} hours, so your answer was accepted."

    def accepted(verdict: VerdictDraft) -> VerdictDraft:
        if verdict.accepted:
            return verdict
        explanation = f"{verdict.explanation} {why}"
        return replace(verdict, accepted=True, reason=AUTO_ACCEPTED, explanation=explanation)

    return replace(one, outcome=replace(one.outcome, verdicts=tuple(map(accepted, one.outcome.verdicts))))


def accept_aged(*, now: datetime) -> int:
    """Pay answers that wait since three weeks although their task is not complete; returns how many.

    Their task goes on waiting, and they vote when it is decided. For the hourly round: it looks through the older
    answers of every job that is not closed.
    """
    jobs = Job.objects.filter(published_at__lte=now - LATEST).exclude(state__in=[Job.State.DRAFT, Job.State.CLOSED])
    paid = 0
    for job_id in list(jobs.order_by().values_list("pk", flat=True)):
        aged = Assignment.objects.filter(job=job_id, submitted_at__lte=now - LATEST)
        # What waits for a person has a deadline of its own, which is no later.
        aged = aged.exclude(pk__in=Review.objects.filter(job=job_id, said="").values("assignment"))
        while batch := _pay_without_verdict(job_id, aged, now):
            paid += batch
    return paid


@transaction.atomic
def _pay_without_verdict(job_id: int, answers: QuerySet[Assignment], now: datetime) -> int:
    """Accept and pay up to a batch of answers that were not judged; returns how many."""
    if not locks.try_hold(Purpose.SETTLING, job_id=job_id):
        return 0
    job = Job.objects.get(pk=job_id)
    rows = list(
        answers.filter(state=Assignment.State.SUBMITTED).select_for_update(no_key=True).order_by("pk")[:ANSWERS_A_BATCH]
    )
    if not rows:
        return 0
    accepted = [_given(row) for row in rows]
    pays = wages.earned_whole(job=job, keys=[each.key for each in accepted])
    for earned in sorted(set(pays.values())):
        same = Assignment.objects.filter(pk__in=[key for key, pay in pays.items() if pay == earned])
        same.update(state=Assignment.State.ACCEPTED, earned=earned, settled_at=now)
    Place.objects.filter(pk__in=[row.place_id for row in rows]).update(held=0)
    ledger.post(postings=adopting.pay(job=job, accepted=accepted, pays=pays), now=now)
    _tell_closing(job)
    return len(rows)


def _given(row: Assignment) -> Given:
    return Given(str(row.pk), row.task_id, row.worker_id, row.state, {})


def _tell_closing(job: Job) -> None:
    if job.state == Job.State.CLOSING:
        bell.ring("finish_closing", job.pk)
