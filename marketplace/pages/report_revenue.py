"""The admins' revenue report: what the platform earned, what it cost, and what it holds for others."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketplace.pages.access import admin_required
from marketplace.pages.periods import as_sheet, asked
from marketplace.reports.revenue import COLUMNS, revenue_report

A_PAGE = 50


@admin_required
@require_safe
def report_revenue(request: HttpRequest) -> HttpResponse:
    """The days of the period with their total; `?format=csv` as a sheet."""
    days = asked(query=request.GET.dict(), now=timezone.now())
    report = revenue_report(period=days.period)
    if request.GET.get("format") == "csv" and not days.errors:
        return as_sheet(name="revenue", period=report.period, columns=COLUMNS, rows=report.rows)
    page = Paginator(report.rows, A_PAGE).get_page(request.GET.get("page"))
    context = {"asked": days, "report": report, "page": page}
    return render(request, "marketplace/report_revenue.html", context, status=days.status)
