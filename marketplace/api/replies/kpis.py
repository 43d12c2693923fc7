"""A job's figures as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from billing.money import format_amount
from marketplace.api.replies.jobs import hourly_json
from marketplace.progress import Progress


class KpiReply(s.Serializer):
    """A job's figures now. Money as decimal text, shares and agreement 0 to 1.

    `alpha` is Krippendorff's, of the latest answers, to `alpha_images` images: up to 1, 0 is what chance gives.
    `replaced`: answers in whose stead others were asked, as their worker was turned out for spam.
    """

    tasks = s.IntegerField()
    settled = s.IntegerField()
    disputed = s.IntegerField()
    answers = s.IntegerField()
    answers_wanted = s.IntegerField()
    submitted = s.IntegerField()
    accepted = s.IntegerField()
    rejected = s.IntegerField()
    workers = s.IntegerField()
    agreement = s.FloatField(allow_null=True)
    alpha = s.FloatField(allow_null=True)
    alpha_images = s.IntegerField()
    replaced = s.IntegerField()
    share_settled = s.FloatField()
    spent = s.CharField()
    committed = s.CharField()
    free = s.CharField()
    reserve = s.CharField(help_text="What the fair-pay reserve holds.")
    top_ups = s.CharField(help_text="Paid out of it, fees included; not in `spent`.")
    bonuses = s.CharField(help_text="Paid out of the wallet, fees included; neither in `spent` nor in `at_most`.")
    expected = s.CharField()
    at_most = s.CharField()
    burned = s.FloatField(allow_null=True, help_text="The share of `at_most` that is spent, `top_ups` included.")
    forecast = s.CharField()
    cost_per_annotation = s.CharField(allow_null=True)
    answers_saved = s.IntegerField(help_text="Adaptive overlap: answers that settled images did without, of the most.")
    saved = s.CharField(help_text="What these answers would have cost.")
    median_ms = s.FloatField(allow_null=True)
    hourly = s.CharField(allow_null=True)
    hourly_basis = s.ChoiceField(choices=["measured", "trial", "unknown"])
    forecast_done_at = s.DateTimeField(allow_null=True)
    counted_at = s.DateTimeField(help_text="As of when. The figures of a large job may be some time old.")


def kpis_json(*, progress: Progress) -> dict[str, Any]:
    """A KpiReply."""
    counts = ("tasks", "settled", "disputed", "answers", "answers_wanted", "submitted", "accepted", "rejected")
    amounts = ("spent", "committed", "free", "reserve", "top_ups", "bonuses", "expected", "at_most", "forecast")
    cost = progress.cost_per_annotation
    return {
        **{name: getattr(progress, name) for name in counts},
        "workers": progress.workers,
        "agreement": progress.agreement,
        "alpha": progress.alpha,
        "alpha_images": progress.alpha_images,
        "replaced": progress.replaced,
        "share_settled": progress.share_settled,
        "burned": progress.burned,
        **{name: format_amount(getattr(progress, name)) for name in amounts},
        "cost_per_annotation": None if cost is None else format_amount(cost),
        "answers_saved": progress.answers_saved,
        "saved": format_amount(progress.saved),
        "median_ms": progress.pace.median_ms,
        **hourly_json(pace=progress.pace),
        "forecast_done_at": progress.forecast_done_at,
        "counted_at": progress.counted_at,
    }
