"""The job board, and one job before a worker accepts it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from billing.money import parse_amount
from marketplace import boards, enrolling, payout_setup, standings
from marketplace.drafting import instructions_of
from marketplace.errors import Conflict, Forbidden
from marketplace.models import Job
from marketplace.pages.access import person, worker_required


@worker_required
@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """Jobs with work to do, page by page."""
    text = request.GET.get("page", "")
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
    board = boards.open_jobs(worker=person(request), now=timezone.now(), page=max(1, page))
    context = {
        "board": board,
        "floor": parse_amount(settings.FAIR_PAY_HOURLY),
        "about_pay": payout_setup.unreachable(worker=person(request)),
    }
    return render(request, "marketplace/work.html", context)


@worker_required
@require_safe
def work_job(request: HttpRequest, pid: str) -> HttpResponse:
    """What a job asks and pays, before one starts."""
    job, key = published_job(request, pid), request.GET.get("key", "")
    row = boards.job_row(job=job, worker=person(request), now=timezone.now())
    context = {
        "row": row,
        "missing": row.missing,
        "standing": standings.standing_in(job=job, worker=person(request), now=timezone.now()),
        "ahead": standings.ahead(job=job),
        "job": job,
        "key": key,
        "obstacle": enrolling.obstacle(job=job, worker=person(request), now=timezone.now(), key=key),
        "instructions": instructions_of(job=job),
        "floor": parse_amount(settings.FAIR_PAY_HOURLY),
        "minutes": job.lease_seconds // 60,
        "about_pay": payout_setup.warning(worker=person(request)),
    }
    return render(request, "marketplace/work_job.html", context)


@worker_required
@require_POST
def work_enrol(request: HttpRequest, pid: str) -> HttpResponse:
    """Take part in a job by the key of its link, and begin. Who may not is sent to the job's page, which says why."""
    key = request.POST.get("key", "")
    job = published_job(request, pid, key=key)
    try:
        enrolment = enrolling.enrol(job=job, worker=person(request), now=timezone.now(), key=key)
    except (Forbidden, Conflict) as refused:
        messages.info(request, refused.message)
        return redirect(f"{reverse('work_job', args=[pid])}?{urlencode({'key': key})}")
    return redirect("label" if enrolment.admitted_by else "exercise", pid)


def published_job(request: HttpRequest, pid: str, *, key: str = "") -> Job:
    """A job the person may know of, by its id and `key`, which is the address's unless given; else 404."""
    job = get_object_or_404(Job.objects.select_related("owner", "label_set"), public_id=pid)
    if not enrolling.may_know(job=job, person=person(request), key=key or request.GET.get("key", "")):
        raise Http404
    return job
