"""Practice and exam in the browser: drawn in the workspace, practice shown beside what is right."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketplace import exercising, pictures, standings
from marketplace.api.replies.jobs import labels_json
from marketplace.api.replies.work import handout_json
from marketplace.comparing import Comparison, compare
from marketplace.drafting import instructions_of
from marketplace.errors import Conflict, Forbidden
from marketplace.handouts import Handout
from marketplace.models import Exercise
from marketplace.pages.access import person, worker_required
from marketplace.pages.board import published_job
from marketplace.pages.label import workspace
from marketplace.previewing import NOBODY


@worker_required
@require_safe
def exercise(request: HttpRequest, pid: str) -> HttpResponse:
    """Answer the next question of practice or exam. Who has none is sent to the job's page, which says why."""
    job = published_job(request, pid)
    try:
        found = exercising.next_exercise(job=job, worker=person(request), now=timezone.now())
    except (Forbidden, Conflict) as refused:
        messages.info(request, refused.message)
        found = None
    if found is None:
        return redirect("work_job", pid)
    practice = found.attempt == exercising.PRACTICE
    of = exercising.sitting(enrolment=found.enrolment, attempt=found.attempt).of
    config = {
        "mode": "decide",
        "title": f"{'Practice' if practice else 'Exam'} {found.position} of {of}, not paid: ",
        "submit": "Check my answer" if practice else "Answer and go on",
        "decision": {},
        "urls": {
            "decide": reverse("api:exercise-answer", args=[found.pk]),
            "exit": reverse("work_job", args=[pid]),
            "done": reverse("exercise_mark", args=[found.pk]) if practice else reverse("exercise", args=[pid]),
        },
        "first": _first(request, found),
    }
    return workspace(request, job, config)


@worker_required
@require_safe
def exercise_mark(request: HttpRequest, exercise_id: UUID) -> HttpResponse:
    """One's answer to a practice image beside what is right."""
    worker, now = person(request), timezone.now()
    try:
        found = exercising.own_exercise(exercise_id=exercise_id, worker=worker)
    except Exercise.DoesNotExist as gone:
        raise Http404("There is no such practice image of yours.") from gone
    body, known = found.body or {}, found.question.known
    comparison = compare(shapes=body["shapes"], objects=known["shapes"], evidence=found.evidence)
    context = {
        "exercise": found,
        "job": found.enrolment.job,
        "standing": standings.standing_of(enrolment=found.enrolment, now=now),
        "comparison": comparison,
        "own_tags": body["tags"],
        "known_tags": known["tags"],
        "viewer": _viewer(found, comparison, worker.pk),
    }
    return render(request, "marketplace/exercise.html", context)


def _first(request: HttpRequest, found: Exercise) -> dict[str, Any]:
    """The question as the workspace opens an image."""
    image, job, now = found.question.image, found.enrolment.job, timezone.now()
    handout = Handout(
        assignment_id=NOBODY,
        lease_expires_at=now,
        image_id=image.pk,
        image_width=image.width,
        image_height=image.height,
        job=job,
        instructions_version=instructions_of(job=job).version,
    )
    return {**handout_json(handout=handout, viewer=person(request), now=now), "reward": None}


def _viewer(found: Exercise, comparison: Comparison, viewer_id: int) -> dict[str, Any]:
    image = found.question.image
    url = pictures.signed_url(image_id=image.pk, viewer_id=viewer_id, now=timezone.now())
    return {
        "image": {"url": url, "width": image.width, "height": image.height, "alt": "The practice image"},
        "labels": labels_json(job=found.enrolment.job),
        "layers": [
            {"name": "Yours", "style": "solid", "shapes": comparison.own},
            {"name": "Right", "style": "dashed", "shapes": comparison.adopted},
        ],
    }
