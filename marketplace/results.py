"""A job's results: the consensus of each task, and each worker's answer beside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from marketplace.models import Assignment, Bonus, Decision, Job, Task, TopUp
from qa.models import Consensus, Verdict


@dataclass(frozen=True)
class GivenAnswer:
    """One worker's answer to a task, under their pseudonym, with what was decided about it."""

    assignment: Assignment
    pseudonym: str
    body: dict[str, Any]
    verdict: Verdict | None
    bonuses: int = 0  # what its requester gave beside its pay, micro-units
    top_up: int = 0  # what brought its pay up to the floor, micro-units


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
        answers=tuple(_with_what_was_given_beside(given_answers(tasks=[task])[task.pk])),
        previous_id=before.values_list("pk", flat=True).first(),
        next_id=after.values_list("pk", flat=True).first(),
        number=others.filter(position__lt=task.position).count() + 1,
        of=others.count(),
        by_person=decision is not None and decision.kind != Decision.Kind.VOTES,
    )


def _with_what_was_given_beside(answers: list[GivenAnswer]) -> Iterator[GivenAnswer]:
    """The answers with what their workers got beside the price; two statements."""
    ids = [given.assignment.pk for given in answers]
    bonuses = dict(
        Bonus.objects.filter(assignment__in=ids).order_by().values_list("assignment").annotate(sum=Sum("amount"))
    )
    top_ups = dict(TopUp.objects.filter(pk__in=ids).values_list("pk", "amount"))
    for given in answers:
        answer = given.assignment
        # With pay that is taken back its top-up goes, too; a bonus stays.
        top_up = top_ups.get(answer.pk, 0) if answer.earned else 0
        yield replace(given, bonuses=bonuses.get(answer.pk, 0), top_up=top_up)
