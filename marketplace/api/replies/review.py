"""What waits for a person, and what they decided, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rest_framework import serializers as s

from billing.money import format_amount
from marketplace.api.replies.pictures import PictureReply, picture_json
from marketplace.api.replies.results import TaskReply, consensus_json, given_json
from marketplace.api.replies.work import VerdictReply, verdict_json
from marketplace.models import Assignment, Decision, RejectionStop, Review, Task, User
from marketplace.results import GivenAnswer
from qa.models import Consensus

REASONS = "Of a rejection, one of: " + ", ".join(f"{code} ({words})" for code, words in Review.Reason.choices) + "."


class ReviewReply(s.Serializer):
    """One answer that waits for its requester."""

    assignment = s.UUIDField()
    task = s.IntegerField()
    name = s.CharField()
    worker = s.CharField(help_text="Pseudonym.")
    why = s.ChoiceField(choices=Review.Why.choices)
    opened_at = s.DateTimeField()
    returned = s.BooleanField(help_text="It was sent back before and cannot be again.")
    image = PictureReply()
    annotation = s.DictField()
    proposal = VerdictReply(allow_null=True, help_text="What the votes, or your correction, say of it.")
    evidence = s.DictField()
    consensus = s.DictField(allow_null=True, help_text="What the proposal was held against.")


class DecidedReply(s.Serializer):
    """What became of the answer."""

    assignment = s.UUIDField()
    task = s.IntegerField()
    state = s.ChoiceField(choices=Assignment.State.choices)
    settled_at = s.DateTimeField(allow_null=True)
    final_at = s.DateTimeField(allow_null=True, help_text="Until when a rejection can be contested.")
    earned = s.CharField()
    verdict = VerdictReply(allow_null=True)


class AdjudicationReply(TaskReply):
    """One image that votes could not decide, with every answer to it."""

    value = s.FloatField(
        help_text="What a decision is worth: disagreement, 0 to 1, times the answers and those whose pay waits for it."
    )


class DecisionReply(s.Serializer):
    """What is adopted for an image now."""

    task = s.IntegerField()
    kind = s.ChoiceField(choices=Decision.Kind.choices)
    revision = s.IntegerField()
    agreement = s.FloatField()
    as_gold = s.BooleanField(allow_null=True)
    decided_at = s.DateTimeField()
    consensus = s.DictField()


class StopReply(s.Serializer):
    """Too many rejections, and what an admin said of them."""

    id = s.IntegerField()
    kind = s.ChoiceField(choices=RejectionStop.Kind.choices)
    requester = s.CharField(help_text="E-mail address.")
    job = s.CharField(allow_null=True)
    state = s.ChoiceField(choices=RejectionStop.State.choices)
    judged = s.IntegerField()
    rejected = s.IntegerField()
    today = s.IntegerField(help_text="Rejected by hand in the 24 hours before.")
    opened_at = s.DateTimeField()
    closed_at = s.DateTimeField(allow_null=True)
    note = s.CharField(allow_blank=True)


def review_json(*, review: Review, viewer: User, now: datetime) -> dict[str, Any]:
    """A ReviewReply."""
    task, proposal = review.assignment.task, review.proposal
    image = task.image
    return {
        "assignment": review.assignment_id,
        "task": task.pk,
        "name": image.name,
        "worker": review.assignment.worker.pseudonym,
        "why": review.why,
        "opened_at": review.opened_at,
        "returned": review.assignment.returned_at is not None,
        "image": picture_json(image_id=image.pk, width=image.width, height=image.height, viewer=viewer, now=now),
        "annotation": review.annotation.body,
        "proposal": verdict_json(verdict=proposal),
        "evidence": proposal.evidence if proposal else {},
        "consensus": proposal.consensus.body if proposal and proposal.consensus else None,
    }


def decided_json(*, assignment: Assignment) -> dict[str, Any]:
    """A DecidedReply."""
    return {
        "assignment": assignment.pk,
        "task": assignment.task_id,
        "state": assignment.state,
        "settled_at": assignment.settled_at,
        "final_at": assignment.final_at,
        "earned": format_amount(assignment.earned),
        "verdict": verdict_json(verdict=assignment.verdict),
    }


def adjudication_json(
    *, task: Task, consensus: Consensus | None, given: Sequence[GivenAnswer], viewer: User, now: datetime
) -> dict[str, Any]:
    """An AdjudicationReply."""
    return {
        **consensus_json(task=task, consensus=consensus, viewer=viewer, now=now),
        "given": [given_json(given=each) for each in given],
        "value": task.doubt,
    }


def decision_json(*, decision: Decision) -> dict[str, Any]:
    """A DecisionReply."""
    return {
        "task": decision.task_id,
        "kind": decision.kind,
        "revision": decision.revision,
        "agreement": decision.consensus.agreement,
        "as_gold": decision.as_gold,
        "decided_at": decision.decided_at,
        "consensus": decision.consensus.body,
    }


def stop_json(*, stop: RejectionStop) -> dict[str, Any]:
    """A StopReply."""
    return {
        "id": stop.pk,
        "kind": stop.kind,
        "requester": stop.requester.email,
        "job": stop.job.public_id if stop.job else None,
        "state": stop.state,
        "judged": stop.judged,
        "rejected": stop.rejected,
        "today": stop.today,
        "opened_at": stop.opened_at,
        "closed_at": stop.closed_at,
        "note": stop.note,
    }
