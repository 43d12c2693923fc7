"""Holding a place for a while: renewing, skipping, giving back, and running out."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import models, transaction
from django.db.models import F

from marketplace import gold_exposure, returning, worklog
from marketplace.errors import Conflict, Refused
from marketplace.models import Assignment, Enrolment, Job, User, WorkEvent
from marketplace.models.work import UNDONE, AssignmentState
from marketplace.statements import Statement
from marketplace.turns import REOPENED_LANE, next_positions

PAUSE_AFTER_SKIPS = 5

# What is reserved ahead lives as long as what is held.
_RENEW = Statement("""
    WITH mine AS (
        SELECT a.id, a.job_id, a.worker_id, %(now)s::timestamptz + make_interval(secs => j.lease_seconds) AS expires
        FROM marketplace_assignment a JOIN marketplace_job j ON j.id = a.job_id
        WHERE a.id = %(assignment)s AND a.worker_id = %(worker)s),
    renewed AS (
        UPDATE marketplace_assignment a SET lease_expires_at = m.expires FROM mine m
        WHERE a.id = m.id AND a.state = 'claimed' RETURNING a.id, a.job_id, a.task_id, a.worker_id, m.expires),
    ahead AS (
        UPDATE marketplace_assignment a SET lease_expires_at = r.expires FROM renewed r
        WHERE a.job_id = r.job_id AND a.worker_id = r.worker_id AND a.state = 'reserved'),
    noted AS (
        INSERT INTO marketplace_workevent (kind, assignment, job, task, worker, at)
        SELECT 'renewed', r.id, r.job_id, r.task_id, r.worker_id, %(now)s FROM renewed r)
    SELECT r.expires FROM renewed r
""")

_REOPEN = Statement("""
    UPDATE marketplace_place p SET state = 'open', position = n.turn, lane = %(lane)s
    FROM unnest(%(places)s::bigint[], %(turns)s::bigint[]) AS n (place, turn)
    WHERE p.id = n.place AND p.state = 'taken'
