"""Holding a place for a while: renewing, skipping, giving back, and running out."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F

from marketplace.enrolling import PAUSE_AFTER_SKIPS
from marketplace.errors import Conflict, Refused
from marketplace.models import Assignment, Enrolment, Place, User
from marketplace.models.work import AssignmentState
from marketplace.turns import REOPENED_LANE, next_positions


def renew(*, assignment_id: UUID, worker: User, now: datetime) -> datetime:
    """Extend a live lease to its full length from now; returns when it ends."""
    assignment = Assignment.objects.select_related("job").get(pk=assignment_id, worker=worker)
    expires = now + timedelta(seconds=assignment.job.lease_seconds)
    if not Assignment.objects.filter(pk=assignment.pk, state=Assignment.State.CLAIMED).update(lease_expires_at=expires):
        raise lost(assignment)
    return expires


@transaction.atomic
def skip(*, assignment_id: UUID, worker: User, reason: str, now: datetime) -> None:
    """Pass on a task for good; it never comes back to this worker. Five skips in a row pause the enrolment."""
    if not isinstance(reason, str) or len(reason) > 200:
        raise Refused.one("reason", "too_long", "Give a reason of at most 200 characters.")
    assignment = _leave(assignment_id, worker, Assignment.State.SKIPPED, skip_reason=reason)
    enrolment = Enrolment.objects.filter(job_id=assignment.job_id, worker=worker)
    enrolment.update(skips_in_a_row=F("skips_in_a_row") + 1)
    enrolment.filter(skips_in_a_row__gte=PAUSE_AFTER_SKIPS, state=Enrolment.State.READY).update(
        state=Enrolment.State.PAUSED
    )


@transaction.atomic
def give_back(*, assignment_id: UUID, worker: User, now: datetime) -> None:
    """Leave a task to others; it may come back to this worker."""
    _leave(assignment_id, worker, Assignment.State.GIVEN_BACK)


@transaction.atomic
def expire(*, now: datetime, limit: int = 500) -> int:
    """Take back the places whose leases ran out; returns how many. Drafts stay."""
    ran_out = list(
        Assignment.objects.select_for_update(skip_locked=True)
        .filter(state__in=Assignment.LIVE, lease_expires_at__lt=now)
        .order_by("claimed_at")[:limit]
    )
    Assignment.objects.filter(pk__in=[assignment.pk for assignment in ran_out]).update(state=Assignment.State.EXPIRED)
    _reopen([(assignment.job_id, assignment.place_id) for assignment in ran_out])
    return len(ran_out)


def lost(assignment: Assignment) -> Conflict:
    """The refusal for an assignment its worker no longer holds, saying what became of it."""
    words = {
        Assignment.State.EXPIRED: "Your time on this image ran out and it went back to the others. Your draft is kept.",
        Assignment.State.SKIPPED: "You skipped this image.",
        Assignment.State.GIVEN_BACK: "You gave this image back.",
        Assignment.State.CANCELLED: "The job ended before this was submitted.",
    }
    message = words.get(Assignment.State(assignment.state), "This image was already submitted.")
    return Conflict(f"assignment_{assignment.state}", message, state=assignment.state)


def _leave(assignment_id: UUID, worker: User, state: AssignmentState, **fields: str) -> Assignment:
    assignment = Assignment.objects.get(pk=assignment_id, worker=worker)
    left = Assignment.objects.filter(pk=assignment.pk, state__in=Assignment.LIVE).update(state=state, **fields)
    if not left:
        assignment.refresh_from_db()
        raise lost(assignment)
    _reopen([(assignment.job_id, assignment.place_id)])
    return assignment


def _reopen(places: list[tuple[int, int]]) -> None:
    """Put places, each (job id, place id), back at the end of the first lane: with a new turn, which no cursor passed.

    Job by job in their order, so that two who reopen places of several jobs never wait for each other in a circle.
    """
    by_job: dict[int, list[int]] = {}
    for job_id, place_id in sorted(places):
        by_job.setdefault(job_id, []).append(place_id)
    for job_id, place_ids in by_job.items():
        for place_id, position in zip(place_ids, next_positions(job_id=job_id, count=len(place_ids)), strict=True):
            Place.objects.filter(pk=place_id, state=Place.State.TAKEN).update(
                state=Place.State.OPEN, position=position, lane=REOPENED_LANE
            )
