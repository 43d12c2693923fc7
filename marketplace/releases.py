"""Releases: settled consensus frozen into immutable, checksummed dataset versions."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import datetime
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import Max

from annotation.formats import coco
from annotation.formats.coco import CocoImage, CocoObject, CocoTag
from annotation.label_sets import taxonomy_of
from annotation.shapes import REGISTRY, TAG
from billing.money import format_amount
from marketplace import auditlog, escrow, spending
from marketplace.drafting import instructions_of
from marketplace.errors import Conflict
from marketplace.models import Assignment, Decision, Job, Release, Task, User

FORMATS = ("coco",)


@transaction.atomic
def make_release(*, job: Job, by: User, now: datetime) -> Release:
    """Freeze what is settled now into the job's next release. Raises Conflict when nothing is settled yet."""
    job = Job.objects.select_for_update(of=("self",), no_key=True).select_related("label_set").get(pk=job.pk)
    decisions = list(
        Decision.objects.filter(task__job=job, task__state=Task.State.SETTLED, current=True)
        .select_related("task__image", "consensus")
        .order_by("task__position")
    )
    if not decisions:
        raise Conflict("nothing_settled", "No image of this job is settled yet; a release needs at least one.")
    number = (Release.objects.filter(job=job).aggregate(last=Max("number"))["last"] or 0) + 1
    dataset = _dataset(job, decisions, number, now)
    content = json.dumps(dataset, ensure_ascii=False, separators=(",", ":")).encode()
    digest = hashlib.sha256(content).hexdigest()
    name = default_storage.save(f"releases/{job.public_id}/{number}-{digest[:16]}/coco.json", ContentFile(content))
    release = Release.objects.create(
        job=job,
        number=number,
        made_by=by,
        file=name,
        sha256=digest,
        bytes=len(content),
        counts=_counts(dataset),
        created_at=now,
    )
    auditlog.record(
        actor=by, action="release.made", subject=release, now=now, after={"number": number, "sha256": digest}
    )
    return release


def open_release(*, release: Release) -> BinaryIO:
    """The release's COCO file, open for reading from its start."""
    return default_storage.open(release.file)  # type: ignore[return-value]


def file_name(*, release: Release) -> str:
    """The name under which a release is downloaded."""
    return f"tally-{release.job.public_id}-{release.number}-coco.json"


def _dataset(job: Job, decisions: list[Decision], number: int, now: datetime) -> dict[str, Any]:
    taxonomy = taxonomy_of(label_set=job.label_set)
    votes, cost = _votes(job), _costs(job)
    images, objects, tags = [], [], []
    for decision in decisions:
        images.append(_image(decision, votes.get(decision.task_id, []), cost.get(decision.task_id, 0)))
        body = decision.consensus.body
        objects += [_object(decision.task_id, found) for found in body["objects"]]
        tags += [CocoTag(decision.task_id, found["label"], _without(found, "label")) for found in body["tags"]]
    info = {
        "description": job.title,
        "version": str(number),
        "date_created": now.isoformat(),
        "job": job.public_id,
        "instructions_version": instructions_of(job=job).version,
        "currency": settings.CURRENCY,
        "generator": "Tally",
    }
    drawn = [label for label in taxonomy.labels if label.shapes - {TAG}]
    return coco.dataset(info=info, labels=drawn, images=images, objects=objects, tags=tags)


def _object(task_id: int, found: dict[str, Any]) -> CocoObject:
    shape_type = REGISTRY[found["type"]]
    shape = shape_type.read({"attributes": {}, **found})
    return CocoObject(task_id, shape, _without(found, "type", "label", "attributes", *shape_type.keys))


def _image(decision: Decision, votes: list[dict[str, Any]], cost: int) -> CocoImage:
    image = decision.task.image
    extra = {
        "sha256": image.sha256,  # of the file the requester has, not of our cleaned copy: names may repeat
        "agreement": decision.consensus.agreement,
        "disputed": decision.task.disputed,
        "votes": votes,
        "cost": format_amount(cost),
    }
    return CocoImage(decision.task_id, image.name, image.width, image.height, extra)


def _without(found: dict[str, Any], *keys: str) -> dict[str, Any]:
    return {key: value for key, value in found.items() if key not in keys}


def _votes(job: Job) -> dict[int, list[dict[str, Any]]]:
    """Who answered each task, under pseudonyms, and what became of it: every object traces back to its votes."""
    given = Assignment.objects.filter(job=job, submitted_at__isnull=False, state__in=Assignment.ANSWERED)
    rows = given.select_related("worker", "verdict")
    votes: dict[int, list[dict[str, Any]]] = {}
    for row in rows.order_by("submitted_at"):
        votes.setdefault(row.task_id, []).append(
            {
                "assignment": str(row.pk),
                "worker": row.worker.pseudonym,
                "accepted": row.state in (Assignment.State.ACCEPTED, Assignment.State.OVERTURNED),
                "agreement": _rounded(row.verdict.agreement) if row.verdict else None,
            }
        )
    return votes


def _costs(job: Job) -> dict[int, int]:
    """What the accepted answers to each task cost, fees included; micro-units."""
    rate = escrow.rate_of(job=job)
    paid = Assignment.objects.filter(job=job, submitted_at__isnull=False, state__in=spending.PAID)
    costs: dict[int, int] = {}
    for task_id, earned in paid.values_list("task_id", "earned"):
        costs[task_id] = costs.get(task_id, 0) + earned + rate.fee(pay=earned)
    return costs


def _counts(dataset: dict[str, Any]) -> dict[str, Any]:
    names = {category["id"]: category["name"] for category in dataset["categories"]}
    by_label = Counter(names[found["category_id"]] for found in dataset["annotations"])
    return {
        "images": len(dataset["images"]),
        "objects": len(dataset["annotations"]),
        "tags": sum(len(image["tags"]) for image in dataset["images"]),
        "by_label": dict(sorted(by_label.items())),
    }


def _rounded(agreement: float | None) -> float | None:
    """None where a person judged the answer by itself."""
    return None if agreement is None else round(agreement, 4)
