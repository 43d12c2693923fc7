"""The results browser: every image with what was adopted, and one image with each worker's answer beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from annotation.models import Image
from annotation.shapes import MASK, REGISTRY, TAG
from marketplace import blocking, pictures
from marketplace import results as found_results
from marketplace.api.replies.jobs import labels_json
from marketplace.comparing import Comparison, compare, votes_noted
from marketplace.models import Task
from marketplace.pages.access import own_job, person, requester_required
from marketplace.results import GivenAnswer, TaskResult
from qa.models import Consensus

A_PAGE = 24
TILE_COUNTS = 50_000  # characters of a mask; a more ragged one is drawn on the page of its image only
STYLES = ("dashed", "dotted")
_SHAPE_KEYS = {"type", "label"}.union(*(shape_type.keys for shape_type in REGISTRY.values()))


@dataclass(frozen=True)
class Tile:
    """One image in the grid; `viewer` is None until the image is ready."""

    task: Task
    consensus: Consensus | None
    viewer: dict[str, Any] | None

    @property
    def key(self) -> str:
        """The id of its drawing in the page."""
        return f"tile-{self.task.pk}"


@requester_required
@require_safe
def job_results(request: HttpRequest, pid: str) -> HttpResponse:
    """All images of a job, with what was adopted drawn over each."""
    job, show = own_job(request, pid), _show(request)
    tasks = found_results.results(job=job, show=show)
    page = Paginator(tasks, A_PAGE).get_page(request.GET.get("page"))
    adopted = found_results.consensus_of(tasks=list(page))
    labels = labels_json(job=job)
    counts = found_results.counts(job=job)
    context = {
        "job": job,
        "page": page,
        "tiles": [_tile(request, task, adopted.get(task.pk), labels) for task in page],
        "show": show,
        "shows": [(name, counts[name]) for name in found_results.FILTERS],
        "total": counts["all"],
        "drawn": drawn(labels),
    }
    return render(request, "marketplace/results.html", context)


def _show(request: HttpRequest) -> str:
    asked = request.GET.get("show", "all")
    return asked if asked in found_results.FILTERS else "all"


def drawn(labels: list[dict[str, Any]]) -> bool:
    """False for a job of tags alone: then there is nothing to draw over its images."""
    return any(set(label["shapes"]) - {TAG} for label in labels)


def _tile(request: HttpRequest, task: Task, consensus: Consensus | None, labels: list[dict[str, Any]]) -> Tile:
    if task.image.state != "ready":
        return Tile(task, consensus, None)
    shapes = [
        {key: value for key, value in found.items() if key in _SHAPE_KEYS}
        for found in (consensus.body["objects"] if consensus else ())
        if found["type"] != MASK or len(found["segmentation"]["counts"]) <= TILE_COUNTS
    ]
    layers = [{"name": "Consensus", "style": "solid", "shapes": shapes}]
    viewer = {"image": _image(request, task.image, "320"), "labels": labels, "compact": True, "layers": layers}
    return Tile(task, consensus, viewer)


def _image(request: HttpRequest, image: Image, size: str) -> dict[str, Any]:
    url = pictures.signed_url(image_id=image.pk, viewer_id=person(request).pk, size=size, now=timezone.now())
    return {"url": url, "width": image.width, "height": image.height, "alt": image.name}


@dataclass(frozen=True)
class Panel:
    """One worker's answer beside the picture; `comparison` is None until there is a consensus and a verdict."""

    given: GivenAnswer
    comparison: Comparison | None
    viewer: dict[str, Any]

    @property
    def key(self) -> str:
        """The id of its drawing in the page."""
        return f"answer-{self.given.assignment.pk}"

    @property
    def counts(self) -> list[tuple[str, str, int]]:
        """How many objects were matched, missed, extra or labelled otherwise: (status, words, count)."""
        rows = self.comparison.rows if self.comparison else ()
        words = {row.status: row.words for row in rows}
        return [(status, word, sum(row.status == status for row in rows)) for status, word in words.items()]


@requester_required
@require_safe
def job_task(request: HttpRequest, pid: str, task: int) -> HttpResponse:
    """One image: the consensus drawn over it, and each answer to hold against it."""
    job, show = own_job(request, pid), _show(request)
    try:
        found = found_results.task_result(job=job, task_id=task, show=show)
    except Task.DoesNotExist as gone:
        raise Http404("There is no such image in this job.") from gone
    labels = labels_json(job=job)
    panels = [_panel(request, found, given, labels) for given in found.answers]
    objects = _objects(found, {label["name"]: label["color"] for label in labels})
    context = {
        "job": job,
        "found": found,
        "show": show,
        "task": found.task,
        "consensus": found.consensus,
        "panels": panels,
        "compared": any(panel.comparison for panel in panels),
        "blocked": set(blocking.blocks_of(requester=person(request)).values_list("worker__pseudonym", flat=True)),
        "objects": objects,
        "viewer": {
            "image": _image(request, found.task.image, "full"),
            "labels": labels,
            "layers": _layers(found, objects, panels) if drawn(labels) else [],
        },
        "drawn": drawn(labels),
    }
    return render(request, "marketplace/task_result.html", context)


def _panel(request: HttpRequest, found: TaskResult, given: GivenAnswer, labels: list[dict[str, Any]]) -> Panel:
    comparison = None
    if found.consensus and given.verdict and given.verdict.consensus_id == found.consensus.pk:
        objects, evidence = found.consensus.body["objects"], given.verdict.evidence
        comparison = compare(shapes=given.body["shapes"], objects=objects, evidence=evidence)
    layers = [{"name": "Answer", "style": "solid", "shapes": comparison.own if comparison else given.body["shapes"]}]
    if comparison:
        missed = [shape for shape in comparison.adopted if shape["status"] == "missed"]
        layers.append({"name": "Missed", "style": "dashed", "shapes": missed})
    image = _image(request, found.task.image, "1024")
    viewer = {"image": {**image, "alt": ""}, "labels": labels, "compact": True, "layers": layers}
    return Panel(given, comparison, viewer)


def _layers(found: TaskResult, objects: list[dict[str, Any]], panels: list[Panel]) -> list[dict[str, Any]]:
    """The consensus, and each answer to be switched on over it; without a consensus the answers show at once."""
    layers: list[dict[str, Any]] = []
    if found.consensus:
        layers.append({"name": "Consensus", "style": "solid", "shapes": [row["shape"] for row in objects]})
    for number, panel in enumerate(panels):
        who = panel.given.pseudonym
        shapes = [{**shape, "note": who} for shape in panel.given.body["shapes"]]
        style, hidden = STYLES[number % len(STYLES)], found.consensus is not None
        layers.append({"name": who, "style": style, "hidden": hidden, "shapes": shapes})
    return layers


def _objects(found: TaskResult, colors: Mapping[str, str]) -> list[dict[str, Any]]:
    """The adopted objects as rows of the table, numbered as in the picture's notes, with who saw each."""
    if found.consensus is None:
        return []
    names = {str(given.assignment.pk): given.pseudonym for given in found.answers}
    return [
        {
            **thing,
            "number": number,
            "color": colors.get(thing["label"], ""),
            "shape": {**thing, "note": f"{votes_noted(thing)['note']} · object {number}"},
            "by": [names[key] for key, _ in thing["sources"] if key in names],
        }
        for number, thing in enumerate(found.consensus.body["objects"], start=1)
    ]
