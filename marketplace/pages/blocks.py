"""The workers a requester has blocked."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace import blocking
from marketplace.models import Block, User
from marketplace.pages.access import own_job, person, requester_required

A_PAGE = 50
MAX_REASON = 200


@requester_required
@require_safe
def blocks(request: HttpRequest) -> HttpResponse:
    """Everybody the requester has blocked, and a form to block one more."""
    return _page(request)


def _page(request: HttpRequest, *, typed: str = "", reason: str = "", error: str = "") -> HttpResponse:
    page = Paginator(blocking.blocks_of(requester=person(request)), A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "typed": typed, "reason": reason, "error": error}
    return render(request, "marketplace/blocks.html", context, status=422 if error else 200)


@requester_required
@require_POST
def block_add(request: HttpRequest) -> HttpResponse:
    """Block a worker by pseudonym."""
    typed, reason = request.POST.get("worker", "").strip(), request.POST.get("reason", "")[:MAX_REASON]
    try:
        found = _block(request, typed, reason)
    except User.DoesNotExist:
        error = "Nobody of this name has worked in one of your jobs. Copy it from an answer on a results page."
        return _page(request, typed=typed, reason=reason, error=error)
    messages.success(request, f"{found.worker.pseudonym} gets no more images of your jobs.")
    return redirect("blocks")


@requester_required
@require_POST
def block_remove(request: HttpRequest, pseudonym: str) -> HttpResponse:
    """Let a worker in again."""
    try:
        blocking.unblock(requester=person(request), pseudonym=pseudonym, now=timezone.now())
    except Block.DoesNotExist as gone:
        raise Http404("Nobody of this name is blocked.") from gone
    messages.success(request, f"{pseudonym} may work on your jobs again.")
    return redirect("blocks")


@requester_required
@require_POST
def answer_block(request: HttpRequest, pid: str, task: int) -> HttpResponse:
    """Block the worker of an answer, from the page it is shown on."""
    job, show = own_job(request, pid), request.POST.get("show", "all")
    try:
        found = _block(request, request.POST.get("worker", ""))
    except User.DoesNotExist as stranger:
        raise Http404("Nobody of this name has worked in one of your jobs.") from stranger
    messages.success(request, f"{found.worker.pseudonym} gets no more images of your jobs.")
    shown = reverse("task_result", args=[job.public_id, task])
    return redirect(shown if show == "all" else f"{shown}?show={show}")


def _block(request: HttpRequest, pseudonym: str, reason: str = "") -> Block:
    return blocking.block(
        requester=person(request), pseudonym=pseudonym.replace("\x00", ""), reason=reason, now=timezone.now()
    )
