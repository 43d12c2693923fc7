"""Adding images to a job, and taking them out again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.core.files.base import File
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from annotation.images import ImageRefused, discard, prepare, store_upload
from annotation.models import Image
from marketplace import bell
from marketplace.errors import Conflict, Refused
from marketplace.models import Job, Question, Task

MAX_IMAGES = 2_000_000
# The states in which images that are paid for get their places.
MAKING = (Job.State.PUBLISHING, Job.State.OPEN, Job.State.PAUSED)
# How many images one look finds: to look for each by itself would walk past all that wait in other jobs each time.
A_LOOK = 100
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
    """Check files and add the good ones to a job, each in a transaction of its own.

    Images added to a published job wait until they are published too. A bad file never costs a good one. Raises
    Conflict when the job is closing or closed.
    """
    _demand_taking(job)
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
    _demand_taking(locked)
    last = last_position(job=locked)
    if last >= MAX_IMAGES:
        raise Refused.one("files", "too_many", f"A job holds at most {MAX_IMAGES:,} images.")
    image = store_upload(file=file, name=file.name or "image", scope=f"job:{job.pk}")
    if Image.objects.filter(scope=question_scope(job_id=job.pk), sha256=image.sha256).exists():
        told = "This picture is a question for practice or exam; its answer is known, so it is not work."
        raise ImageRefused(image.name, "is_question", told)
    return Task.objects.create(job=job, image=image, position=last + 1)


def question_scope(*, job_id: int) -> str:
    """Under which key the images of a job's practice and exam are kept, apart from those that are work."""
    return f"questions:{job_id}"


def last_position(*, job: Job) -> int:
    """The position of the image added last, paid for or not; 0 for a job without images. Flat in their number.

    Images beyond those paid for are waiting or failed, or gold, so only these states are asked, through the index.
    """
    query = """
        SELECT max(latest.position)
        FROM unnest(ARRAY['draft', 'cancelled', 'gold']) AS wanted(state) CROSS JOIN LATERAL (
            SELECT t.position FROM marketplace_task t
            WHERE t.job_id = %s AND t.state = wanted.state AND t.position > %s
            ORDER BY t.position DESC LIMIT 1) AS latest
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [job.pk, job.funded_position])
        return cursor.fetchone()[0] or job.funded_position


def prepare_images(*, job_id: int) -> int:
    """Make the renditions of a job's checked images; returns how many. An image that fails says why on its row.

    Several may be at it: each image is held by who prepares it and passed over by the others. Whoever ends last rings
    for the places of a job whose images are paid for.
    """
    ready, last, seen = 0, 0, False
    scopes = [f"job:{job_id}", question_scope(job_id=job_id)]
    checked = Image.objects.filter(scope__in=scopes, state="checked").order_by("pk")
    while found := list(checked.filter(pk__gt=last).values_list("pk", flat=True)[:A_LOOK]):
        for image_id in found:
            with transaction.atomic():
                if checked.select_for_update(no_key=True, skip_locked=True).filter(pk=image_id).first():
                    seen = True
                    ready += prepare_image(image_id=image_id)
        last = found[-1]
    if seen and owing_places().filter(pk=job_id).exists():
        bell.ring("make_places", job_id)
    return ready


def owing_places() -> QuerySet[Job]:
    """Jobs with images that are paid for and have no places yet, and those that only wait to be opened."""
    paid = Task.objects.filter(job=OuterRef("pk"), state=Task.State.DRAFT, position__lte=OuterRef("funded_position"))
    return Job.objects.filter(state__in=MAKING).filter(Q(state=Job.State.PUBLISHING) | Exists(paid)).order_by("pk")


def prepare_left(*, now: datetime, limit: int = 20) -> int:
    """Make the renditions of images whose bell nobody heard, oldest first; returns how many. The sweeper's."""
    left = Task.objects.filter(image__state="checked", image__created_at__lt=now - UNHEARD_AFTER).order_by("image_id")
    asked = Question.objects.filter(image__state="checked", image__created_at__lt=now - UNHEARD_AFTER)
    found = [*left.values_list("image_id", flat=True)[:limit], *asked.values_list("image_id", flat=True)[:limit]]
    return sum(prepare_image(image_id=image_id) for image_id in found)


@transaction.atomic
def prepare_image(*, image_id: int) -> bool:
    """Make one image's renditions. When it cannot be done: False, the reason on its row, and nobody pays for it."""
    try:
        prepare(image_id=image_id)
    except ImageRefused:
        Task.objects.filter(image_id=image_id, state=Task.State.DRAFT).update(state=Task.State.CANCELLED)
        return False
    return True


@transaction.atomic
def remove_image(*, job: Job, task_id: int) -> None:
    """Take out one image that nobody paid for yet.

    Raises Task.DoesNotExist when the job has no such image, Conflict when it is paid for or the job ended.
    """
    locked = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    _demand_taking(locked)
    task = Task.objects.select_related("image").get(job=locked, pk=task_id)
    if task.position <= locked.funded_position:
        raise Conflict("image_published", "This image is published; only images not yet published can be taken out.")
    if task.state == Task.State.GOLD:
        raise Conflict("image_serves", "The answer to this image is known and serves to measure workers; it stays.")
    image = task.image
    task.delete()
    discard(image=image)


def takes_images(*, job: Job) -> bool:
    """Whether images can be added to a job: before its end."""
    return job.state in (Job.State.DRAFT, *MAKING)


def _demand_taking(job: Job) -> None:
    if not takes_images(job=job):
        told = f"This job is {job.get_state_display().lower()}; its images can no longer be changed."
        raise Conflict("job_ended", told, state=job.state)
