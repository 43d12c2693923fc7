"""The images of a job: sent in batches, refused one by one, shown as they become ready."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from marketplace import pictures, uploading
from marketplace.errors import Conflict, Refused
from marketplace.models import Job, Task
from marketplace.pages.access import own_job, person, requester_required

A_PAGE = 60


@requester_required
@require_http_methods(["GET", "POST"])
def job_images(request: HttpRequest, pid: str) -> HttpResponse:
    """See a job's images; send more. A script gets JSON, a plain form a page."""
    job = own_job(request, pid)
    report = None
    if request.method == "POST":
        try:
            report = uploading.add_images(job=job, files=request.FILES.getlist("files"), now=timezone.now())
        except Refused as full:
            return _not_taken(request, full.problems[0].message, status=422, back=redirect("job_images", pid))
        except Conflict as conflict:
            return _not_taken(request, conflict.message, status=409, back=redirect("job", pid))
        if not request.accepts("text/html"):
            refused = [{"name": file.name, "message": file.message} for file in report.refused]
            return JsonResponse({"added": len(report.added), "refused": refused})
    # Images are numbered in the order of their positions, and only their numbers are indexed for a whole job.
    tasks = job.tasks.select_related("image").order_by("image_id")
    page = Paginator(tasks, A_PAGE).get_page(request.GET.get("page"))
    context = {
        "job": job,
        "page": page,
        "photos": [(task, _thumbnail(request, task)) for task in page],
        "report": report,
        "draft": job.state == Job.State.DRAFT,
        "taking": uploading.takes_images(job=job),
        "preparing": any(task.image.state == "checked" for task in page),
    }
    return render(request, "marketplace/job_images.html", context)


def _not_taken(request: HttpRequest, message: str, *, status: int, back: HttpResponse) -> HttpResponse:
    """Nothing of the batch was taken: the words for a script, or a page to read them on."""
    if not request.accepts("text/html"):
        return JsonResponse({"detail": message}, status=status)
    messages.error(request, message)
    return back


def _thumbnail(request: HttpRequest, task: Task) -> str | None:
    if task.image.state != "ready":
        return None
    viewer = person(request).pk
    return pictures.signed_url(image_id=task.image_id, viewer_id=viewer, size="320", now=timezone.now())


@requester_required
@require_POST
def job_image_remove(request: HttpRequest, pid: str, task: int) -> HttpResponse:
    """Take out one image that is not paid for."""
    try:
        uploading.remove_image(job=own_job(request, pid), task_id=task)
        messages.success(request, "The image is removed.")
    except Task.DoesNotExist:
        messages.info(request, "That image was removed already.")
    except Conflict as conflict:
        messages.error(request, conflict.message)
    return redirect("job_images", pid)
