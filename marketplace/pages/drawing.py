"""A person's own answer where votes could not decide, or to correct another's: drawn in the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from annotation.label_sets import known_taxonomy
from marketplace import adjudicating, results
from marketplace.api.replies.work import handout_json
from marketplace.drafting import instructions_of
from marketplace.handouts import Handout
from marketplace.models import Job, Review, Task
from marketplace.pages.access import decider_required, own_job, person, requester_required
from marketplace.pages.label import workspace
from marketplace.previewing import NOBODY

DRAWN_HERE = {"box", "tag"}
"""What the workspace has tools for; other shapes are sent over the API."""


def can_draw(job: Job) -> bool:
    """Whether all that a job asks for can be drawn in the workspace."""
    return all(label.shapes <= DRAWN_HERE for label in known_taxonomy(label_set_id=job.label_set_id).labels)


def seen_job(request: HttpRequest, pid: str) -> Job:
    """A job whose undecided images are this person's to see, or 404."""
    job = get_object_or_404(Job.objects.select_related("label_set", "owner"), public_id=pid)
    if not adjudicating.may_see(job=job, person=person(request)):
        raise Http404("There is no such job for you to decide.")
    return job


@decider_required
@require_safe
def task_draw(request: HttpRequest, pid: str, task: int) -> HttpResponse:
    """Decide an image by one's own drawing, beginning with what is adopted now."""
    job = seen_job(request, pid)
    found = get_object_or_404(Task.objects.select_related("image"), pk=task, job=job)
    adopted = results.consensus_of(tasks=[found]).get(found.pk)
    urls = {
        "decide": reverse("api:task-adjudicate", args=[found.pk]),
        "exit": reverse("task_undecided", args=[pid, found.pk]),
    }
    return _workspace(request, job, found, begun=_as_answer(adopted.body) if adopted else None, urls=urls, decision={})


@requester_required
@require_safe
def review_draw(request: HttpRequest, pid: str, assignment_id: UUID) -> HttpResponse:
    """Correct an answer that waits, beginning with it."""
    job = own_job(request, pid)
    rows = Review.objects.select_related("annotation", "assignment__task__image")
    review = get_object_or_404(rows, job=job, assignment=assignment_id, said="")
    urls = {
        "decide": reverse("api:assignment-decide", args=[assignment_id]),
        "exit": f"{reverse('job_review', args=[pid])}?answer={assignment_id}",
    }
    begun = {name: value for name, value in review.annotation.body.items() if name != "timing"}
    decision = {"decision": "fix"}
    return _workspace(request, job, review.assignment.task, begun=begun, urls=urls, decision=decision)


def _as_answer(body: Mapping[str, Any]) -> dict[str, Any]:
    """An adopted answer as one that could have been given."""
    names = ("type", "label", "attributes", "bbox")
    shapes = [{name: found[name] for name in names if name in found} for found in body["objects"]]
    return {"schema": 1, "tags": [tag["label"] for tag in body["tags"]], "shapes": shapes, "empty": body["empty"]}


def _workspace(
    request: HttpRequest,
    job: Job,
    task: Task,
    *,
    begun: dict[str, Any] | None,
    urls: dict[str, str],
    decision: dict[str, str],
) -> HttpResponse:
    if not can_draw(job):
        raise Http404("The shapes of this job are sent over the API.")
    now = timezone.now()
    handout = Handout(
        assignment_id=NOBODY,
        lease_expires_at=now,
        image_id=task.image_id,
        image_width=task.image.width,
        image_height=task.image.height,
        job=job,
        instructions_version=instructions_of(job=job).version,
        draft_revision=None if begun is None else 0,
        draft_body=begun,
    )
    first = {**handout_json(handout=handout, viewer=person(request), now=now), "reward": None}
    return workspace(request, job, {"mode": "decide", "urls": urls, "first": first, "decision": decision})
