"""Answers that are not the first of a live lease: repeats of a submission, and what comes after the lease ran out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from annotation.models import Annotation
from annotation.shapes import Answer
from marketplace import bell, locks, worklog
from marketplace.enrolling import cap_met
from marketplace.errors import Conflict
from marketplace.handouts import capped, scope_of, today_of
from marketplace.leases import lost
from marketplace.locks import Purpose
from marketplace.models import Assignment, Draft, Enrolment, LateAnswer, Place, Task, User, WorkEvent
from marketplace.models.work import UNDONE

_KEPT = "Your answer is kept. It does not count; where it agrees with what is adopted, it is paid all the same."
# What is said after "Your time on this image ran out".
_WHY_KEPT = {
    "place_given_on": f"and somebody else has it now. {_KEPT}",
    "image_given_again": "and you were given it again since. What you do there counts; this answer is kept, but it "
    "does not count.",
    "place_withdrawn": f"and the job has ended since. {_KEPT}",
    "late_beyond_cap": f"and what you took on since is all that this job takes from one person. {_KEPT}",
}

# One statement for all that an answer changes. The task row is locked by its update, so that of two last answers at
# once exactly one sees the task complete.
_TAKE_ANSWER = """
    WITH standing AS (
        UPDATE marketplace_enrolment e SET skips_in_a_row = 0, answers = e.answers + %(counted)s,
            answers_today = %(counted)s + CASE WHEN e.answers_on = %(today)s THEN e.answers_today ELSE 0 END,
            answers_on = %(today)s
        WHERE e.job_id = %(job)s AND e.worker_id = %(worker)s)
    UPDATE marketplace_task SET answers = answers + 1,
        state = CASE WHEN answers + 1 = wanted AND state = 'open' THEN 'answered' ELSE state END,
        answered_at = CASE WHEN answers + 1 = wanted AND state = 'open' THEN %(now)s ELSE answered_at END
    WHERE id = %(task)s RETURNING state
