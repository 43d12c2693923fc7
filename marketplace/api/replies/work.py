"""What a worker is handed, and what became of their answers, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers as s

from billing.money import format_amount
from marketplace.api.replies.answers import AnswerReply
from marketplace.api.replies.extra_pay import OwnBonusReply, TopUpReply, own_bonus_json, top_up_json
from marketplace.api.replies.jobs import LabelReply, labels_json
from marketplace.api.replies.pictures import PictureReply, picture_json
from marketplace.api.wire import instant
from marketplace.comparing import without_others
from marketplace.handouts import Handout
from marketplace.history import OwnAnswer, appeal_of
from marketplace.models import Appeal, Assignment, LateAnswer, User
from marketplace.submitting import Submitted
from qa.models import Verdict


class DraftReply(s.Serializer):
    """Unfinished work; send `revision` back with the next save."""

    revision = s.IntegerField()
    annotation = s.DictField(allow_null=True)


class DraftSaved(s.Serializer):
    """The revision to send with the next save."""

    revision = s.IntegerField()


class HandoutReply(s.Serializer):
    """One image to label, under a lease."""

    assignment = s.UUIDField()
    lease_expires_at = s.DateTimeField()
    job = s.CharField()
    title = s.CharField()
    instructions_version = s.IntegerField()
    image = PictureReply()
    labels = LabelReply(many=True)
    tag_choice = s.ChoiceField(choices=["one", "any"])
    prelabels = s.ListField(child=s.DictField())
    reward = s.CharField(help_text="Without pay for shapes, which the job tells.")
    draft = DraftReply(allow_null=True)
    note = s.CharField(
        allow_null=True, help_text="What the requester said when they sent your answer back; null for a new image."
    )


class SubmitReply(s.Serializer):
    """What became of the answer, and the next image when one was asked for and there is one."""

    state = s.ChoiceField(choices=Assignment.State.choices)
    next = HandoutReply(allow_null=True)
    ahead = HandoutReply(allow_null=True)


class LeaseReply(s.Serializer):
    """When the lease ends now."""

    lease_expires_at = s.DateTimeField()


class LeftReply(s.Serializer):
    """What became of the assignment."""

    assignment = s.UUIDField()
    state = s.ChoiceField(choices=Assignment.State.choices)


class VerdictReply(s.Serializer):
    """Why an answer was accepted or not."""

    accepted = s.BooleanField()
    agreement = s.FloatField(allow_null=True, help_text="Null where a person judged the answer by itself.")
    reason = s.CharField()
    explanation = s.CharField()


class OwnAppealReply(s.Serializer):
    """The worker's appeal against a rejection. Not decided by `decide_by`, it is upheld."""

    state = s.ChoiceField(choices=Appeal.State.choices)
    reason = s.CharField(allow_blank=True)
    opened_at = s.DateTimeField()
    decide_by = s.DateTimeField()
    decided_at = s.DateTimeField(allow_null=True)
    answer = s.CharField(allow_blank=True, help_text="Why it was decided so.")
    adopted = s.BooleanField(help_text="The answer also became what is adopted for its image.")


class JobOfAnswer(s.Serializer):
    """The job an answer belongs to."""

    id = s.CharField()
    title = s.CharField()


class AssignmentReply(s.Serializer):
    """One of the worker's answers and what became of it."""

    assignment = s.UUIDField()
    job = JobOfAnswer()
    state = s.ChoiceField(choices=Assignment.State.choices)
    submitted_at = s.DateTimeField()
    settled_at = s.DateTimeField(allow_null=True)
    final_at = s.DateTimeField(
        allow_null=True, help_text="Until when a rejection can be contested; null once it cannot."
    )
    reward = s.CharField(help_text="Without pay for shapes.")
    earned = s.CharField(help_text="Pay for shapes included; bonuses and top-ups not.")
    verdict = VerdictReply(allow_null=True)
    note = s.CharField(allow_null=True, help_text="What the requester said when they sent it back; null else.")
    appeal = OwnAppealReply(allow_null=True)


class LateReply(s.Serializer):
    """What became of an answer that came too late to count; the platform pays it where it agrees."""

    scored_at = s.DateTimeField(allow_null=True)
    agreement = s.FloatField(allow_null=True)
    paid = s.CharField()


