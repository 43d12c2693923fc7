"""Adding images to a job, and taking them out again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.files.base import File
from django.db import transaction
from django.db.models import Max

from annotation.images import ImageRefused, discard, prepare, store_upload
from annotation.models import Image
from marketplace import bell
from marketplace.errors import Conflict, Refused
from marketplace.models import Job, Task

MAX_IMAGES = 100_000
# An image that waits longer for its renditions than this rang no bell that anybody heard.
UNHEARD_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class RefusedFile:
    """A file that was not taken, and why."""

    name: str
    rule: str
    message: str


@dataclass
class UploadReport:
    """What became of a batch of files."""

    added: list[Task] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)


def add_images(*, job: Job, files: Iterable[File[bytes]], now: datetime) -> UploadReport:
    """Check files and add the good ones to a draft job, each in a transaction of its own.

    A bad file never costs a good one. Raises Conflict when the job is no longer a draft.
    """
    _demand_draft(job)
    report = UploadReport()
    for file in files:
        try:
            with transaction.atomic():
                report.added.append(_add(job=job, file=file))
        except ImageRefused as refused:
            report.refused.append(RefusedFile(refused.name, refused.rule, refused.message))
    if report.added:
        bell.ring("prepare_images", job.pk)
    return report


def _add(*, job: Job, file: File[bytes]) -> Task:
    # The lock keeps two uploads at once from giving two images the same position.
    locked = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    _demand_draft(locked)
    last = Task.objects.filter(job=job).aggregate(last=Max("position"))["last"] or 0
    if last >= MAX_IMAGES:
        raise Refused.one("files", "too_many", f"A job holds at most {MAX_IMAGES:,} images.")
    image = store_upload(file=file, name=file.name or "image", scope=f"job:{job.pk}")
    return Task.objects.create(job=job, image=image, position=last + 1)


def prepare_images(*, job_id: int) -> int:
    """Make the renditions of a job's checked images; returns how many. An image that fails says why on its row.

    Several may be at it: each image is held by who prepares it and passed over by the others. Whoever ends last rings
    for the places of a job that is being published.
    """
    ready = 0
    checked = Image.objects.filter(scope=f"job:{job_id}", state="checked").order_by("pk")
    while True:
        with transaction.atomic():
            image = checked.select_for_update(no_key=True, skip_locked=True).first()
            if image is None:
                break
            ready += prepare_image(image_id=image.pk)
    if ready and Job.objects.filter(pk=job_id, state=Job.State.PUBLISHING).exists():
        bell.ring("make_places", job_id)
    return ready


def prepare_left(*, now: datetime, limit: int = 20) -> int:
    """Make the renditions of images whose bell nobody heard, oldest first; returns how many. The sweeper's."""
    left = Task.objects.filter(image__state="checked", image__created_at__lt=now - UNHEARD_AFTER).order_by("image_id")
    return sum(prepare_image(image_id=image_id) for image_id in list(left.values_list("image_id", flat=True)[:limit]))


def prepare_image(*, image_id: int) -> bool:
    """Make one image's renditions; False, with the reason kept on its row, when it cannot be done."""
    try:
        prepare(image_id=image_id)
    except ImageRefused:
        return False
    return True


@transaction.atomic
def remove_image(*, job: Job, task_id: int) -> None:
    """Take one image out of a draft. Raises Task.DoesNotExist when the job has no such image."""
    locked = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    _demand_draft(locked)
    task = Task.objects.select_related("image").get(job=locked, pk=task_id)
    image = task.image
    task.delete()
    discard(image=image)


def _demand_draft(job: Job) -> None:
    if job.state != Job.State.DRAFT:
        raise Conflict("not_a_draft", "This job is published; images can be added to drafts only.")
