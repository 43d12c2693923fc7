"""What a job's tags teach of its workers: used when images are judged, learnt when they settle, refitted in between."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from django.db import transaction

from marketplace import bell, locks
from marketplace.locks import Purpose
from marketplace.models import Assignment, Job
from qa import reliabilities
from qa.consensus import WorkerAnswer
from qa.inference import infer
from qa.models import CrowdRecord
from qa.policy import Policy
from qa.reliabilities import Refit, is_due
from qa.tagging import Tagged, TagRecords, TagVote, judge_tags, questions, said_of, taught
from qa.votes import Sizes, Votes, code

if TYPE_CHECKING:
    from marketplace.adopting import Decided  # which has gold judged by this

ROWS_A_CHUNK = 10_000


def scope_of(*, job_id: int) -> str:
    """The key under which a job's workers' reliabilities are kept."""
    return f"job:{job_id}"


def judge_batch(
    *,
    job_id: int,
    answers: Mapping[int, Sequence[WorkerAnswer]],
    workers: Mapping[str, int],
    policy: Policy,
) -> tuple[dict[int, Tagged], int]:
    """The tags of tasks judged together, and the version of the records they were judged by.

    `answers` by task, `workers` by the answer's key. An answer of weight 0 is not heard.
    """
    if not policy.tags:
        return {}, 0
    records = reliabilities.records_of(scope=scope_of(job_id=job_id), worker_ids=set(workers.values()), policy=policy)
    images = {
        task_id: [TagVote(workers[each.key], each.answer.tags, each.weight > 0.0) for each in group]
        for task_id, group in answers.items()
    }
    return judge_tags(images=images, policy=policy, records=records), records.version


def learn(*, job_id: int, decided: Sequence[Decided], policy: Policy) -> None:
    """Add what settled tasks taught of their workers' tags, in the transaction that settles them."""
    tagged = {one.task.id: one.tagged for one in decided if one.tagged is not None}
    if not tagged:
        return
    images = {
        one.task.id: [TagVote(each.worker_id, each.body.get("tags", ())) for each in one.given]
        for one in decided
        if one.task.id in tagged
    }
    votes = sum(len(group) for group in images.values())
    records = taught(images=images, tagged=tagged, policy=policy)
    if reliabilities.learn(scope=scope_of(job_id=job_id), policy=policy, taught=records, votes=votes):
        bell.ring("refit_tags", job_id)


def refit(*, job_id: int, policy: Policy) -> int:
    """Estimate all workers of a job anew from all its answers; returns the version, 0 when there was nothing to fit.

    Settled tasks stay as they are: only what is judged from now on is judged by it. It is fitted outside any
    transaction, for that takes seconds with a million answers, and put in its place between two settlements.
    """
    rows = (
        Assignment.objects.filter(job_id=job_id, state__in=Assignment.ANSWERED)
        .order_by("pk")
        .values_list("task_id", "worker_id", "annotation__body__tags")
    )
    given = [(task, worker, tags or ()) for task, worker, tags in rows.iterator(chunk_size=ROWS_A_CHUNK)]
    if not given or not policy.tags:
        return 0
    found = Refit(fit_records(given=given, policy=policy), len(given))
    with transaction.atomic():
        locks.hold(Purpose.SETTLING, job_id=job_id)
        return reliabilities.replace(scope=scope_of(job_id=job_id), refit=found)


def fit_records(*, given: Sequence[tuple[int, int, Sequence[str]]], policy: Policy) -> TagRecords:
    """The records that (task, worker, tags) teach, each question fitted over all tasks together."""
    tasks, workers = code(task for task, _, _ in given), code(worker for _, worker, _ in given)
    known: dict[int, list[np.ndarray]] = {worker: [] for worker in workers}  # type: ignore[misc]
    everyone, classes_of = [], []
    for classes in questions(policy):
        rows = [
            (tasks[task], workers[worker], said)
            for task, worker, tags in given
            if (said := said_of(tags=tags, classes=classes)) is not None
        ]
        coded = np.array(rows, dtype=np.int64).reshape(-1, 3)
        fit = infer(Votes(coded[:, 0], coded[:, 1], coded[:, 2], Sizes(len(tasks), len(workers), len(classes))))
        for worker, counts in zip(known, fit.counts, strict=True):
            known[worker].append(counts)
        everyone.append(fit.counts.sum(axis=0))
        voted = np.unique(coded[:, 0])
        classes_of.append(fit.posterior[voted].sum(axis=0))
    return TagRecords(workers=known, everyone=everyone, tasks=classes_of)


def due() -> list[int]:
    """Jobs whose answers have outgrown the last refit, for when no bell was heard."""
    rows = CrowdRecord.objects.filter(scope__startswith="job:").values_list("scope", "votes", "votes_at_refit")
    found = [int(scope.removeprefix("job:")) for scope, votes, last in rows if is_due(votes=votes, at_last=last)]
    return list(Job.objects.filter(pk__in=found).values_list("pk", flat=True))
