"""Sending an answer back to its worker once, with a note: same pay, a new lease; and what becomes of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.db.models import Case, F, Value, When

from annotation.models import Annotation
from marketplace import bell, locks, rounds, worklog
from marketplace.locks import Purpose
from marketplace.models import Assignment, Draft, Task, WorkEvent

WAITS = timedelta(hours=72)
"""How long an answer sent back waits for its worker. After that it stands as it was given."""

# As in late answers: the task is locked by its update, so that of two last answers exactly one sees it complete.
_ANSWER_AGAIN = """
    UPDATE marketplace_task SET answers = answers + 1,
        state = CASE WHEN answers + 1 = wanted AND state = 'open' THEN 'answered' ELSE state END,
        answered_at = CASE WHEN answers + 1 = wanted AND state = 'open' THEN %(now)s ELSE answered_at END
    WHERE id = %(task)s RETURNING state
"""


def send_back(*, assignment: Assignment, now: datetime) -> None:
    """Give a submitted answer back to its worker, who begins with what they drew; its place stays theirs.

    The caller has locked the job's settling, the task and the assignment, and keeps the note.
    """
    assert assignment.returned_at is None, "an answer is sent back once"
    assert assignment.annotation_id is not None, "a submitted answer has an annotation"
    # A task that serves as gold stays one.
    reopened = Case(When(state=Task.State.GOLD, then=Value(Task.State.GOLD)), default=Value(Task.State.OPEN))
    Task.objects.filter(pk=assignment.task_id).update(state=reopened, answers=F("answers") - 1, answered_at=None)
    assignment.state, assignment.returned_at = Assignment.State.RETURNED, now
    assignment.save(update_fields=["state", "returned_at"])
    body = Annotation.objects.values_list("body", flat=True).get(pk=assignment.annotation_id)
    begun = {key: value for key, value in body.items() if key != "timing"}
    Draft.objects.create(assignment=assignment, revision=1, body=begun, updated_at=now)
    worklog.note(kind=WorkEvent.Kind.RETURNED, assignments=[assignment], now=now)


def take_up(*, assignment_id: UUID, job_id: int, lease_seconds: int, now: datetime) -> bool:
    """Give a worker their returned answer under a new lease; False when it is gone or they hold something already."""
    waiting = Assignment.objects.filter(pk=assignment_id, state=Assignment.State.RETURNED)
    expires = now + timedelta(seconds=lease_seconds)
    try:
        with transaction.atomic():
            locks.share(Purpose.HAND_OUT, job_id=job_id)  # the worker's round stands still until this is committed
            if not waiting.update(
                state=Assignment.State.CLAIMED, shown_at=now, lease_expires_at=expires, round=rounds.CURRENT
            ):
                return False
            worklog.note(kind=WorkEvent.Kind.CLAIMED, assignments=Assignment.objects.filter(pk=assignment_id), now=now)
    except IntegrityError:
        return False
    return True


def let_stand(*, assignments: Sequence[Assignment], now: datetime) -> None:
    """Submit returned answers as they were first given. The caller has locked them, live or returned."""
    if not assignments:
        return
    Assignment.objects.filter(pk__in=[one.pk for one in assignments]).update(state=Assignment.State.SUBMITTED)
    Draft.objects.filter(assignment__in=assignments).delete()
    worklog.note(kind=WorkEvent.Kind.STANDS, assignments=assignments, now=now)
    for one in sorted(assignments, key=lambda each: each.task_id):
        with connection.cursor() as cursor:
            cursor.execute(_ANSWER_AGAIN, {"task": one.task_id, "now": now})
            if cursor.fetchone()[0] == Task.State.ANSWERED:
                bell.ring("settle", one.job_id)


@transaction.atomic
def let_overdue_stand(*, now: datetime, limit: int = 500) -> int:
    """Let what nobody took up in time stand; returns how many."""
    overdue = list(
        Assignment.objects.select_for_update(skip_locked=True)
        .filter(state=Assignment.State.RETURNED, returned_at__lt=now - WAITS)
        .order_by("pk")[:limit]
    )
    let_stand(assignments=overdue, now=now)
    return len(overdue)
