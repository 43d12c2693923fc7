"""A job's results: the consensus of each task, and each worker's answer beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet

from marketplace.models import Assignment, Decision, Job, Task
from qa.models import Consensus, Verdict


@dataclass(frozen=True)
class GivenAnswer:
    """One worker's answer to a task, under their pseudonym, with what was decided about it."""

    assignment: Assignment
    pseudonym: str
    body: dict[str, Any]
    verdict: Verdict | None


@dataclass(frozen=True)
class TaskResult:
    """One task: its consensus, if there is one, and every answer to it; `number` of `of` in the list looked through.

    `by_person`: a person decided what is adopted, not the votes alone.
    """

    task: Task
    consensus: Consensus | None
    answers: tuple[GivenAnswer, ...]
    previous_id: int | None
    next_id: int | None
    number: int
    of: int
    by_person: bool = False


NOT_ASKED = (Task.State.CANCELLED, Task.State.GOLD)
FILTERS = ("all", "settled", "disputed", "waiting")


def results(*, job: Job, show: str = "all") -> QuerySet[Task]:
    """The job's tasks in order. `show`: all, settled, disputed or waiting."""
    tasks = Task.objects.filter(job=job).exclude(state__in=NOT_ASKED).select_related("image")
    if show == "settled":
        tasks = tasks.filter(state=Task.State.SETTLED)
    elif show == "disputed":
        tasks = tasks.filter(disputed=True)
    elif show == "waiting":
        tasks = tasks.exclude(state=Task.State.SETTLED)
    return tasks.order_by("position")


def counts(*, job: Job) -> dict[str, int]:
    """How many tasks each filter leaves: one statement."""
    settled = Q(state=Task.State.SETTLED)
    return (
        Task.objects.filter(job=job)
        .exclude(state__in=NOT_ASKED)
        .aggregate(
            all=Count("pk"),
            settled=Count("pk", filter=settled),
            disputed=Count("pk", filter=Q(disputed=True)),
            waiting=Count("pk", filter=~settled),
        )
    )


def consensus_of(*, tasks: list[Task]) -> dict[int, Consensus]:
    """The adopted consensus of each task that has one, by task id."""
    current = Decision.objects.filter(task__in=tasks, current=True).select_related("consensus")
    return {decision.task_id: decision.consensus for decision in current}


def given_answers(*, tasks: list[Task]) -> dict[int, list[GivenAnswer]]:
    """Every answer to these tasks, by task id, in the order in which they came: one statement."""
    rows = Assignment.objects.filter(task__in=tasks, state__in=Assignment.ANSWERED)
    found: dict[int, list[GivenAnswer]] = {task.pk: [] for task in tasks}
    for row in rows.select_related("annotation", "verdict", "worker").order_by("submitted_at", "pk"):
        if row.annotation:
            answer = GivenAnswer(row, row.worker.pseudonym, row.annotation.body, row.verdict)
            found[row.task_id].append(answer)
    return found


def task_result(*, job: Job, task_id: int, show: str = "all") -> TaskResult:
    """One task with its answers, and its neighbours among those that `show` leaves.

    Raises Task.DoesNotExist when the job has no such task.
    """
    task = Task.objects.select_related("image").get(job=job, pk=task_id)
    decision = Decision.objects.filter(task=task, current=True).select_related("consensus").first()
    others = results(job=job, show=show)
    before = others.filter(position__lt=task.position).order_by("-position")
    after = others.filter(position__gt=task.position)
    return TaskResult(
        task=task,
        consensus=decision.consensus if decision else None,
        answers=tuple(given_answers(tasks=[task])[task.pk]),
        previous_id=before.values_list("pk", flat=True).first(),
        next_id=after.values_list("pk", flat=True).first(),
        number=others.filter(position__lt=task.position).count() + 1,
        of=others.count(),
        by_person=decision is not None and decision.kind != Decision.Kind.VOTES,
    )
