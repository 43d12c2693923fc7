"""A job as its workers will see it, for its requester: images in turn, nothing claimed, nothing stored."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median
from uuid import UUID

from marketplace.drafting import instructions_of
from marketplace.handouts import Handout
from marketplace.measuring import FASTEST_MS
from marketplace.models import Job, Task

NOBODY = UUID(int=0)
TRIALS = 3  # images a requester times before their own time speaks for the job
LONGEST_MS = 3_600_000


def next_image(*, job: Job, after: int, now: datetime) -> Handout | None:
    """The image that comes after image id `after`, starting over at the end; None when no image is ready yet.

    The assignment in it is the null UUID: it opens nothing.
    """
    ready = Task.objects.filter(job=job, image__state="ready").select_related("image").order_by("image_id")
    task = ready.filter(image_id__gt=after).first() or ready.first()
    if task is None:
        return None
    return Handout(
        assignment_id=NOBODY,
        lease_expires_at=now + timedelta(seconds=job.lease_seconds),
        image_id=task.image_id,
        image_width=task.image.width,
        image_height=task.image.height,
        job=job,
        instructions_version=instructions_of(job=job).version,
    )


def record_trial(*, job: Job, times: Sequence[int]) -> int | None:
    """Let the median of a requester's own times (ms an image) speak for the job's pay an hour until workers' do.

    Times no person could have, and fewer than three of the others, say nothing: the result is then None.
    """
    real = [time for time in times if FASTEST_MS <= time <= LONGEST_MS]
    if len(real) < TRIALS:
        return None
    middle = round(median(real))
    Job.objects.filter(pk=job.pk).update(trial_ms=middle)
    return middle
