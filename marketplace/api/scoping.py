"""Whose things an asker may name. What is not theirs does not exist: 404, never 403."""

from __future__ import annotations

from datetime import datetime

from django.http import Http404
from django.shortcuts import get_object_or_404

from marketplace.handouts import Desk, desk_of
from marketplace.models import Job, Release, User


def own_job(*, owner: User, public_id: str) -> Job:
    """A job the requester posted."""
    return get_object_or_404(Job.objects.select_related("label_set", "owner"), public_id=public_id, owner=owner)


def published_job(*, public_id: str) -> Job:
    """A job workers may know of: any that is not a draft. Whether they may work on it, enrolling says."""
    jobs = Job.objects.select_related("label_set", "owner").exclude(state=Job.State.DRAFT)
    return get_object_or_404(jobs, public_id=public_id)


def desk_at(*, public_id: str, worker: User, now: datetime) -> Desk:
    """What a worker has at a job they may know of."""
    try:
        return desk_of(job_id=public_id, worker=worker, now=now)
    except Job.DoesNotExist:
        raise Http404 from None


def visible_job(*, worker: User, public_id: str) -> Job:
    """A job on the board, or one the worker has a standing in. Who is no worker sees neither."""
    job = published_job(public_id=public_id)
    if not worker.is_worker:
        raise Http404
    if job.state != Job.State.OPEN:
        get_object_or_404(job.enrolments.all(), worker=worker)
    return job


def own_release(*, owner: User, public_id: str) -> Release:
    """A release of one of the requester's jobs."""
    return get_object_or_404(Release.objects.select_related("job"), public_id=public_id, job__owner=owner)
