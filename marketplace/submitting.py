"""Taking an answer: stored once, however often it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from annotation.label_sets import taxonomy_of
from annotation.models import Annotation
from annotation.shapes import Answer, parse_answer
from marketplace import bell
from marketplace.assigning import Handout, claim
from marketplace.errors import Conflict, Forbidden
from marketplace.leases import lost
from marketplace.models import Assignment, Draft, Enrolment, Place, Task, User

# Locks the task row, so that of two last answers at once exactly one sees the task complete.
_COUNT_ANSWER = """
    UPDATE marketplace_task SET answers = answers + 1,
        state = CASE WHEN answers + 1 = wanted AND state = 'open' THEN 'answered' ELSE state END,
        answered_at = CASE WHEN answers + 1 = wanted AND state = 'open' THEN %s ELSE answered_at END
    WHERE id = %s RETURNING state
"""


@dataclass(frozen=True)
class Submitted:
    """What became of a submission, and the worker's next place if they asked for one."""

    state: str
    next: Handout | None


def submit(*, assignment_id: UUID, worker: User, payload: Any, want_next: bool, now: datetime) -> Submitted:
    """Store a worker's answer and, if wanted, hand out their next place of the job.

    The same submission any number of times is one annotation with one reply. Raises Assignment.DoesNotExist for
    somebody else's assignment, Conflict when its lease is lost, AnswerRefused naming every wrong shape.
    """
    state = _store(assignment_id=assignment_id, worker=worker, payload=payload, now=now)
    if not want_next:
        return Submitted(state, None)
    job = Assignment.objects.select_related("job").get(pk=assignment_id).job
    try:
        return Submitted(state, claim(job=job, worker=worker, now=now))
    except (Conflict, Forbidden):
        return Submitted(state, None)


@transaction.atomic
def _store(*, assignment_id: UUID, worker: User, payload: Any, now: datetime) -> str:
    assignment = (
        Assignment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("task__image", "job__label_set")
        .get(pk=assignment_id, worker=worker)
    )
    if assignment.state in Assignment.ANSWERED:
        return assignment.state
    if assignment.state != Assignment.State.CLAIMED:
        raise lost(assignment)
    task = assignment.task
    answer = parse_answer(
        payload,
        taxonomy=taxonomy_of(label_set=assignment.job.label_set),
        width=task.image.width,
        height=task.image.height,
    )
    assignment.annotation = Annotation.objects.create(
        scope=f"assignment:{assignment.pk}", image=task.image, author=worker, body=answer.as_json(), created_at=now
    )
    assignment.state = Assignment.State.SUBMITTED
    assignment.submitted_at = now
    assignment.paid_ms = _paid_ms(assignment, answer, now)
    assignment.save(update_fields=["annotation", "state", "submitted_at", "paid_ms"])
    with connection.cursor() as cursor:
        cursor.execute(_COUNT_ANSWER, [now, task.pk])
        task_state = cursor.fetchone()[0]
    Place.objects.filter(pk=assignment.place_id, state=Place.State.TAKEN).update(state=Place.State.ANSWERED)
    Draft.objects.filter(assignment=assignment).delete()
    Enrolment.objects.filter(job_id=assignment.job_id, worker=worker, skips_in_a_row__gt=0).update(skips_in_a_row=0)
    if task_state == Task.State.ANSWERED:
        bell.ring("settle", assignment.job_id)
    return assignment.state


def _paid_ms(assignment: Assignment, answer: Answer, now: datetime) -> int:
    """The time to count as work: the browser's active time, but never more than passed since the image was shown."""
    seen = round((now - (assignment.shown_at or assignment.claimed_at)).total_seconds() * 1000)
    claimed = answer.active_ms if answer.active_ms is not None else seen
    return max(0, min(claimed, seen))