""")


def renew(*, assignment_id: UUID, worker: User, now: datetime) -> datetime:
    """Extend a live lease to its full length from now; returns when it ends."""
    row = _RENEW.row(assignment=assignment_id, worker=worker.pk, now=now)
    if row is None:
        raise lost(state=Assignment.objects.get(pk=assignment_id, worker=worker).state)
    expires: datetime = row[0]
    return expires


def idle_before(*, job: Job, now: datetime) -> datetime:
    """The end of the lease of somebody who has done nothing for half a lease: what is reserved for them may be taken.

    A workspace renews when a third of the lease is used and its worker is active, so half a lease is silence.
    """
    return now + timedelta(seconds=job.lease_seconds / 2)


@transaction.atomic
def skip(*, assignment_id: UUID, worker: User, reason: str, now: datetime) -> None:
    """Pass on a task for good; it never comes back to this worker. Five skips in a row pause the enrolment."""
    if not isinstance(reason, str) or len(reason) > 200:
        raise Refused.one("reason", "too_long", "Give a reason of at most 200 characters.")
    assignment, reserved = _held(assignment_id, worker)
    enrolment = Enrolment.objects.filter(job_id=assignment.job_id, worker=worker)
    enrolment.update(skips_in_a_row=F("skips_in_a_row") + 1)
    paused = enrolment.filter(skips_in_a_row__gte=PAUSE_AFTER_SKIPS, state=Enrolment.State.READY).update(
        state=Enrolment.State.PAUSED
    )
    _end([assignment], Assignment.State.SKIPPED, now, skip_reason=reason)
    if paused:
        _end(reserved, Assignment.State.GIVEN_BACK, now)


@transaction.atomic
def give_back(*, assignment_id: UUID, worker: User, now: datetime) -> None:
    """Leave a task to others, and what was reserved ahead; both may come back to this worker."""
    assignment, reserved = _held(assignment_id, worker)
    _end([assignment, *reserved], Assignment.State.GIVEN_BACK, now)


def expire(*, now: datetime, limit: int = 500) -> int:
    """Take back the places whose leases ran out, `limit` in a transaction; returns how many. Drafts stay."""
    total = ended = _expire_some(now, limit)
    while ended == limit:
        ended = _expire_some(now, limit)
        total += ended
    return total


@transaction.atomic
def _expire_some(now: datetime, limit: int) -> int:
    ran_out = list(
        Assignment.objects.select_for_update(skip_locked=True)
        .filter(state__in=Assignment.LIVE, lease_expires_at__lt=now)
        .order_by("job_id", "pk")[:limit]
    )
    _end(ran_out, Assignment.State.EXPIRED, now)
    return len(ran_out)


def release_reserved(*, job: Job, state: AssignmentState, now: datetime) -> int:
    """End what is reserved ahead in a job and was shown to nobody; returns how many places. Needs a transaction."""
    reserved = _reserved(Assignment.objects.filter(job=job))
    _end(reserved, state, now)
    return len(reserved)


def reserved_by(*, requester: User, worker: User) -> list[Assignment]:
    """What is reserved ahead for a worker in a requester's jobs, locked, to be left with `leave`.

    Two steps, since whoever also changes the worker's enrolments has to lock them in between: see `_end`.
    """
    return _reserved(Assignment.objects.filter(job__owner=requester, worker=worker))


def leave(*, reserved: list[Assignment], now: datetime) -> None:
    """Put back what was reserved ahead and locked by `reserved_by`."""
    _end(reserved, Assignment.State.GIVEN_BACK, now)


def leave_everything(*, worker: User, now: datetime) -> int:
    """Put back all that a worker holds or has reserved, in every job; returns how many. Needs a transaction."""
    held = Assignment.objects.select_for_update(no_key=True).filter(worker=worker, state__in=Assignment.LIVE)
    found = list(held.order_by("job_id", "pk"))
    _end(found, Assignment.State.GIVEN_BACK, now)
    return len(found)


def lost(*, state: str) -> Conflict:
    """The refusal for an assignment its worker does not hold, saying what became of it."""
    words = {
        Assignment.State.EXPIRED: "Your time on this image ran out and it went back to the others. Your draft is kept.",
        Assignment.State.SKIPPED: "You skipped this image.",
        Assignment.State.GIVEN_BACK: "You gave this image back.",
        Assignment.State.CANCELLED: "The job ended before this was submitted.",
        Assignment.State.RETURNED: "This answer was sent back to you. Start from the job's page to take it up again.",
        Assignment.State.RESERVED: "This image is not yours yet: it comes when the one before it is done.",
    }
    message = words.get(Assignment.State(state), "This image was already submitted.")
    return Conflict(f"assignment_{state}", message, state=state)


def _held(assignment_id: UUID, worker: User) -> tuple[Assignment, list[Assignment]]:
    """What a worker is about to leave, and what is reserved for them after it, both locked."""
    assignment = Assignment.objects.select_for_update(no_key=True).get(pk=assignment_id, worker=worker)
    if assignment.state != Assignment.State.CLAIMED:
        raise lost(state=assignment.state)
    return assignment, _reserved(Assignment.objects.filter(job_id=assignment.job_id, worker=worker))


def _reserved(assignments: models.QuerySet[Assignment]) -> list[Assignment]:
    held = assignments.select_for_update(no_key=True, of=("self",)).order_by("pk")
    return list(held.filter(state=Assignment.State.RESERVED))


def _end(assignments: list[Assignment], state: AssignmentState, now: datetime, **fields: str) -> None:
    """End live assignments and put their places back.

    The caller has locked all of them before the first is ended. Everybody locks in this order: assignments, their
    workers' enrolments, turns; so that the sweeper and whoever leaves a task never wait for each other in a circle.
    """
    # An answer that was sent back and not bettered stands as it was first given: whatever ends here, work does not.
    returning.let_stand(assignments=[one for one in assignments if one.returned_at], now=now)
    assignments = [one for one in assignments if not one.returned_at]
    Assignment.objects.filter(pk__in=[one.pk for one in assignments]).update(state=state, **fields)
    worklog.note(kind=WorkEvent.Kind(state), assignments=assignments, now=now)
    if state in UNDONE:
        # The task and its other places are open to this worker again, wherever their marks are. A mark of 0 is
        # written too: a full look of the same worker that is under way has seen the task as theirs, and must notice
        # (`picking`).
        for job_id in sorted({one.job_id for one in assignments}):
            workers = [one.worker_id for one in assignments if one.job_id == job_id]
            marked = Enrolment.objects.select_for_update(no_key=True).filter(job_id=job_id, worker__in=workers)
            ids = list(marked.order_by("pk").values_list("pk", flat=True))
            Enrolment.objects.filter(pk__in=ids).update(exhausted_to=0)
        gold_exposure.note_left(assignments=assignments, now=now)
    _reopen([(one.job_id, one.place_id) for one in assignments])


def _reopen(places: list[tuple[int, int]]) -> None:
    """Put places, each (job id, place id), back at the end of the first lane: with a new turn, which no cursor passed.

    Job by job in their order, so that two who reopen places of several jobs never wait for each other in a circle.
    """
    by_job: dict[int, list[int]] = {}
    for job_id, place_id in sorted(places):
        by_job.setdefault(job_id, []).append(place_id)
    for job_id, place_ids in by_job.items():
        turns = next_positions(job_id=job_id, count=len(place_ids))
        _REOPEN.rows(places=place_ids, turns=turns, lane=REOPENED_LANE)
