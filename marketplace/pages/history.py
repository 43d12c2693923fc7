"""A worker's answers, and what became of them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace import appealing, flags, late_pay, pictures
from marketplace import history as past
from marketplace.api.replies.jobs import labels_json
from marketplace.comparing import Comparison, compare
from marketplace.errors import Conflict, Refused
from marketplace.evidence import signs
from marketplace.history import OwnAnswer
from marketplace.models import Assignment, Review
from marketplace.models.appeal import LONGEST
from marketplace.pages.access import person, worker_required

A_PAGE = 25
LATEST = 10
"""So many late answers are shown."""
NOT_YOURS = "There is no such answer of yours."


@worker_required
@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """All answers, latest first."""
    worker, now = person(request), timezone.now()
    show = request.GET.get("show", "all")
    show = show if show in past.SHOWS else "all"
    page = Paginator(past.worker_history(worker=worker, show=show), A_PAGE).get_page(request.GET.get("page"))
    rows = [
        (row, pictures.signed_url(image_id=row.task.image_id, viewer_id=worker.pk, size="320", now=now)) for row in page
    ]
    turned_out = [(flag, signs(flag=flag)) for flag in flags.confirmed_against(worker=worker)]
    late = late_pay.of_worker(worker=worker)[:LATEST] if show == "all" and page.number == 1 else []
    context = {
        "page": page,
        "rows": rows,
        "show": show,
        "shows": past.SHOWS,
        "turned_out": turned_out,
        "late": late,
        "late_cap": late_pay.A_DAY_AT_MOST,
    }
    return render(request, "marketplace/history.html", context)


@worker_required
@require_safe
def answer(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """One answer beside the adopted one, with the reason."""
    return _page(request, assignment_id)


@worker_required
@require_POST
def answer_appeal(request: HttpRequest, assignment_id: UUID) -> HttpResponse:
    """Contest the rejection of one answer, or leave it at that."""
    worker, now, typed = person(request), timezone.now(), request.POST.get("reason", "")
    try:
        if "waive" in request.POST:
            appealing.waive(assignment_id=assignment_id, worker=worker, now=now)
            messages.success(request, "The rejection is final. Nothing was taken from you.")
        else:
            appealing.appeal(assignment_id=assignment_id, worker=worker, reason=typed, now=now)
            messages.success(request, "Your appeal is sent. Somebody else looks at your answer; you hear by e-mail.")
    except Assignment.DoesNotExist as gone:
        raise Http404(NOT_YOURS) from gone
    except Refused as refused:
        return _page(request, assignment_id, typed=typed, error=refused.problems[0].message)
    except Conflict as conflict:
        messages.info(request, conflict.message)
    return redirect("answer", assignment_id)


def _page(request: HttpRequest, assignment_id: UUID, *, typed: str = "", error: str = "") -> HttpResponse:
    worker = person(request)
    try:
        found = past.own_answer(worker=worker, assignment_id=assignment_id, now=timezone.now())
    except Assignment.DoesNotExist as gone:
        raise Http404(NOT_YOURS) from gone
    verdict = found.assignment.verdict
    comparison = None
    if found.consensus and verdict:
        comparison = compare(
            shapes=found.body["shapes"], objects=found.consensus.body["objects"], evidence=verdict.evidence
        )
    context = {
        "found": found,
        "assignment": found.assignment,
        "verdict": verdict,
        "reason_words": dict(Review.Reason.choices).get(verdict.reason) if verdict else None,
        "comparison": comparison,
        "paid_shapes": found.paid_shapes,
        "shapes_pay": found.paid_shapes * found.assignment.job.reward_per_shape,
        "answered": [shape for shape in found.body["shapes"] if shape["attributes"]],
        "viewer": _viewer(found, comparison, worker.pk),
        "longest": LONGEST,
        "typed": typed,
        "error": error,
    }
    return render(request, "marketplace/answer.html", context, status=422 if error else 200)


def _viewer(found: OwnAnswer, comparison: Comparison | None, viewer_id: int) -> dict[str, Any]:
    image = found.assignment.task.image
    url = pictures.signed_url(image_id=image.pk, viewer_id=viewer_id, now=timezone.now())
    layers = [{"name": "Yours", "style": "solid", "shapes": comparison.own if comparison else found.body["shapes"]}]
    if comparison:
        layers.append({"name": "Adopted", "style": "dashed", "shapes": comparison.adopted})
    return {
        "image": {"url": url, "width": image.width, "height": image.height, "alt": "The image of this answer"},
        "labels": labels_json(job=found.assignment.job),
        "layers": layers,
    }
