"""A job's images, consensus and answers as JSON, for its requester."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers as s

from billing.money import format_amount
from marketplace.api.replies.answers import AnswerReply
from marketplace.api.replies.pictures import PictureReply, picture_json
from marketplace.api.replies.work import VerdictReply, verdict_json
from marketplace.models import Assignment, Task, User
from marketplace.results import GivenAnswer, TaskResult
from marketplace.uploading import UploadReport
from qa.models import Consensus


class ImageReply(s.Serializer):
    """One image of a job."""

    id = s.IntegerField(help_text="The task's number; DELETE takes it.")
    name = s.CharField()
    state = s.ChoiceField(choices=["checked", "ready", "failed"])
    failure = s.CharField(allow_blank=True)
    width = s.IntegerField()
    height = s.IntegerField()


class RefusedFileReply(s.Serializer):
    """A file that was not taken, and why."""

    name = s.CharField()
    rule = s.CharField()
    message = s.CharField()


class UploadReply(s.Serializer):
    """What became of the files."""

    added = s.IntegerField()
    images = ImageReply(many=True)
    refused = RefusedFileReply(many=True)


class ConsensusReply(s.Serializer):
    """One task and the answer adopted for it."""

    task = s.IntegerField()
    name = s.CharField()
    state = s.ChoiceField(choices=Task.State.choices)
    disputed = s.BooleanField()
    image = PictureReply()
    answers = s.IntegerField()
    agreement = s.FloatField(allow_null=True)
    confidence = s.FloatField(allow_null=True)
    revision = s.IntegerField(allow_null=True)
    consensus = s.DictField(allow_null=True)


class GivenAnswerReply(s.Serializer):
    """One worker's answer, under their pseudonym."""

    assignment = s.UUIDField()
    worker = s.CharField()
    state = s.ChoiceField(choices=Assignment.State.choices)
    submitted_at = s.DateTimeField()
    earned = s.CharField()
    annotation = AnswerReply()
    verdict = VerdictReply(allow_null=True)
    evidence = s.DictField()


class TaskReply(ConsensusReply):
    """The same with every answer beside it."""

    given = GivenAnswerReply(many=True)


def image_json(*, task: Task) -> dict[str, Any]:
    """An ImageReply."""
    image = task.image
    return {
        "id": task.pk,
        "name": image.name,
        "state": image.state,
        "failure": image.failure,
        "width": image.width,
        "height": image.height,
    }


def upload_json(*, report: UploadReport) -> dict[str, Any]:
    """An UploadReply."""
    return {
        "added": len(report.added),
        "images": [image_json(task=task) for task in report.added],
        "refused": [{"name": file.name, "rule": file.rule, "message": file.message} for file in report.refused],
    }


def consensus_json(*, task: Task, consensus: Consensus | None, viewer: User, now: datetime) -> dict[str, Any]:
    """A ConsensusReply."""
    image = task.image
    return {
        "task": task.pk,
        "name": image.name,
        "state": task.state,
        "disputed": task.disputed,
        "image": picture_json(image_id=image.pk, width=image.width, height=image.height, viewer=viewer, now=now),
        "answers": task.answers,
        "agreement": consensus.agreement if consensus else None,
        "confidence": consensus.confidence if consensus else None,
        "revision": consensus.revision if consensus else None,
        "consensus": consensus.body if consensus else None,
    }


def task_json(*, result: TaskResult, viewer: User, now: datetime) -> dict[str, Any]:
    """A TaskReply."""
    return {
        **consensus_json(task=result.task, consensus=result.consensus, viewer=viewer, now=now),
        "given": [given_json(given=given) for given in result.answers],
    }


def given_json(*, given: GivenAnswer) -> dict[str, Any]:
    """A GivenAnswerReply."""
    return {
        "assignment": given.assignment.pk,
        "worker": given.pseudonym,
        "state": given.assignment.state,
        "submitted_at": given.assignment.submitted_at,
        "earned": format_amount(given.assignment.earned),
        "annotation": given.body,
        "verdict": verdict_json(verdict=given.verdict),
        "evidence": given.verdict.evidence if given.verdict else {},
    }
