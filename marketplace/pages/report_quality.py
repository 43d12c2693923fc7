"""The admins' quality report: how far answers agree with what was adopted, and what they cost."""

from __future__ import annotations

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from billing.money import parse_amount
from marketplace.api.replies.reports import JOB_COLUMNS, WORKER_COLUMNS
from marketplace.pages.access import admin_required
from marketplace.pages.periods import as_sheet, asked
from marketplace.reports.quality import quality_report

A_PAGE = 50
COLUMNS = {"jobs": JOB_COLUMNS, "workers": WORKER_COLUMNS}


@admin_required
@require_safe
def report_quality(request: HttpRequest) -> HttpResponse:
    """Jobs or workers, lowest agreement first; `?format=csv` as a sheet."""
    days = asked(query=request.GET.dict(), now=timezone.now())
    report = quality_report(period=days.period)
    about = "workers" if request.GET.get("about") == "workers" else "jobs"
    rows = report.workers if about == "workers" else report.jobs
    if request.GET.get("format") == "csv" and not days.errors:
        return as_sheet(name=f"quality-{about}", period=report.period, columns=COLUMNS[about], rows=rows)
    context = {
        "asked": days,
        "report": report,
        "about": about,
        "page": Paginator(rows, A_PAGE).get_page(request.GET.get("page")),
        "floor": parse_amount(settings.FAIR_PAY_HOURLY),
    }
    return render(request, "marketplace/report_quality.html", context, status=days.status)
