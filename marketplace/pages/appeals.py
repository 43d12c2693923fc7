"""Deciding appeals: the queue, and one case without names."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from marketplace import hearing, pictures
from marketplace.api.replies.jobs import labels_json
from marketplace.comparing import Comparison, compare
from marketplace.errors import Conflict, Refused
from marketplace.hearing import Case
from marketplace.models import Appeal
from marketplace.models.appeal import LONGEST
from marketplace.pages.access import decider_required, person

A_PAGE = 25
CHOICES = {"uphold": (True, False), "adopt": (True, True), "reject": (False, False)}
"""What can be chosen: whether the appeal is upheld, and whether its answer is adopted too."""


@decider_required
@require_safe
def appeals(request: HttpRequest) -> HttpResponse:
    """What waits for a decision, the most urgent first; or what was decided."""
    show = request.GET.get("show", "open")
    show = show if show in hearing.SHOWS else "open"
    found = hearing.appeals_for(decider=person(request), show=show)
    page = Paginator(found, A_PAGE).get_page(request.GET.get("page"))
    return render(request, "marketplace/appeals.html", {"page": page, "show": show, "shows": hearing.SHOWS})


@decider_required
@require_http_methods(["GET", "POST"])
def appeal(request: HttpRequest, appeal_id: UUID) -> HttpResponse:
    """One case: the answer against the adopted one, the rule, the reason; and the decision."""
    decider, error, at = person(request), "", ""
    typed = {name: request.POST.get(name, "") for name in ("decision", "answer")}
    try:
        if request.method == "POST":
            try:
                return _decide(request, appeal_id, typed)
            except Refused as refused:
                at, error = refused.problems[0].field, refused.problems[0].message
        case = hearing.case(decider=decider, appeal_id=appeal_id)
    except Appeal.DoesNotExist as gone:
        raise Http404("There is no such appeal for you to decide.") from gone
    comparison = None
    if case.consensus:
        comparison = compare(shapes=case.body["shapes"], objects=case.consensus.body["objects"], evidence=case.evidence)
    context = {
        "case": case,
        "appeal": case.appeal,
        "job": case.appeal.assignment.job,
        "comparison": comparison,
        "viewer": _viewer(case, comparison, decider.pk),
        "longest": LONGEST,
        "typed": typed,
        "error": error,
        "at": at,
    }
    return render(request, "marketplace/appeal.html", context, status=422 if error else 200)


def _decide(request: HttpRequest, appeal_id: UUID, typed: dict[str, str]) -> HttpResponse:
    if typed["decision"] not in CHOICES:
        raise Refused.one("decision", "choice", "Choose what becomes of the answer.")
    uphold, adopt = CHOICES[typed["decision"]]
    try:
        hearing.decide(
            decider=person(request),
            appeal_id=appeal_id,
            uphold=uphold,
            answer=typed["answer"],
            adopt=adopt,
            now=timezone.now(),
        )
    except Conflict as conflict:
        messages.info(request, conflict.message)  # somebody was first
        return redirect("appeal", appeal_id)
    messages.success(request, "Upheld. The answer is paid." if uphold else "The rejection stands and is final.")
    return redirect("appeals")


def _viewer(case: Case, comparison: Comparison | None, viewer_id: int) -> dict[str, Any]:
    image = case.appeal.assignment.task.image
    url = pictures.signed_url(image_id=image.pk, viewer_id=viewer_id, now=timezone.now())
    shapes = comparison.own if comparison else case.body["shapes"]
    layers = [{"name": "The answer", "style": "solid", "shapes": shapes}]
    if comparison:
        layers.append({"name": "Adopted", "style": "dashed", "shapes": comparison.adopted})
    return {
        "image": {"url": url, "width": image.width, "height": image.height, "alt": "The image of this answer"},
        "labels": labels_json(job=case.appeal.assignment.job),
        "layers": layers,
    }
