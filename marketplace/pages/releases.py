"""A job's releases: make one, and download any of them."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace import releases, results
from marketplace.errors import Conflict
from marketplace.models import Release
from marketplace.pages.access import own_job, person, requester_required

A_PAGE = 25


@requester_required
@require_safe
def job_releases(request: HttpRequest, pid: str) -> HttpResponse:
    """Every version of a job's dataset, newest first."""
    job = own_job(request, pid)
    page = Paginator(Release.objects.filter(job=job).order_by("-number"), A_PAGE).get_page(request.GET.get("page"))
    counts = results.counts(job=job)
    latest = page[0] if page.number == 1 and len(page) else None
    context = {
        "job": job,
        "page": page,
        "latest": latest,
        "earlier": [release for release in page if release != latest],
        "settled": counts["settled"],
        "total": counts["all"],
    }
    return render(request, "marketplace/releases.html", context)


@requester_required
@require_POST
def release_make(request: HttpRequest, pid: str) -> HttpResponse:
    """Freeze what is settled now."""
    try:
        made = releases.make_release(job=own_job(request, pid), by=person(request), now=timezone.now())
        messages.success(request, f"Release {made.number} is made. It will never change.")
    except Conflict as conflict:
        messages.error(request, conflict.message)
    return redirect("job_releases", pid)


@requester_required
@require_safe
def release_file(request: HttpRequest, release: str) -> FileResponse:
    """One release as a COCO file, the same bytes each time."""
    mine = Release.objects.select_related("job").filter(job__owner=person(request))
    found = get_object_or_404(mine, public_id=release)
    response = FileResponse(
        releases.open_release(release=found),
        as_attachment=True,
        filename=releases.file_name(release=found),
        content_type="application/json",
    )
    response["ETag"] = f'"{found.sha256}"'
    response["Cache-Control"] = "private, no-cache"
    return response
