"""Letting a worker into a job."""

from __future__ import annotations

from datetime import datetime

from marketplace.errors import Conflict, Forbidden
from marketplace.models import Enrolment, Job, User

PAUSE_AFTER_SKIPS = 5


def enrol(*, job: Job, worker: User, now: datetime) -> Enrolment:
    """Let a worker into a job because they ask for it, which ends a pause after several skips.

    Raises what `standing` raises.
    """
    known = standing(job=job, worker=worker, now=now)
    paused = Enrolment.objects.filter(pk=known.pk, state=Enrolment.State.PAUSED)
    if paused.update(state=Enrolment.State.READY, skips_in_a_row=0):
        known.refresh_from_db()
    return known


def standing(*, job: Job, worker: User, now: datetime) -> Enrolment:
    """A worker's standing in a job, given to them the first time; the same one each time.

    Raises Forbidden for the job's own requester, for people who are not workers and for the blocked, Conflict when
    the job takes nobody any more.
    """
    if not worker.is_worker:
        raise Forbidden("not_a_worker", "Your account is not set up for labelling. Turn it on in your profile.")
    if job.owner_id == worker.pk:
        raise Forbidden("own_job", "You cannot work on your own job.")
    known = Enrolment.objects.filter(job=job, worker=worker).first()
    if known and known.state == Enrolment.State.BLOCKED:
        raise Forbidden("blocked", "You cannot work on this job.")
    if known:
        return known
    if job.state != Job.State.OPEN:
        raise Conflict("job_not_open", "This job takes no new workers now.", state=job.state)
    return Enrolment.objects.get_or_create(job=job, worker=worker, defaults={"created_at": now})[0]
