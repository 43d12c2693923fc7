"""Yearly totals: a worker's own as a file, and all workers' for admins."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketplace.pages.access import admin_required, person, worker_required
from marketplace.reports.sheets import amount_cell, sheet
from marketplace.yearly import COLUMNS, WorkerYear, year_report, years_of

A_PAGE = 50
FIRST, LAST = 2000, 2999


@admin_required
@require_safe
def report_years(request: HttpRequest) -> HttpResponse:
    """What each worker earned and was paid in a calendar year; `?format=csv` as a sheet."""
    typed, this_year = request.GET.get("year", ""), timezone.now().year
    known = typed.isascii() and typed.isdigit() and FIRST <= int(typed[:9]) <= LAST
    year = int(typed) if known else this_year
    report = year_report(year=year)
    if request.GET.get("format") == "csv":
        return _file(f"years-{year}", sheet(columns=COLUMNS, rows=map(_cells, report.rows)))
    page = Paginator(report.rows, A_PAGE).get_page(request.GET.get("page"))
    years = sorted({*report.years, year, this_year}, reverse=True)
    return render(request, "marketplace/report_years.html", {"report": report, "page": page, "years": years})


@worker_required
@require_safe
def earnings_years(request: HttpRequest) -> HttpResponse:
    """One's own yearly totals as a file."""
    rows = [(row.year, amount_cell(row.earned), amount_cell(row.paid_out)) for row in years_of(worker=person(request))]
    return _file("my-years", sheet(columns=("year", "earned", "paid_out"), rows=rows))


def _cells(row: WorkerYear) -> list[object]:
    money = (amount_cell(row.earned), amount_cell(row.paid_out))
    return [row.year, row.name, row.email, row.pseudonym, row.country, *money]


def _file(name: str, text: str) -> HttpResponse:
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="tally-{name}.csv"'
    return response
