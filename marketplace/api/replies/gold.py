"""Known answers as JSON, and what they say of a job."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rest_framework import serializers as s

from marketplace.api.replies.answers import AnswerReply
from marketplace.api.replies.kpis import KpiReply
from marketplace.api.replies.results import RefusedFileReply
from marketplace.gold_outcomes import GoldAccuracy
from marketplace.promising import Promise
from qa.models import Gold


class GoldReply(s.Serializer):
    """One known answer, and how workers do by it."""

    id = s.IntegerField()
    image = s.CharField(help_text="The name of its file.")
    state = s.ChoiceField(choices=Gold.State.choices)
    source = s.ChoiceField(choices=Gold.Source.choices)  # type: ignore[assignment]
    answers = s.IntegerField(help_text="Answers of workers held against it.")
    right = s.IntegerField(help_text="Those that agree with it.")
    annotation = AnswerReply()
    created_at = s.DateTimeField()


class GoldListReply(s.Serializer):
    """A job's known answers; `alert` says why workers are handed less of them than the policy says."""

    results = GoldReply(many=True)
    alert = s.CharField(allow_blank=True)


class GoldTaken(s.Serializer):
    """What was taken, and what was not and why."""

    added = GoldReply(many=True)
    refused = RefusedFileReply(many=True)


class PromiseReply(s.Serializer):
    """What a job promises about the errors of its tags or drawings."""

    of = s.ChoiceField(choices=["tags", "drawings"])
    state = s.ChoiceField(
        choices=["uncalibrated", "calibrated", "out_of_reach"],
        help_text="uncalibrated: nothing is promised; out_of_reach: no more answers are bought for the target error.",
    )
    outcomes = s.IntegerField(allow_null=True, help_text="How often a consensus was held against a known answer.")
    least_error = s.FloatField(allow_null=True, help_text="No number of answers comes below it; null if not known.")
    told = s.CharField(help_text="The same in words.")


class JobFigures(KpiReply):
    """A job's figures, with what its known answers say."""

    gold_answers = s.IntegerField(help_text="Answers held against a known one.")
    gold_accuracy = s.FloatField(allow_null=True, help_text="The share of them that is right, 0 to 1.")
    promises = PromiseReply(many=True)


def gold_json(*, found: Gold) -> dict[str, Any]:
    """A GoldReply."""
    return {
        "id": found.pk,
        "image": found.image.name,
        "state": found.state,
        "source": found.source,
        "answers": found.answers,
        "right": found.right,
        "annotation": found.body,
        "created_at": found.created_at,
    }


def gold_figures(*, accuracy: GoldAccuracy, promises: Sequence[Promise]) -> dict[str, Any]:
    """What JobFigures says beside the job's other figures."""
    told = [asdict(promise) for promise in promises]
    return {"gold_answers": accuracy.answers, "gold_accuracy": accuracy.share, "promises": told}
