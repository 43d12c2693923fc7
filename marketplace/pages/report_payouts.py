"""The admins' payout report: what each worker earned, was paid and is owed."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketplace.api.replies.reports import PAYOUT_COLUMNS
from marketplace.pages.access import admin_required
from marketplace.pages.periods import as_sheet, asked
from marketplace.reports.payouts import payout_report

A_PAGE = 50


@admin_required
@require_safe
def reports(request: HttpRequest) -> HttpResponse:
    """The way in to all reports; each leads to the others."""
    return redirect("report_payouts")


@admin_required
@require_safe
def report_payouts(request: HttpRequest) -> HttpResponse:
    """All workers of the period with the totals, held against the ledger; `?format=csv` as a sheet."""
    days = asked(query=request.GET.dict(), now=timezone.now())
    report = payout_report(period=days.period)
    if request.GET.get("format") == "csv" and not days.errors:
        return as_sheet(name="payouts", period=report.period, columns=PAYOUT_COLUMNS, rows=report.rows)
    page = Paginator(report.rows, A_PAGE).get_page(request.GET.get("page"))
    context = {"asked": days, "report": report, "page": page}
    return render(request, "marketplace/report_payouts.html", context, status=days.status)
