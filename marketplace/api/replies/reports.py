"""Admins' reports as JSON and as rows of a sheet."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from marketplace.reports.payouts import SUMMED, PayoutReport, PayoutRow
from marketplace.reports.period import Period
from marketplace.reports.quality import JobQuality, QualityReport, WorkerQuality
from marketplace.reports.revenue import COLUMNS, RevenueDay, RevenueReport
from marketplace.reports.sheets import amount_cell

REVENUE_COLUMNS = COLUMNS
MONEY = frozenset(REVENUE_COLUMNS) - {"day"} | {
    "earned", "paid_out", "pending", "balance", "spent", "hourly", "cost_per_annotation", "cost_per_correct",
}  # fmt: skip
PAYOUT_COLUMNS = (
    "email", "pseudonym", "accepted", "rejected", "earned", "paid_ms", "hourly", "paid_out", "payouts", "failed",
    "pending", "balance",
)  # fmt: skip
MEASURES = ("answers", "accepted", "rejected", "acceptance", "agreement", "median_ms", "earned", "hourly", "throughput")
JOB_COLUMNS = (
    "name", "title", *MEASURES, "workers", "tasks", "disputed", "spent", "cost_per_annotation", "cost_per_correct",
    "alpha", "alpha_images", "gold_answers", "gold_accuracy",
)  # fmt: skip
WORKER_COLUMNS = ("name", "title", *MEASURES, "jobs", "gold_answers", "gold_accuracy")


class PeriodReply(s.Serializer):
    """Whole days in UTC, both included."""

    first = s.DateField()
    last = s.DateField()


class PayoutRowReply(s.Serializer):
    """One worker; `pending` and `balance` are as of now."""

    email = s.CharField()
    pseudonym = s.CharField()
    accepted = s.IntegerField()
    rejected = s.IntegerField()
    earned = s.CharField()
    paid_ms = s.IntegerField()
    hourly = s.CharField(allow_null=True)
    paid_out = s.CharField()
    payouts = s.IntegerField()
    failed = s.IntegerField()
    pending = s.CharField()
    balance = s.CharField()


class PayoutReportReply(s.Serializer):
    """What each worker earned, was paid and is owed."""

    period = PeriodReply()
    rows = PayoutRowReply(many=True)
    totals = s.DictField()


class RevenueDayReply(s.Serializer):
    """One day: what was earned and spent in it, and what was held for others at its end."""

    day = s.DateField()
    fees = s.CharField()
    bank_fees = s.CharField()
    losses = s.CharField()
    goodwill = s.CharField()
    result = s.CharField(help_text="Fees less bank fees, losses and goodwill.")
    in_wallets = s.CharField(help_text="Held for requesters, not yet promised to jobs.")
    in_escrow = s.CharField(help_text="Held for jobs.")
    owed_to_workers = s.CharField(help_text="Owed to workers, payouts that were not sent yet included.")


class RevenueReportReply(s.Serializer):
    """What the platform earned and what it cost, by day, the latest first."""

    period = PeriodReply()
    rows = RevenueDayReply(many=True)
    total = RevenueDayReply()


class _QualityRow(s.Serializer):
    name = s.CharField()
    title = s.CharField()
    answers = s.IntegerField()
    accepted = s.IntegerField()
    rejected = s.IntegerField()
    acceptance = s.FloatField()
    agreement = s.FloatField(allow_null=True, help_text="Null where people judged all answers by themselves.")
    median_ms = s.FloatField(allow_null=True)
    earned = s.CharField()
    hourly = s.CharField(allow_null=True)
    throughput = s.FloatField(allow_null=True, help_text="Accepted answers an hour of the time they are paid for.")
    gold_answers = s.IntegerField(help_text="Answers held against a known one.")
    gold_accuracy = s.FloatField(allow_null=True, help_text="The share of them that is right, 0 to 1.")


class JobQualityReply(_QualityRow):
    """One job: `name` is its id; `alpha` is Krippendorff's, of its latest answers, to `alpha_images` images."""

    workers = s.IntegerField()
    tasks = s.IntegerField()
    disputed = s.IntegerField()
    spent = s.CharField()
    cost_per_annotation = s.CharField(allow_null=True)
    cost_per_correct = s.CharField(
        allow_null=True, help_text="If accepted answers are right as often as those to known images; null if unknown."
    )
    alpha = s.FloatField(allow_null=True)
    alpha_images = s.IntegerField()


class WorkerQualityReply(_QualityRow):
    """One worker: `name` is their e-mail, `title` their pseudonym."""

    jobs = s.IntegerField()


class QualityReportReply(s.Serializer):
    """How far answers agree with what was adopted, lowest first."""

    period = PeriodReply()
    jobs = JobQualityReply(many=True)
    workers = WorkerQualityReply(many=True)


def shown(column: str, value: Any) -> Any:
    """A figure as it is sent: money as decimal text."""
    return amount_cell(value) if column in MONEY and value is not None else value


def row_json(*, row: PayoutRow | JobQuality | WorkerQuality | RevenueDay, columns: tuple[str, ...]) -> dict[str, Any]:
    """One row by column name."""
    return {column: shown(column, getattr(row, column)) for column in columns}


def payouts_json(*, report: PayoutReport) -> dict[str, Any]:
    """A PayoutReportReply."""
    return {
        "period": _period(report.period),
        "rows": [row_json(row=row, columns=PAYOUT_COLUMNS) for row in report.rows],
        "totals": {column: shown(column, report.totals[column]) for column in SUMMED},
    }


def revenue_json(*, report: RevenueReport) -> dict[str, Any]:
    """A RevenueReportReply."""
    return {
        "period": _period(report.period),
        "rows": [row_json(row=row, columns=REVENUE_COLUMNS) for row in report.rows],
        "total": row_json(row=report.total, columns=REVENUE_COLUMNS),
    }


def quality_json(*, report: QualityReport) -> dict[str, Any]:
    """A QualityReportReply."""
    return {
        "period": _period(report.period),
        "jobs": [row_json(row=row, columns=JOB_COLUMNS) for row in report.jobs],
        "workers": [row_json(row=row, columns=WORKER_COLUMNS) for row in report.workers],
    }


def _period(period: Period) -> dict[str, str]:
    return {"first": period.first.isoformat(), "last": period.last.isoformat()}
