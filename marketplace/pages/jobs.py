"""A requester's jobs: the list, one job's page, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_POST, require_safe

from billing.money import CENT
from marketplace import closing, drafting, overview, posting, review_queue
from marketplace.errors import Conflict, Refused, ShortOfFunds
from marketplace.models import Job
from marketplace.pages.access import View, own_job, person, requester_required
from marketplace.templatetags.tally import money

A_PAGE = 20


@requester_required
@require_safe
def jobs(request: HttpRequest) -> HttpResponse:
    """All of one's jobs, newest first."""
    page = Paginator(overview.jobs_of(owner=person(request)), A_PAGE).get_page(request.GET.get("page"))
    rows = overview.rows(jobs=list(page), now=timezone.now())
    return render(request, "marketplace/jobs.html", {"page": page, "rows": rows})


@requester_required
@require_safe
def job(request: HttpRequest, pid: str) -> HttpResponse:
    """One job: how it goes, what it costs, and what can be done now."""
    return _page(request, own_job(request, pid))


@requester_required
@require_safe
def job_progress(request: HttpRequest, pid: str) -> HttpResponse:
    """The part of a job's page that changes by itself (htmx); the whole page when other things can be done now."""
    context = _shown(own_job(request, pid))
    if request.GET.get("was", context["shown"].marker) != context["shown"].marker:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "marketplace/_job_progress.html", context)


def _page(request: HttpRequest, found: Job, *, typed: str | None = None, error: str = "") -> HttpResponse:
    context = {
        **_shown(found),
        "waiting": review_queue.counts(job=found),
        "typed": typed,
        "error": error,
        "key": get_random_string(20),
    }
    return render(request, "marketplace/job.html", context, status=422 if error else 200)


def _shown(found: Job) -> dict[str, Any]:
    return {"shown": overview.overview(job=found, now=timezone.now()), "job": found}


@requester_required
@require_POST
def job_duplicate(request: HttpRequest, pid: str) -> HttpResponse:
    """Copy a job as a new draft."""
    copy = drafting.duplicate_job(job=own_job(request, pid), now=timezone.now())
    messages.success(request, "Copied. The copy has the same terms and no images yet.")
    return redirect("job_edit", copy.public_id)


@requester_required
@require_POST
def job_delete(request: HttpRequest, pid: str) -> HttpResponse:
    """Delete a draft."""
    try:
        drafting.delete_draft(job=own_job(request, pid))
    except Conflict as conflict:
        messages.error(request, conflict.message)
        return redirect("job", pid)
    messages.success(request, "The draft is deleted.")
    return redirect("jobs")


@requester_required
@require_POST
def job_publish(request: HttpRequest, pid: str) -> HttpResponse:
    """Hold the money and publish; a wallet that is short says by how much."""
    try:
        confirmed = request.POST.get("confirm_low_pay") == "1"
        posting.publish(job=own_job(request, pid), now=timezone.now(), confirm_low_pay=confirmed)
    except ShortOfFunds as short:
        missing = -(-(short.needed - short.available) // CENT) * CENT
        messages.error(request, f"Your wallet is short by {money(missing)}. Add money, then publish.")
    except Refused as refused:
        messages.error(request, refused.problems[0].message)
    except Conflict as conflict:
        messages.info(request, conflict.message)  # most often a second click
    return redirect("job", pid)


def _change(words: str, call: Callable[..., Job]) -> View:
    @requester_required
    @require_POST
    def view(request: HttpRequest, pid: str) -> HttpResponse:
        found, now = own_job(request, pid), timezone.now()
        try:
            call(job=found, now=now)
            messages.success(request, words)
        except Conflict as conflict:
            messages.info(request, conflict.message)
        return redirect("job", pid)

    return view


job_pause = _change("Paused. Work already begun can still be submitted and is paid.", posting.pause)
job_resume = _change("Open again.", posting.resume)
job_close = _change("Closed to new work. Money that is free is back in your wallet.", closing.close)


@requester_required
@require_POST
def job_instructions(request: HttpRequest, pid: str) -> HttpResponse:
    """Give a job new instructions: a new version."""
    found, text = own_job(request, pid), request.POST.get("text", "").replace("\r\n", "\n")
    try:
        version = drafting.revise_instructions(job=found, text=text, now=timezone.now())
        messages.success(request, f"Version {version.version} is in force for answers from now on.")
    except Refused as refused:
        return _page(request, found, typed=text, error=refused.problems[0].message)
    except Conflict as conflict:
        messages.error(request, conflict.message)
    return redirect("job", pid)
