"""Jobs as JSON: for their requester, for a worker on the board, and their figures."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers as s

from annotation import label_sets
from annotation.shapes import ATTRIBUTE_TYPES, SHAPE_TYPES
from billing.money import format_amount
from marketplace.answer_limits import limits_of
from marketplace.api.replies.prices import AddedReply, QuoteReply, added_json, pay_json, quote_json
from marketplace.api.replies.requirements import ReasonReply, RequirementsReply, reason_json
from marketplace.boards import BoardRow
from marketplace.drafting import as_data, instructions_of
from marketplace.eligibility import requirements_of
from marketplace.escrow import rate_of
from marketplace.inviting import link_of
from marketplace.measuring import Pace
from marketplace.models import Job
from marketplace.pricing import Quote
from marketplace.requester_records import Record


class PairField(s.ListField):
    """The names of two points."""

    child = s.CharField()

    def __init__(self, **settings: Any) -> None:
        super().__init__(min_length=2, max_length=2, **settings)


@extend_schema_field({"type": ["string", "boolean", "number", "null"]})
class ValueField(s.JSONField):
    """An answer to a question about an object."""


class AttributeReply(s.Serializer):
    """A question about each object of a label. An object without an answer gets the default."""

    name = s.CharField(max_length=100)
    type = s.ChoiceField(choices=ATTRIBUTE_TYPES)
    options = s.ListField(child=s.CharField(), required=False, help_text="What a select offers, 2 to 100.")
    required = s.BooleanField(required=False, help_text="Refuse an object without an answer; false.")  # type: ignore[assignment]
    default = ValueField(required=False, help_text="Text, true or false, or a number, by the type; or null.")
    range = s.ListField(
        child=s.FloatField(),
        min_length=2,
        max_length=2,
        required=False,
        allow_null=True,
        help_text="The lowest and the highest number allowed.",
    )


class SkeletonReply(s.Serializer):
    """The points of a label of keypoints."""

    points = s.ListField(child=s.CharField(), help_text="Their names, in the order in which they are sent.")
    edges = s.ListField(child=PairField(), required=False, help_text="Pairs of names that a line joins.")
    flip_pairs = s.ListField(child=PairField(), required=False, help_text="Pairs that change places in a mirror.")
    sigmas = s.ListField(
        child=s.FloatField(),
        required=False,
        allow_null=True,
        help_text="One a point, above 0 to 1: how far careful people differ, as COCO's OKS takes it.",
    )


class LabelReply(s.Serializer):
    """One label workers may use."""

    name = s.CharField()
    shapes = s.ListField(child=s.ChoiceField(choices=SHAPE_TYPES))
    color = s.CharField(help_text="#rrggbb")
    attributes = AttributeReply(many=True)
    skeleton = SkeletonReply(allow_null=True)


class OverlapReply(s.Serializer):
    """Answers wanted per image."""

    min = s.IntegerField()
    max = s.IntegerField()


class LimitsReply(s.Serializer):
    """How much of a job one worker may do; null where there is no limit."""

    answers_per_day = s.IntegerField(allow_null=True, required=False, help_text="Days are days in UTC.")
    share_percent = s.IntegerField(allow_null=True, required=False, help_text="Of the job's answers, 1 to 100.")


class AnswerLimitsReply(s.Serializer):
    """How big an answer may be; null where the site's own limit holds."""

    shapes = s.IntegerField(allow_null=True, required=False)
    vertices_per_shape = s.IntegerField(allow_null=True, required=False, help_text="A keypoint is one too.")
    vertices = s.IntegerField(allow_null=True, required=False, help_text="Of all shapes together.")
    bytes = s.IntegerField(allow_null=True, required=False, help_text="As it is stored.")


class JobReply(s.Serializer):
    """A job as its requester sees it."""

    id = s.CharField()
    state = s.ChoiceField(choices=Job.State.choices)
    title = s.CharField()
    instructions = s.CharField()
    instructions_version = s.IntegerField()
    labels = LabelReply(many=True)
    tag_choice = s.ChoiceField(choices=["one", "any"])
    overlap = OverlapReply()
    reward = s.CharField()
    reward_per_shape = s.CharField()
    shapes_paid_at_most = s.IntegerField()
    fair_pay_reserve_percent = s.IntegerField()
    policy = s.DictField()
    visibility = s.ChoiceField(choices=Job.Visibility.choices)
    link = s.CharField(allow_null=True, help_text="Lets whoever opens it in; null unless the job is open by link.")
    limits = LimitsReply()
    answer_limits = AnswerLimitsReply()
    appeal_days = s.IntegerField(help_text="How long a rejection can be contested; its money stays held.")
    requirements = RequirementsReply()
    created_at = s.DateTimeField()
    published_at = s.DateTimeField(allow_null=True)
    closed_at = s.DateTimeField(allow_null=True)
    quote = QuoteReply()
    added = AddedReply(allow_null=True)


class JobLine(s.Serializer):
    """A job in its requester's list."""

    id = s.CharField()
    state = s.ChoiceField(choices=Job.State.choices)
    title = s.CharField()
    reward = s.CharField()
    created_at = s.DateTimeField()
    published_at = s.DateTimeField(allow_null=True)


