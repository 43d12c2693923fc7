"""Admins' reports, as JSON or as CSV."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace.api.base import Endpoint, chosen
from marketplace.api.replies import reports as replies
from marketplace.api.roles import IsAdmin
from marketplace.reports.payouts import payout_report
from marketplace.reports.period import Period, parse_period
from marketplace.reports.quality import quality_report
from marketplace.reports.revenue import revenue_report
from marketplace.reports.sheets import sheet

FORMATS = ("json", "csv")
ABOUT = ("jobs", "workers")
SPAN = [
    OpenApiParameter("from", OpenApiTypes.DATE, description="First day; 30 days up to `to` when absent."),
    OpenApiParameter("to", OpenApiTypes.DATE, description="Last day; today when absent."),
    OpenApiParameter("format", str, enum=FORMATS),
]


class _Report(Endpoint):
    """A report over a span of days."""

    who = {"GET": IsAdmin}

    def period(self, request: Request) -> Period:
        """The days asked for."""
        asked = request.query_params
        return parse_period(first=asked.get("from", ""), last=asked.get("to", ""), now=self.now)

    def as_sheet(self, name: str, period: Period, columns: tuple[str, ...], rows: Iterable[object]) -> HttpResponse:
        """The CSV file of some rows."""
        cells = [[replies.shown(column, getattr(row, column)) for column in columns] for row in rows]
        response = HttpResponse(sheet(columns=columns, rows=cells), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="tally-{name}-{period.first}-{period.last}.csv"'
        return response


class PayoutReport(_Report):
    """What each worker earned, was paid and is owed."""

    @extend_schema(
        summary="What each worker earned, was paid and is owed",
        parameters=SPAN,
        responses={(200, "application/json"): replies.PayoutReportReply, (200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        report = payout_report(period=self.period(request))
        if chosen(request, "format", FORMATS) == "csv":
            return self.as_sheet("payouts", report.period, replies.PAYOUT_COLUMNS, report.rows)
        return Response(replies.payouts_json(report=report))


class QualityReport(_Report):
    """How far answers agree with what was adopted."""

    @extend_schema(
        summary="How far answers agree with what was adopted, by job and by worker",
        parameters=[*SPAN, OpenApiParameter("about", str, enum=ABOUT, description="Which table the CSV holds.")],
        responses={(200, "application/json"): replies.QualityReportReply, (200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        report = quality_report(period=self.period(request))
        about = chosen(request, "about", ABOUT)
        if chosen(request, "format", FORMATS) == "csv":
            if about == "jobs":
                return self.as_sheet("quality-jobs", report.period, replies.JOB_COLUMNS, report.jobs)
            return self.as_sheet("quality-workers", report.period, replies.WORKER_COLUMNS, report.workers)
        return Response(replies.quality_json(report=report))


class RevenueReport(_Report):
    """What the platform earned, what it cost, and what it holds for others."""

    @extend_schema(
        summary="What the platform earned, what it cost, and what it holds for others, by day",
        parameters=SPAN,
        responses={(200, "application/json"): replies.RevenueReportReply, (200, "text/csv"): OpenApiTypes.STR},
    )
    def get(self, request: Request) -> HttpResponse:
        report = revenue_report(period=self.period(request))
        if chosen(request, "format", FORMATS) == "csv":
            return self.as_sheet("revenue", report.period, replies.REVENUE_COLUMNS, report.rows)
        return Response(replies.revenue_json(report=report))
