"""Images that votes could not decide: the answers side by side, and the person who decides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from marketplace import adjudicating, pictures, results
from marketplace.adjudicating import Choice
from marketplace.api.replies.jobs import labels_json
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import Job, Task
from marketplace.pages.access import admin_required, decider_required, person
from marketplace.pages.drawing import can_draw, seen_job
from marketplace.pages.results import drawn
from marketplace.results import GivenAnswer

A_LIST = 500


@dataclass(frozen=True)
class Panel:
    """One answer beside the picture. `number`: the key that chooses it, 1 to 9."""

    number: int
    given: GivenAnswer
    viewer: dict[str, Any]

    @property
    def key(self) -> str:
        """The id of its drawing in the page."""
        return f"answer-{self.given.assignment.pk}"


@admin_required
@require_safe
def undecided(request: HttpRequest) -> HttpResponse:
    """The jobs that leave their undecided images to admins."""
    jobs = adjudicating.jobs_waiting(admin=person(request))[:A_LIST]
    return render(request, "marketplace/undecided_jobs.html", {"jobs": jobs})


@decider_required
@require_safe
def job_undecided(request: HttpRequest, pid: str) -> HttpResponse:
    """The image of which a decision is worth most."""
    job = seen_job(request, pid)
    first = adjudicating.waiting(job=job).first()
    if first is None:
        return render(request, "marketplace/undecided.html", {"job": job})
    return redirect("task_undecided", pid, first.pk)


@decider_required
@require_http_methods(["GET", "POST"])
def task_undecided(request: HttpRequest, pid: str, task: int) -> HttpResponse:
    """One image: its answers side by side; one is picked, or several are merged."""
    job, error = seen_job(request, pid), ""
    found = get_object_or_404(Task.objects.select_related("image"), pk=task, job=job)
    chosen = request.POST.getlist("answer")
    if request.method == "POST":
        try:
            return _decide(request, job, found, chosen)
        except Refused as refused:
            error = refused.problems[0].message
    queue = list(adjudicating.waiting(job=job).values_list("pk", flat=True)[:A_LIST])
    at = queue.index(found.pk) if found.pk in queue else None
    given = results.given_answers(tasks=[found])[found.pk]
    labels = labels_json(job=job)
    panels = [_panel(request, found, labels, number, each) for number, each in enumerate(given, start=1)]
    context = {
        "job": job,
        "task": found,
        "consensus": results.consensus_of(tasks=[found]).get(found.pk),
        "panels": panels,
        "drawn": drawn(labels),
        "number": None if at is None else at + 1,
        "total": len(queue),
        "previous_id": queue[at - 1] if at else None,
        "next_id": queue[at + 1] if at is not None and at + 1 < len(queue) else None,
        "can_draw": can_draw(job),
        "may_decide": _may_decide(request, job),
        "chosen": chosen,
        "as_gold": "as_gold" in request.POST,
        "error": error,
        "viewer": _viewer(request, found, labels, panels),
    }
    return render(request, "marketplace/undecided.html", context, status=422 if error else 200)


def _may_decide(request: HttpRequest, job: Job) -> bool:
    try:
        adjudicating.demand_adjudicator(job=job, person=person(request))
    except Forbidden:
        return False
    return True


def _decide(request: HttpRequest, job: Job, task: Task, chosen: list[str]) -> HttpResponse:
    try:
        ids = [UUID(key) for key in chosen]
    except ValueError:
        raise Refused.one("answer", "not_an_answer", "There is no such answer to this image.") from None
    if not ids:
        raise Refused.one("answer", "required", "Choose at least one answer.")
    gold = "as_gold" in request.POST
    choice = Choice(pick=ids[0], as_gold=gold) if len(ids) == 1 else Choice(merge=ids, as_gold=gold)
    try:
        adjudicating.adjudicate(task_id=task.pk, person=person(request), choice=choice, now=timezone.now())
    except (Conflict, Forbidden) as no:
        messages.info(request, no.message)
        return redirect("task_undecided", job.public_id, task.pk)
    told = "The answer you picked is adopted." if len(ids) == 1 else f"{len(ids)} answers are merged and adopted."
    messages.success(request, f"{task.image.name}: {told} Nobody's pay was taken back.")
    return redirect(reverse("job_undecided", args=[job.public_id]))


def _panel(request: HttpRequest, task: Task, labels: list[dict[str, Any]], number: int, given: GivenAnswer) -> Panel:
    image = _image(request, task, "1024")
    layers = [{"name": given.pseudonym, "style": "solid", "shapes": given.body["shapes"]}]
    return Panel(number, given, {"image": {**image, "alt": ""}, "labels": labels, "compact": True, "layers": layers})


def _viewer(request: HttpRequest, task: Task, labels: list[dict[str, Any]], panels: list[Panel]) -> dict[str, Any]:
    """All answers over one picture, each to be switched on and off."""
    layers = [
        {
            "name": f"{panel.number}  {panel.given.pseudonym}",
            "style": ("solid", "dashed", "dotted")[(panel.number - 1) % 3],
            "shapes": [{**shape, "note": panel.given.pseudonym} for shape in panel.given.body["shapes"]],
        }
        for panel in panels
    ]
    return {"image": _image(request, task, "full"), "labels": labels, "layers": layers if drawn(labels) else []}


def _image(request: HttpRequest, task: Task, size: str) -> dict[str, Any]:
    image, viewer = task.image, person(request)
    url = pictures.signed_url(image_id=image.pk, viewer_id=viewer.pk, size=size, now=timezone.now())
    return {"url": url, "width": image.width, "height": image.height, "alt": image.name}
