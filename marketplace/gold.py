"""A requester's known answers: giving them, reading them from files, looking at them, taking them out of use."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.core.files.base import File
from django.db import transaction
from django.db.models import Max

from annotation.formats import voc
from annotation.formats.coco_reading import CocoRefused, read_coco
from annotation.label_sets import taxonomy_of
from annotation.shapes import Answer, AnswerRefused, Limits, Taxonomy, parse_answer
from marketplace import auditlog, bell
from marketplace.answer_limits import limits_of
from marketplace.errors import Conflict, Problem, Refused
from marketplace.gold_places import gold_scope, withdraw
from marketplace.models import Job, Task
from qa.models import Gold

BYTES_AT_MOST = 50_000_000
ENDED = (Job.State.CLOSING, Job.State.CLOSED)


@dataclass
class GoldReport:
    """What became of known answers that were sent: those taken, and of the others why not."""

    added: list[Gold] = field(default_factory=list)
    refused: list[Problem] = field(default_factory=list)


def golds_of(*, job: Job) -> list[Gold]:
    """A job's known answers, those that need a look first, then the latest."""
    order = {Gold.State.REVIEW: 0, Gold.State.ACTIVE: 1, Gold.State.RETIRED: 2}
    found = Gold.objects.filter(scope=gold_scope(job_id=job.pk)).select_related("image").order_by("-pk")
    return sorted(found, key=lambda gold: order[Gold.State(gold.state)])


def gold_of(*, job: Job, gold_id: int) -> Gold:
    """One of them. Raises Gold.DoesNotExist."""
    return Gold.objects.select_related("image").get(pk=gold_id, scope=gold_scope(job_id=job.pk))


def add_gold(*, job: Job, image: Any, annotation: Any, now: datetime, source: str = Gold.Source.CHOSEN) -> Gold:
    """Say what the answer to one of the job's images is; from now on it serves to measure workers.

    `image`: the image's number in the job, or its name. An image that nobody paid for yet is no longer labelled for its
    own sake; one that is settled stays in the results. Raises Refused naming what is wrong with the image or the
    answer, Conflict for an image whose answers are still asked for, one that has a known answer, and a job that ended.
    """
    with transaction.atomic():
        locked = Job.objects.select_for_update(of=("self",), no_key=True).select_related("label_set", "owner")
        own = locked.get(pk=job.pk)
        if own.state in ENDED:
            raise Conflict("job_ended", "This job has ended; it needs no known answers any more.", state=own.state)
        task = _task(own, image)
        answer = _parsed(own, annotation, taxonomy_of(label_set=own.label_set), task)
        _serve(own, task)
        gold = Gold.objects.create(
            scope=gold_scope(job_id=own.pk),
            image_id=task.image_id,
            body=answer.as_json(),
            source=source,
            created_at=now,
        )
        auditlog.record(actor=own.owner, action="gold.added", subject=gold, now=now, after={"source": source})
    bell.ring("make_places", job.pk)
    return gold


def add_many(
    *, job: Job, rows: Sequence[tuple[str, Any, Any]], now: datetime, source: str = Gold.Source.CHOSEN
) -> GoldReport:
    """`add_gold` for many, each (what to call it, image, annotation); a bad one never costs a good one."""
    report = GoldReport()
    for where, image, annotation in rows:
        try:
            report.added.append(add_gold(job=job, image=image, annotation=annotation, now=now, source=source))
        except Refused as refused:
            for each in refused.problems:
                report.refused.append(Problem(f"{where}.{each.field}".strip("."), each.rule, each.message))
        except Conflict as conflict:
            report.refused.append(Problem(where, conflict.reason, conflict.message))
    return report


def import_files(*, job: Job, files: Iterable[File[bytes]], now: datetime) -> GoldReport:
    """Read known answers from files: COCO (one JSON file, many images) and Pascal VOC (one XML file an image).

    Images are found by their names. What a file says of images that the job does not have is told, and left out.
    """
    report, taxonomy = GoldReport(), taxonomy_of(label_set=job.label_set)
    for file in files:
        name = file.name or "file"
        if file.size > BYTES_AT_MOST:
            report.refused.append(Problem(name, "too_large", f"At most {BYTES_AT_MOST // 1_000_000} MB a file."))
            continue
        rows, faults = _read(name, file.read(), taxonomy, limits_of(job=job))
        found = add_many(job=job, rows=rows, now=now, source=Gold.Source.IMPORTED)
        report.added += found.added
        report.refused += [*faults, *found.refused]
    return report


@transaction.atomic
def retire(*, job: Job, gold_id: int, now: datetime) -> Gold:
    """Take a known answer out of use. What workers hold or have answered is judged and paid as ever."""
    gold = _moved(job, gold_id, (Gold.State.ACTIVE, Gold.State.REVIEW), Gold.State.RETIRED, now)
    withdraw(job_id=job.pk, image_ids=[gold.image_id], now=now)
    bell.ring("make_places", job.pk)
    return gold


