"""The job board, and one job before a worker accepts it."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.money import parse_amount
from marketplace import boards
from marketplace.drafting import instructions_of
from marketplace.models import Job
from marketplace.pages.access import person, worker_required


@worker_required
@require_safe
def work(request: HttpRequest) -> HttpResponse:
    """Jobs with work to do, page by page."""
    text = request.GET.get("page", "")
    page = int(text) if text.isascii() and text.isdigit() and len(text) < 5 else 1
    board = boards.open_jobs(worker=person(request), now=timezone.now(), page=max(1, page))
    return render(request, "marketplace/work.html", {"board": board, "floor": parse_amount(settings.FAIR_PAY_HOURLY)})


@worker_required
@require_safe
def work_job(request: HttpRequest, pid: str) -> HttpResponse:
    """What a job asks and pays, before one starts."""
    job = published_job(pid)
    context = {
        "row": boards.job_row(job=job, worker=person(request)),
        "job": job,
        "own": job.owner_id == person(request).pk,
        "instructions": instructions_of(job=job),
        "floor": parse_amount(settings.FAIR_PAY_HOURLY),
        "minutes": job.lease_seconds // 60,
    }
    return render(request, "marketplace/work_job.html", context)


def published_job(pid: str) -> Job:
    """A job that was published, by its id in addresses; drafts do not exist for workers."""
    jobs = Job.objects.exclude(state=Job.State.DRAFT).select_related("owner", "label_set")
    return get_object_or_404(jobs, public_id=pid)