class StateReply(s.Serializer):
    """Where a job stands after a change."""

    id = s.CharField()
    state = s.ChoiceField(choices=Job.State.choices)


class BoardReply(s.Serializer):
    """A job as a worker sees it before accepting."""

    id = s.CharField()
    state = s.ChoiceField(choices=Job.State.choices)
    title = s.CharField()
    reward = s.CharField(help_text="For an accepted answer.")
    reward_per_shape = s.CharField(help_text="For each accepted shape of it, beside the reward.")
    reward_at_most = s.CharField(help_text="What an answer pays when as many shapes are paid for as may be.")
    hourly = s.CharField(allow_null=True, help_text="Estimated pay an hour; null while not known.")
    hourly_basis = s.ChoiceField(choices=["measured", "trial", "unknown"])
    places_left = s.IntegerField(help_text="Counted up to 1,000.")
    places_left_capped = s.BooleanField(help_text="There are more than that.")
    answered_by_me = s.IntegerField(help_text="Among your latest 1,000 answers.")
    holding = s.BooleanField(help_text="You hold an image of this job now.")
    rejection_rate = s.FloatField(allow_null=True, help_text="Share of this requester's latest judged answers.")
    days_to_pay = s.FloatField(allow_null=True, help_text="Median from handing in an answer to being paid for it.")
    appeals_lost = s.FloatField(allow_null=True, help_text="Share of decided appeals that workers won.")
    answer_ms = s.FloatField(allow_null=True, help_text="Median time an answer takes; null while not known.")
    labels = LabelReply(many=True)
    standing = s.CharField(help_text="Your enrolment's state; empty before you enrol.")
    missing = ReasonReply(many=True, help_text="What keeps you from enrolling, one by one; empty when nothing does.")


class WorkerLimits(s.Serializer):
    """How many answers the job takes from one worker; null where there is no limit."""

    answers_per_day = s.IntegerField(allow_null=True)
    answers = s.IntegerField(allow_null=True)


class SizesReply(s.Serializer):
    """How big an answer may be."""

    shapes = s.IntegerField()
    vertices_per_shape = s.IntegerField()
    vertices = s.IntegerField()
    bytes = s.IntegerField()


class BoardDetail(BoardReply):
    """The same with what the worker must read."""

    instructions = s.CharField()
    instructions_version = s.IntegerField()
    tag_choice = s.ChoiceField(choices=["one", "any"])
    limits = WorkerLimits()
    answer_limits = SizesReply()
    requirements = RequirementsReply()


def job_json(*, job: Job, quote: Quote, added: Quote | None) -> dict[str, Any]:
    """A JobReply."""
    return {
        "id": job.public_id,
        "state": job.state,
        **as_data(job=job),
        "instructions_version": instructions_of(job=job).version,
        "link": link_of(job=job) or None,
        "created_at": job.created_at,
        "published_at": job.published_at,
        "closed_at": job.closed_at,
        "quote": quote_json(quote=quote),
        "added": added_json(added=added),
    }


def job_line(*, job: Job) -> dict[str, Any]:
    """A JobLine."""
    return {
        "id": job.public_id,
        "state": job.state,
        "title": job.title,
        "reward": format_amount(job.reward),
        "created_at": job.created_at,
        "published_at": job.published_at,
    }


def state_json(*, job: Job) -> dict[str, Any]:
    """A StateReply."""
    return {"id": job.public_id, "state": job.state}


def labels_json(*, job: Job) -> list[dict[str, Any]]:
    """LabelReplies in the order of the label set."""
    return _labels(job.label_set_id)


@lru_cache(maxsize=1000)
def _labels(label_set_id: int) -> list[dict[str, Any]]:
    taxonomy = label_sets.known_taxonomy(label_set_id=label_set_id)
    return [{**label.as_json(), "shapes": sorted(label.shapes)} for label in taxonomy.labels]


def board_json(*, row: BoardRow) -> dict[str, Any]:
    """A BoardReply."""
    return {
        "id": row.job.public_id,
        "state": row.job.state,
        "title": row.job.title,
        **pay_json(rate=rate_of(job=row.job)),
        **hourly_json(pace=row.pace),
        "places_left": row.places_left,
        "places_left_capped": row.places_left_capped,
        "answered_by_me": row.answered_by_me,
        "holding": row.holding,
        **record_json(record=row.record),
        "answer_ms": row.pace.median_ms,
        "labels": labels_json(job=row.job),
        "standing": row.standing,
        "missing": [reason_json(reason=one) for one in row.missing],
    }


def record_json(*, record: Record) -> dict[str, Any]:
    """A requester's record."""
    paid_in = record.time_to_pay
    return {
        "rejection_rate": record.rejection_rate,
        "days_to_pay": None if paid_in is None else round(paid_in.total_seconds() / 86_400, 3),
        "appeals_lost": record.appeals_lost,
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
        "answer_limits": vars(limits_of(job=row.job)),
    }


def hourly_json(*, pace: Pace) -> dict[str, Any]:
    """The hourly rate, and what it rests on."""
    return {
        "hourly": None if pace.hourly is None else format_amount(pace.hourly),
        "hourly_basis": pace.basis,
    }
