"""Jobs as a worker finds them on the board, as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from billing.money import format_amount
from marketplace.api.replies.jobs import LabelReply, hourly_json, labels_json
from marketplace.api.replies.requirements import ReasonReply, RequirementsReply, reason_json
from marketplace.boards import BoardRow
from marketplace.drafting import instructions_of
from marketplace.eligibility import requirements_of
from marketplace.models import Job


class BoardReply(s.Serializer):
    """A job as a worker sees it before accepting."""

    id = s.CharField()
    state = s.ChoiceField(choices=Job.State.choices)
    title = s.CharField()
    reward = s.CharField()
    hourly = s.CharField(allow_null=True, help_text="Estimated pay an hour; null while not known.")
    hourly_basis = s.ChoiceField(choices=["measured", "trial", "unknown"])
    places_left = s.IntegerField(help_text="Counted up to 1,000.")
    places_left_capped = s.BooleanField(help_text="There are more than that.")
    answered_by_me = s.IntegerField(help_text="Among your latest 1,000 answers.")
    holding = s.BooleanField(help_text="You hold an image of this job now.")
    rejection_rate = s.FloatField(allow_null=True, help_text="Share of this requester's latest judged answers.")
    labels = LabelReply(many=True)
    standing = s.CharField(help_text="Your enrolment's state; empty before you enrol.")
    missing = ReasonReply(many=True, help_text="What keeps you from enrolling, one by one; empty when nothing does.")


class WorkerLimits(s.Serializer):
    """How many answers the job takes from one worker; null where there is no limit."""

    answers_per_day = s.IntegerField(allow_null=True)
    answers = s.IntegerField(allow_null=True)


class BoardDetail(BoardReply):
    """The same with what the worker must read."""

    instructions = s.CharField()
    instructions_version = s.IntegerField()
    tag_choice = s.ChoiceField(choices=["one", "any"])
    limits = WorkerLimits()
    requirements = RequirementsReply()


def board_json(*, row: BoardRow) -> dict[str, Any]:
    """A BoardReply."""
    return {
        "id": row.job.public_id,
        "state": row.job.state,
        "title": row.job.title,
        "reward": format_amount(row.job.reward),
        **hourly_json(pace=row.pace),
        "places_left": row.places_left,
        "places_left_capped": row.places_left_capped,
        "answered_by_me": row.answered_by_me,
        "holding": row.holding,
        "rejection_rate": row.rejection_rate,
        "labels": labels_json(job=row.job),
        "standing": row.standing,
        "missing": [reason_json(reason=one) for one in row.missing],
    }


def board_detail(*, row: BoardRow) -> dict[str, Any]:
    """A BoardDetail."""
    instructions = instructions_of(job=row.job)
    return {
        **board_json(row=row),
        "instructions": instructions.text,
        "instructions_version": instructions.version,
        "tag_choice": row.job.label_set.tag_choice,
        "requirements": requirements_of(job=row.job).as_json(),
        "limits": {"answers_per_day": row.job.daily_cap, "answers": row.job.worker_cap},
    }