class AssignmentDetail(AssignmentReply):
    """The same with the answer, and beside it the adopted one once it is judged."""

    image = PictureReply()
    annotation = AnswerReply()
    consensus = s.DictField(allow_null=True)
    evidence = s.DictField()
    bonuses = OwnBonusReply(many=True)
    top_up = TopUpReply(allow_null=True)
    late = LateReply(allow_null=True, help_text="Null for an answer that came in time.")


def handout_json(*, handout: Handout, viewer: User, now: datetime) -> dict[str, Any]:
    """A HandoutReply."""
    job = handout.job
    draft = None
    if handout.draft_revision is not None:
        draft = {"revision": handout.draft_revision, "annotation": handout.draft_body}
    return {
        # As text here: the encoder asks about what it does not know at the end of a long list.
        "assignment": str(handout.assignment_id),
        "lease_expires_at": instant(handout.lease_expires_at),
        "job": job.public_id,
        "title": job.title,
        "instructions_version": handout.instructions_version,
        "image": picture_json(
            image_id=handout.image_id, width=handout.image_width, height=handout.image_height, viewer=viewer, now=now
        ),
        "labels": labels_json(job=job),
        "tag_choice": job.label_set.tag_choice,
        "prelabels": [],
        "reward": format_amount(job.reward),
        "draft": draft,
        "note": handout.note or None,
    }


def submitted_json(*, submitted: Submitted, viewer: User, now: datetime) -> dict[str, Any]:
    """A SubmitReply."""
    return {
        "state": submitted.state,
        "next": _handed(submitted.next, viewer, now),
        "ahead": _handed(submitted.ahead, viewer, now),
    }


def _handed(handout: Handout | None, viewer: User, now: datetime) -> dict[str, Any] | None:
    return handout_json(handout=handout, viewer=viewer, now=now) if handout else None


def assignment_json(*, assignment: Assignment) -> dict[str, Any]:
    """An AssignmentReply."""
    return {
        "assignment": assignment.pk,
        "job": {"id": assignment.job.public_id, "title": assignment.job.title},
        "state": assignment.state,
        "submitted_at": assignment.submitted_at,
        "settled_at": assignment.settled_at,
        "final_at": assignment.final_at,
        "reward": format_amount(assignment.job.reward),
        "earned": format_amount(assignment.earned),
        "verdict": verdict_json(verdict=assignment.verdict),
        "note": getattr(assignment, "note", None),
        "appeal": own_appeal_json(appeal=appeal_of(assignment=assignment)),
    }


def own_appeal_json(*, appeal: Appeal | None) -> dict[str, Any] | None:
    """An OwnAppealReply, or None before there is one. Who decided is not told."""
    if appeal is None:
        return None
    return {
        "state": appeal.state,
        "reason": appeal.reason,
        "opened_at": appeal.opened_at,
        "decide_by": appeal.decide_by,
        "decided_at": appeal.decided_at,
        "answer": appeal.answer,
        "adopted": appeal.adopted,
    }


def verdict_json(*, verdict: Verdict | None) -> dict[str, Any] | None:
    """A VerdictReply, or None before there is one."""
    if verdict is None:
        return None
    return {
        "accepted": verdict.accepted,
        "agreement": verdict.agreement,
        "reason": verdict.reason,
        "explanation": verdict.explanation,
    }


def own_answer_json(*, answer: OwnAnswer, viewer: User, now: datetime) -> dict[str, Any]:
    """An AssignmentDetail."""
    image = answer.assignment.task.image
    verdict = answer.assignment.verdict
    return {
        **assignment_json(assignment=answer.assignment),
        "submitted_at": answer.given_at,
        "image": picture_json(image_id=image.pk, width=image.width, height=image.height, viewer=viewer, now=now),
        "annotation": answer.body,
        "consensus": without_sources(answer.consensus.body) if answer.consensus else None,
        "evidence": verdict.evidence if verdict else {},
        "bonuses": [own_bonus_json(bonus=bonus) for bonus in answer.bonuses],
        "top_up": top_up_json(top_up=answer.top_up),
        "late": _late_json(late=answer.late),
    }


def _late_json(*, late: LateAnswer | None) -> dict[str, Any] | None:
    if late is None:
        return None
    return {"scored_at": late.scored_at, "agreement": late.agreement, "paid": format_amount(late.paid)}


def without_sources(body: dict[str, Any]) -> dict[str, Any]:
    """The adopted answer without what names the assignments of other workers."""
    return {**body, "objects": [without_others(found) for found in body["objects"]]}
