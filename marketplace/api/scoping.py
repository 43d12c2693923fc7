"""Whose things an asker may name. What is not theirs does not exist: 404, never 403."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.http import Http404
from django.shortcuts import get_object_or_404

from marketplace.adjudicating import may_see
from marketplace.enrolling import may_know
from marketplace.handouts import Desk, desk_of
from marketplace.models import Assignment, Job, Release, Task, User


def own_job(*, owner: User, public_id: str) -> Job:
    """A job the requester posted."""
    return get_object_or_404(Job.objects.select_related("label_set", "owner"), public_id=public_id, owner=owner)


def published_job(*, public_id: str, person: User, key: str = "") -> Job:
    """A job the person may know of, `key` being that of its link. Whether they may work on it, enrolling says."""
    job = get_object_or_404(Job.objects.select_related("label_set", "owner"), public_id=public_id)
    if not may_know(job=job, person=person, key=key):
        raise Http404
    return job


def desk_at(*, public_id: str, worker: User, now: datetime) -> Desk:
    """What a worker has at a job they may know of. Who has a standing may; of others the whole job is asked."""
    try:
        desk = desk_of(job_id=public_id, worker=worker, now=now)
    except Job.DoesNotExist:
        raise Http404 from None
    if desk.standing is None:
        published_job(public_id=public_id, person=worker)
    return desk


def visible_job(*, worker: User, public_id: str, key: str = "") -> Job:
    """A job on the board or open to the worker, or one they have a standing in. Who is no worker sees none."""
    job = published_job(public_id=public_id, person=worker, key=key)
    if not worker.is_worker:
        raise Http404
    if job.state != Job.State.OPEN:
        get_object_or_404(job.enrolments.all(), worker=worker)
    return job


def answer_to_own_job(*, owner: User, assignment_id: UUID) -> Assignment:
    """An answer somebody gave in one of the requester's jobs."""
    return get_object_or_404(Assignment, pk=assignment_id, job__owner=owner, submitted_at__isnull=False)


def adjudicable_job(*, person: User, public_id: str) -> Job:
    """A job whose undecided images the person may see: their own, or for admins one that leaves them to admins."""
    job = get_object_or_404(Job.objects.select_related("label_set", "owner"), public_id=public_id)
    if not may_see(job=job, person=person):
        raise Http404
    return job


def adjudicable_task(*, person: User, task_id: int) -> Task:
    """An image of such a job."""
    task = get_object_or_404(Task.objects.select_related("job"), pk=task_id)
    adjudicable_job(person=person, public_id=task.job.public_id)
    return task


def own_release(*, owner: User, public_id: str) -> Release:
    """A release of one of the requester's jobs."""
    return get_object_or_404(Release.objects.select_related("job"), public_id=public_id, job__owner=owner)