"""


def store(*, assignment_id: UUID, job_id: int, worker: User, answer: Answer, paid_ms: int, now: datetime) -> str:
    """Store an answer to an assignment whatever has become of it; returns the assignment's state.

    A repeat changes nothing. After the lease ran out an answer is taken if the place is still free; if it was given on,
    the answer is kept beside the expired assignment; so is one that would lead over a cap with what its worker has
    taken on since. Raises Assignment.DoesNotExist for somebody else's assignment,
    Conflict when the answer could not be taken, or another was before.
    """
    try:
        return _store(assignment_id, job_id, worker, answer, paid_ms, now)
    except IntegrityError:
        # Its worker was given the task anew in this moment; now that can be seen, and refused in words.
        return _store(assignment_id, job_id, worker, answer, paid_ms, now)


def _store(assignment_id: UUID, job_id: int, worker: User, answer: Answer, paid_ms: int, now: datetime) -> str:
    with transaction.atomic():
        # Before any row, as in a claim: the next place may be asked for in the same transaction, while it is closed.
        locks.share(Purpose.HAND_OUT, job_id=job_id)
        assignment = Assignment.objects.select_for_update(no_key=True).get(pk=assignment_id, worker=worker)
        if assignment.state in Assignment.ANSWERED:
            _demand_same(assignment, answer)
            return assignment.state
        if assignment.state not in (Assignment.State.CLAIMED, Assignment.State.EXPIRED):
            raise lost(state=assignment.state)
        late = assignment.state == Assignment.State.EXPIRED
        reason = _place_lost(assignment, now) if late else None
        if reason is None:
            _take(assignment, answer, paid_ms, now)
            return Assignment.State.SUBMITTED
        _keep(assignment, answer, reason, now)
    raise Conflict(reason, f"Your time on this image ran out {_WHY_KEPT[reason]}", state=assignment.state)


def _take(assignment: Assignment, answer: Answer, paid_ms: int, now: datetime) -> None:
    assignment.annotation = _annotation(assignment, answer, now)
    assignment.state = Assignment.State.SUBMITTED
    assignment.submitted_at, assignment.paid_ms = now, min(paid_ms, at_work_ms(assignment))
    assignment.save(update_fields=["annotation", "state", "submitted_at", "paid_ms"])
    Draft.objects.filter(assignment=assignment).delete()
    worklog.note(kind=WorkEvent.Kind.SUBMITTED, assignments=[assignment], now=now)
    params: dict[str, Any] = {
        "task": assignment.task_id,
        "job": assignment.job_id,
        "worker": assignment.worker_id,
        "counted": int(capped(assignment.job)),
        "today": today_of(now),
        "now": now,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE_ANSWER, params)
        if cursor.fetchone()[0] == Task.State.ANSWERED:
            bell.ring("settle", assignment.job_id)


def at_work_ms(assignment: Assignment) -> int:
    """The longest time to count as work, as `marketplace_submit` finds it: to half a lease after the last renewal."""
    begun = assignment.shown_at or assignment.claimed_at
    silence = timedelta(seconds=assignment.job.lease_seconds / 2)
    return int((assignment.lease_expires_at - silence - begun).total_seconds()) * 1000


def _keep(assignment: Assignment, answer: Answer, why: str, now: datetime) -> None:
    """Keep an answer that came too late to count, the first of them; `late_pay` looks at it."""
    if assignment.annotation_id is None:
        assignment.annotation = _annotation(assignment, answer, now)
        assignment.save(update_fields=["annotation"])
        LateAnswer.objects.create(assignment=assignment, why=why, kept_at=now)
        worklog.note(kind=WorkEvent.Kind.LATE, assignments=[assignment], now=now)


def _annotation(assignment: Assignment, answer: Answer, now: datetime) -> Annotation:
    image_id = Task.objects.values_list("image_id", flat=True).get(pk=assignment.task_id)
    return Annotation.objects.create(
        scope=scope_of(assignment.pk),
        image_id=image_id,
        author_id=assignment.worker_id,
        body=answer.as_json(),
        created_at=now,
    )


def _demand_same(assignment: Assignment, answer: Answer) -> None:
    """A repeat may differ from what was stored in its timing alone: to drop another answer silently would be a lie."""
    # Asked for only now: what is joined to a row that one has waited for is as old as the waiting.
    assert assignment.annotation_id is not None, "an answered assignment has an annotation"
    stored = Annotation.objects.get(pk=assignment.annotation_id)
    if {**answer.as_json(), "timing": None} != {**stored.body, "timing": None}:
        raise Conflict(
            "already_answered",
            "You already submitted another answer to this image; the first one counts.",
            state=assignment.state,
        )


def _place_lost(assignment: Assignment, now: datetime) -> str | None:
    """Take the place of a lease that ran out back for its late answer; else why it does not count, as a code.

    The task is locked before its place, as in closing.
    """
    Task.objects.select_for_update(no_key=True).get(pk=assignment.task_id)
    mine = Assignment.objects.filter(worker_id=assignment.worker_id)
    if mine.filter(task_id=assignment.task_id).exclude(state__in=UNDONE).exists():
        return "image_given_again"
    place = Place.objects.filter(pk=assignment.place_id)
    if place.filter(state=Place.State.CANCELLED).exists():
        return "place_withdrawn"
    if place.filter(state=Place.State.OPEN).exists() and _cap_spent(assignment, now):
        return "late_beyond_cap"
    taken = place.filter(state=Place.State.OPEN).update(state=Place.State.TAKEN)
    return None if taken else "place_given_on"


def _cap_spent(assignment: Assignment, now: datetime) -> bool:
    """Whether a cap has no room for this answer, since its worker took on others: those were asked for."""
    if not capped(assignment.job):
        return False
    known = Enrolment.objects.get(job_id=assignment.job_id, worker_id=assignment.worker_id)
    held = Assignment.objects.filter(job_id=assignment.job_id, worker_id=assignment.worker_id)
    more = held.filter(state=Assignment.State.CLAIMED).count()
    today = known.answers_today if known.answers_on == today_of(now) else 0
    return cap_met(job=assignment.job, answers=known.answers + more, today=today + more) is not None
