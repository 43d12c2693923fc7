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
from marketplace.assigning import Handout, claim, take_place
from marketplace.errors import Conflict, Forbidden
from marketplace.leases import lost
from marketplace.models import Assignment, Place, Task, User

# One statement for all that an answer changes. It locks the task row first, so that of two last answers at once exactly
# one sees the task complete.
_TAKE_ANSWER = """
    WITH given AS (
        UPDATE marketplace_assignment SET state = 'submitted', annotation_id = %(annotation)s, submitted_at = %(now)s,
            paid_ms = %(paid_ms)s WHERE id = %(assignment)s),
    seat AS (UPDATE marketplace_place SET state = 'answered' WHERE id = %(place)s AND state = 'taken'),
    done AS (DELETE FROM marketplace_draft WHERE assignment_id = %(assignment)s),
    standing AS (
        UPDATE marketplace_enrolment SET skips_in_a_row = 0
        WHERE job_id = %(job)s AND worker_id = %(worker)s AND skips_in_a_row > 0)
    UPDATE marketplace_task SET answers = answers + 1,
        state = CASE WHEN answers + 1 = wanted AND state = 'open' THEN 'answered' ELSE state END,
        answered_at = CASE WHEN answers + 1 = wanted AND state = 'open' THEN %(now)s ELSE answered_at END
    WHERE id = %(task)s RETURNING state
"""
LONGEST_MS = 86_400_000  # nobody works a day on one image; a lease renewed for weeks is not work


@dataclass(frozen=True)
class Submitted:
    """What became of a submission, and the worker's next place if they asked for one."""

    state: str
    next: Handout | None


def submit(*, assignment_id: UUID, worker: User, payload: Any, want_next: bool, now: datetime) -> Submitted:
    """Store a worker's answer and, if wanted, hand out their next place of the job.

    The same submission any number of times is one annotation with one reply. An answer that comes after its lease ran
    out is taken as long as nobody else was given the place. Raises Assignment.DoesNotExist for somebody else's
    assignment, Conflict when its place is lost or another answer was submitted before, AnswerRefused naming every wrong
    shape.
    """
    assignment, repeated = _store(assignment_id=assignment_id, worker=worker, payload=payload, now=now)
    if not want_next:
        return Submitted(assignment.state, None)
    hand_out = claim if repeated else take_place  # who has just answered is enrolled and holds nothing
    try:
        return Submitted(assignment.state, hand_out(job=assignment.job, worker=worker, now=now))
    except (Conflict, Forbidden):
        return Submitted(assignment.state, None)


@transaction.atomic
def _store(*, assignment_id: UUID, worker: User, payload: Any, now: datetime) -> tuple[Assignment, bool]:
    """The assignment with its answer stored, and whether it had been stored before."""
    assignment = (
        Assignment.objects.select_for_update(of=("self",), no_key=True)
        .select_related("task__image", "job__label_set")
        .prefetch_related("job__label_set__labels")
        .get(pk=assignment_id, worker=worker)
    )
    if assignment.state in Assignment.ANSWERED:
        _demand_same(assignment, _read(assignment, payload))
        return assignment, True
    if assignment.state != Assignment.State.CLAIMED and not _still_free(assignment):
        raise lost(assignment)
    answer = _read(assignment, payload)
    annotation = Annotation.objects.create(
        scope=_scope(assignment),
        image=assignment.task.image,
        author=worker,
        body=answer.as_json(),
        created_at=now,
    )
    params: dict[str, Any] = {
        "assignment": assignment.pk,
        "annotation": annotation.pk,
        "paid_ms": _paid_ms(assignment, answer, now),
        "place": assignment.place_id,
        "task": assignment.task_id,
        "job": assignment.job_id,
        "worker": worker.pk,
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_ANSWER, params)
        if cursor.fetchone()[0] == Task.State.ANSWERED:
            bell.ring("settle", assignment.job_id)
    assignment.state = Assignment.State.SUBMITTED
    return assignment, False


def _scope(assignment: Assignment) -> str:
    return f"assignment:{assignment.pk}"


def _read(assignment: Assignment, payload: Any) -> Answer:
    image = assignment.task.image
    taxonomy = taxonomy_of(label_set=assignment.job.label_set)
    return parse_answer(payload, taxonomy=taxonomy, width=image.width, height=image.height)


def _demand_same(assignment: Assignment, answer: Answer) -> None:
    """A repeat may differ from what was stored in its timing alone: to drop another answer silently would be a lie."""
    # Asked for only now: what is joined to a row that one has waited for is as old as the waiting.
    stored = Annotation.objects.get(scope=_scope(assignment))
    if {**answer.as_json(), "timing": None} != {**stored.body, "timing": None}:
        raise Conflict(
            "already_answered",
            "You already submitted another answer to this image; the first one counts.",
            state=assignment.state,
        )


def _still_free(assignment: Assignment) -> bool:
    """Take the place of a lease that ran out back for its late answer, unless somebody was given it meanwhile.

    The task is locked before its place, as in closing.
    """
    if assignment.state != Assignment.State.EXPIRED:
        return False
    Task.objects.select_for_update(no_key=True).get(pk=assignment.task_id)
    again = Assignment.objects.filter(task_id=assignment.task_id, worker_id=assignment.worker_id)
    if again.exclude(state__in=(Assignment.State.EXPIRED, Assignment.State.GIVEN_BACK)).exists():
        return False
    free = Place.objects.filter(pk=assignment.place_id, state=Place.State.OPEN)
    return bool(free.update(state=Place.State.TAKEN))


def _paid_ms(assignment: Assignment, answer: Answer, now: datetime) -> int:
    """The time to count as work: the browser's active time, but never more than passed since the image was shown."""
    seen = round((now - (assignment.shown_at or assignment.claimed_at)).total_seconds() * 1000)
    claimed = answer.active_ms if answer.active_ms is not None else seen
    return max(0, min(claimed, seen, LONGEST_MS))
