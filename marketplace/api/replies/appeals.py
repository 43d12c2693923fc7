"""Appeals as JSON, for whoever decides them: no names, and no ids that lead to any."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers as s

from marketplace.api.replies.jobs import LabelReply, labels_json
from marketplace.api.replies.pictures import PictureReply, picture_json
from marketplace.api.replies.work import JobOfAnswer, without_sources
from marketplace.hearing import Case
from marketplace.models import Appeal, User


class AppealReply(s.Serializer):
    """One appeal. Not decided by `decide_by`, it is upheld."""

    id = s.UUIDField()
    job = JobOfAnswer()
    state = s.ChoiceField(choices=Appeal.State.choices)
    rule = s.CharField(help_text="The code of the rule that rejected the answer.")
    reason = s.CharField(help_text="Why the verdict is wrong, in the worker's words.")
    opened_at = s.DateTimeField()
    decide_by = s.DateTimeField()
    decided_at = s.DateTimeField(allow_null=True)
    answer = s.CharField(allow_blank=True)
    adopted = s.BooleanField()


class AppealDetailReply(AppealReply):
    """The same with all that is needed to decide."""

    rule_words = s.CharField()
    explanation = s.CharField(help_text="What the worker was told.")
    agreement = s.FloatField(allow_null=True, help_text="With the adopted answer; null without one.")
    instructions = s.CharField(help_text="Those that the worker followed.")
    image = PictureReply()
    labels = LabelReply(many=True)
    annotation = s.DictField()
    consensus = s.DictField(
        allow_null=True, help_text="What the answer was held against; null when a person judged it by itself."
    )
    evidence = s.DictField(help_text="Own shapes against adopted ones, by index.")


def appeal_json(*, appeal: Appeal) -> dict[str, Any]:
    """An AppealReply."""
    job = appeal.assignment.job
    return {
        "id": appeal.pk,
        "job": {"id": job.public_id, "title": job.title},
        "state": appeal.state,
        "rule": appeal.verdict.reason,
        "reason": appeal.reason,
        "opened_at": appeal.opened_at,
        "decide_by": appeal.decide_by,
        "decided_at": appeal.decided_at,
        "answer": appeal.answer,
        "adopted": appeal.adopted,
    }


def case_json(*, case: Case, viewer: User, now: datetime) -> dict[str, Any]:
    """An AppealDetailReply."""
    appeal = case.appeal
    image = appeal.assignment.task.image
    return {
        **appeal_json(appeal=appeal),
        "rule_words": case.rule,
        "explanation": case.verdict_words,
        "agreement": appeal.verdict.agreement,
        "instructions": case.instructions,
        "image": picture_json(image_id=image.pk, width=image.width, height=image.height, viewer=viewer, now=now),
        "labels": labels_json(job=appeal.assignment.job),
        "annotation": case.body,
        "consensus": without_sources(case.consensus.body) if case.consensus else None,
        "evidence": case.evidence,
    }
