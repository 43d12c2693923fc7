"""Skills as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers as s

from marketplace.skills import LabelSkill, SetSkill


class EstimateReply(s.Serializer):
    """`right`: the expected part of the next answer that is right, 0 to 1, and surely `at_least`; from `answers`."""

    right = s.FloatField()
    at_least = s.FloatField()
    answers = s.IntegerField()


class LabelSkillReply(EstimateReply):
    """One label, by its name."""

    name = s.CharField()


class SetSkillReply(s.Serializer):
    """One label set; `overall` is how far your answers agree with those of others, null before it is known."""

    name = s.CharField()
    overall = EstimateReply(allow_null=True)
    labels = LabelSkillReply(many=True)


class SkillsReply(s.Serializer):
    """The label sets you worked with, most answers first."""

    results = SetSkillReply(many=True)


def skills_json(*, sets: Sequence[SetSkill]) -> dict[str, Any]:
    """A SkillsReply."""
    return {"results": [_set(each) for each in sets]}


def _set(found: SetSkill) -> dict[str, Any]:
    labels = [{**_estimate(row), "name": row.label} for row in found.labels]
    return {"name": found.name, "overall": _estimate(found.overall) if found.overall else None, "labels": labels}


def _estimate(row: LabelSkill) -> dict[str, Any]:
    return {
        "right": round(row.estimate.mean, 4),
        "at_least": round(row.estimate.low, 4),
        "answers": row.estimate.answers,
    }
