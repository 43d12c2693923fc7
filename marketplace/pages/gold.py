"""Known answers of a job, for its requester: see how they do, add some, take them out of use."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from marketplace import gold, gold_outcomes, pictures
from marketplace.errors import Conflict
from marketplace.gold import GoldReport
from marketplace.gold_places import shortage
from marketplace.models import Job
from marketplace.pages.access import own_job, person, requester_required
from qa.golden import has_gold
from qa.models import Gold
from qa.policy import Policy


@requester_required
@require_http_methods(["GET", "POST"])
def job_gold(request: HttpRequest, pid: str) -> HttpResponse:
    """The known answers, and a form for more: from files, or one written out."""
    job = own_job(request, pid)
    report, typed = None, {"image": "", "annotation": ""}
    if request.method == "POST":
        files = request.FILES.getlist("files")
        if files:
            report = gold.import_files(job=job, files=files, now=timezone.now())
        else:
            typed = {name: request.POST.get(name, "").strip() for name in typed}
            report = _one(job, **typed)
        if not report.refused:
            messages.success(request, f"{len(report.added)} known answer{'s' if len(report.added) != 1 else ''} added.")
            return redirect("job_gold", pid)
    viewer, now = person(request).pk, timezone.now()
    rows = [
        (found, pictures.signed_url(image_id=found.image_id, viewer_id=viewer, size="320", now=now))
        for found in gold.golds_of(job=job)
    ]
    context = {
        "job": job,
        "rows": rows,
        "report": report,
        "typed": typed,
        "handed": has_gold(policy=Policy.from_json(job.policy)),
        "alert": shortage(job=job),
        "accuracy": gold_outcomes.accuracy(job=job),
        "taking": job.state not in gold.ENDED,
    }
    return render(request, "marketplace/job_gold.html", context, status=422 if report else 200)


def _one(job: Job, *, image: str, annotation: str) -> GoldReport:
    try:
        written = json.loads(annotation)
    except ValueError:
        written = None
    number = int(image) if image.isdecimal() and len(image) < 18 else image
    return gold.add_many(job=job, rows=[("", number, written)], now=timezone.now())


@requester_required
@require_POST
def gold_move(request: HttpRequest, pid: str, known: int) -> HttpResponse:
    """Take a known answer out of use, or say that one in doubt is right."""
    job, act = own_job(request, pid), gold.confirm if request.POST.get("do") == "confirm" else gold.retire
    try:
        found = act(job=job, gold_id=known, now=timezone.now())
        messages.success(request, f"The answer to {found.image.name} is {found.get_state_display().lower()} now.")
    except Gold.DoesNotExist as gone:
        raise Http404("There is no such known answer.") from gone
    except Conflict as conflict:
        messages.info(request, conflict.message)
    return redirect("job_gold", pid)
