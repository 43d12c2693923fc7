"""A requester's images for practice and exam: sent as files, their known answers drawn in the workspace."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from annotation.images import ImageRefused
from marketplace import pictures, questions
from marketplace.api.replies.jobs import labels_json
from marketplace.api.replies.work import handout_json
from marketplace.drafting import instructions_of
from marketplace.eligibility import requirements_of
from marketplace.errors import Conflict, Refused
from marketplace.handouts import Handout
from marketplace.models import Job, Question
from marketplace.models.exercise import QuestionKind
from marketplace.pages.access import own_job, person, requester_required
from marketplace.pages.label import by_program, workspace
from marketplace.previewing import NOBODY
from marketplace.uploading import takes_images


@requester_required
@require_http_methods(["GET", "POST"])
def job_questions(request: HttpRequest, pid: str) -> HttpResponse:
    """See a job's practice and exam images; send one more."""
    job = own_job(request, pid)
    if request.method == "POST":
        return _add(request, job)
    rows = [(row, _thumbnail(request, row)) for row in questions.questions_of(job=job)]
    exam = requirements_of(job=job).exam
    context = {
        "job": job,
        "groups": [(kind, [each for each in rows if each[0].kind == kind]) for kind in QuestionKind.values],
        "exam": exam,
        "short": exam and exam.questions > questions.usable(job=job, kind=QuestionKind.EXAM).count(),
        "draft": job.state == Job.State.DRAFT,
        "taking": takes_images(job=job),
        "drawn_here": not by_program(labels=labels_json(job=job)),
        "preparing": any(row.image.state == "checked" for row, _ in rows),
    }
    return render(request, "marketplace/job_questions.html", context)


def _add(request: HttpRequest, job: Job) -> HttpResponse:
    file, kind = request.FILES.get("image"), request.POST.get("kind", "")
    if file is None:
        messages.error(request, "Choose a file.")
        return redirect("job_questions", job.public_id)
    try:
        questions.add_question(job=job, kind=kind, file=file, payload=None, now=timezone.now())
        messages.success(request, "Added. Now draw its answer: until then nobody is asked it.")
    except ImageRefused as refused:
        messages.error(request, f"{refused.name}: {refused.message}")
    except Refused as refused:
        messages.error(request, refused.problems[0].message)
    except Conflict as conflict:
        messages.error(request, conflict.message)
    return redirect("job_questions", job.public_id)


@requester_required
@require_safe
def question_draw(request: HttpRequest, pid: str, question: int) -> HttpResponse:
    """Draw the known answer to a question, beginning with the one it has."""
    job, now = own_job(request, pid), timezone.now()
    found = get_object_or_404(Question.objects.select_related("image"), pk=question, job=job, image__state="ready")
    begun = {name: value for name, value in (found.answer or {}).items() if name != "timing"}
    handout = Handout(
        assignment_id=NOBODY,
        lease_expires_at=now,
        image_id=found.image_id,
        image_width=found.image.width,
        image_height=found.image.height,
        job=job,
        instructions_version=instructions_of(job=job).version,
        draft_revision=0 if begun else None,
        draft_body=begun or None,
    )
    config = {
        "mode": "decide",
        "title": f"Known answer for {found.get_kind_display()}: ",
        "submit": "Keep this answer",
        "decision": {},
        "urls": {
            "decide": reverse("api:job-question-answer", args=[pid, found.pk]),
            "exit": reverse("job_questions", args=[pid]),
        },
        "first": {**handout_json(handout=handout, viewer=person(request), now=now), "reward": None},
    }
    return workspace(request, job, config)


@requester_required
@require_POST
def question_remove(request: HttpRequest, pid: str, question: int) -> HttpResponse:
    """Take a question out of a draft."""
    try:
        questions.remove_question(job=own_job(request, pid), question_id=question)
        messages.success(request, "The image is removed.")
    except Question.DoesNotExist:
        messages.info(request, "That image was removed already.")
    except Conflict as conflict:
        messages.error(request, conflict.message)
    return redirect("job_questions", pid)


def _thumbnail(request: HttpRequest, question: Question) -> str | None:
    if question.image.state != "ready":
        return None
    viewer = person(request).pk
    return pictures.signed_url(image_id=question.image_id, viewer_id=viewer, size="320", now=timezone.now())