@transaction.atomic
def confirm(*, job: Job, gold_id: int, now: datetime) -> Gold:
    """Say that a known answer is right although good workers disagree with it: it is handed out again."""
    gold = _moved(job, gold_id, (Gold.State.REVIEW,), Gold.State.ACTIVE, now)
    Gold.objects.filter(pk=gold.pk).update(good_wrong=0, good_right=0)
    bell.ring("make_places", job.pk)
    return gold


def _moved(job: Job, gold_id: int, before: Sequence[str], after: str, now: datetime) -> Gold:
    gold = gold_of(job=job, gold_id=gold_id)
    # The job's row first, as everywhere.
    owner = Job.objects.select_for_update(of=("self",), no_key=True).select_related("owner").get(pk=job.pk).owner
    if not Gold.objects.filter(pk=gold.pk, state__in=before).update(state=after):
        raise Conflict("wrong_state", f"This known answer is {gold.get_state_display().lower()}.", state=gold.state)
    auditlog.record(
        actor=owner, action=f"gold.{after}", subject=gold, now=now, before={"state": gold.state}, after={"state": after}
    )
    gold.refresh_from_db()
    return gold


def _task(job: Job, image: Any) -> Task:
    """The job's own task of an image, by its number or the name of its file."""
    tasks = Task.objects.filter(job=job).exclude(state=Task.State.CANCELLED).select_related("image")
    if isinstance(image, int) and not isinstance(image, bool):
        found = list(tasks.filter(pk=image))
    elif isinstance(image, str) and image:
        found = list(tasks.filter(image__name=image).order_by("pk"))
    else:
        raise Refused.one("image", "type", "Give the image's number or the name of its file.")
    if len({task.image_id for task in found}) > 1:
        raise Refused.one("image", "ambiguous", f"{len(found)} images are called {image!r}; give the number of one.")
    if not found:
        raise Refused.one("image", "unknown", f"This job has no image {image!r}.")
    # Settled images that serve have a second task.
    return next((task for task in found if task.state == Task.State.GOLD), found[0])


def _parsed(job: Job, annotation: Any, taxonomy: Taxonomy, task: Task) -> Answer:
    image, limits = task.image, limits_of(job=job)
    try:
        return parse_answer(annotation, taxonomy=taxonomy, width=image.width, height=image.height, limits=limits)
    except AnswerRefused as refused:
        raise Refused([Problem(f"annotation.{p.field}".strip("."), p.rule, p.message) for p in refused.problems])  # noqa: B904


def _serve(job: Job, task: Task) -> None:
    """Make an image's task one that serves as gold."""
    if Task.objects.filter(job=job, image=task.image, state=Task.State.GOLD).exists():
        raise Conflict("known_already", f"The answer to {task.image.name} is known already.")
    if task.state == Task.State.SETTLED:
        last = Task.objects.filter(job=job, image=task.image).aggregate(last=Max("position"))["last"]
        Task.objects.create(job=job, image=task.image, position=last, state=Task.State.GOLD)
        return
    unpaid = Task.objects.filter(pk=task.pk, state=Task.State.DRAFT, position__gt=job.funded_position)
    if not unpaid.update(state=Task.State.GOLD):
        told = f"Answers to {task.image.name} are still asked for; wait until it is settled, or take another image."
        raise Conflict("still_asked", told)


Rows = list[tuple[str, Any, Any]]


def _read(name: str, content: bytes, taxonomy: Taxonomy, limits: Limits) -> tuple[Rows, list[Problem]]:
    """(what to call it, name of the image, annotation) of each answer in a file, and what could not be read."""
    if name.lower().endswith(".xml"):
        return _read_voc(name, content, taxonomy)
    if name.lower().endswith(".json"):
        return _read_coco(name, content, taxonomy, limits)
    return [], [Problem(name, "format", "Send COCO as .json or Pascal VOC as .xml.")]


def _read_voc(name: str, content: bytes, taxonomy: Taxonomy) -> tuple[Rows, list[Problem]]:
    try:
        found = voc.parse(content)
    except voc.VocRefused as refused:
        return [], [Problem(name, "voc", str(refused))]
    known = {label.name for label in taxonomy.labels}
    shapes = [{"type": "box", "label": label, "bbox": list(bbox)} for label, *bbox in found.boxes if label in known]
    return [(name, found.name, {"shapes": shapes, "empty": not shapes})], []


def _read_coco(name: str, content: bytes, taxonomy: Taxonomy, limits: Limits) -> tuple[Rows, list[Problem]]:
    try:
        found = read_coco(json.loads(content), taxonomy=taxonomy, limits=limits)
    except CocoRefused as refused:
        return [], [Problem(f"{name}: {each.field}", each.rule, each.message) for each in refused.problems]
    except (ValueError, RecursionError):
        return [], [Problem(name, "json", "This is not JSON.")]
    rows: Rows = []
    faults: list[Problem] = []
    for image in found.images:
        faults += [Problem(f"{name}: {each.field}", each.rule, each.message) for each in image.problems]
        if image.answer is not None:
            body: Mapping[str, Any] = image.answer.as_json()
            rows.append((f"{name}: {image.file_name}", image.file_name, body))
    return rows, faults
