"""What a job asks of its workers, and where one stands with it, as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from rest_framework import serializers as s

from marketplace.api.replies.answers import AnswerReply
from marketplace.api.replies.pictures import PictureReply, picture_json
from marketplace.enrolling import cap_reached
from marketplace.exercising import PRACTICE, Sitting
from marketplace.models import Enrolment, Exercise, Question, User
from marketplace.models.exercise import QuestionKind
from marketplace.standings import NEXT, Standing


class SkillNeededReply(s.Serializer):
    """Surely right by `at_least` at a label, or over all of them when it is empty, shown by `answers` or more."""

    label = s.CharField(required=False, allow_blank=True)  # type: ignore[assignment]
    at_least = s.FloatField(help_text="More than 0 and at most 1.")
    answers = s.IntegerField(required=False, help_text="10.")


class ExamReply(s.Serializer):
    """An exam on images with known answers. `valid_days`: how long it counts, 0 for good."""

    questions = s.IntegerField(help_text="Drawn from those you give, 1 to 50.")
    pass_mark = s.FloatField(required=False, help_text="Mean agreement to pass, 0.7.")
    attempts = s.IntegerField(required=False, help_text="2.")
    wait_hours = s.IntegerField(required=False, help_text="Between attempts, 24.")
    valid_days = s.IntegerField(required=False, help_text="Also for later jobs of the label set, 180.")


class RequirementsReply(s.Serializer):
    """What a job asks of its workers. Countries and languages are what workers say of themselves; nobody checks it."""

    skill = SkillNeededReply(many=True, required=False)
    countries = s.ListField(child=s.CharField(), required=False, help_text="One of these: ISO 3166-1, e.g. DE.")
    languages = s.ListField(child=s.CharField(), required=False, help_text="One of these: ISO 639-1, e.g. de.")
    exam = ExamReply(required=False, allow_null=True)


class ReasonReply(s.Serializer):
    """Why something keeps somebody from images, or what comes before them."""

    code = s.CharField()
    message = s.CharField()


class PracticeReply(s.Serializer):
    """How far practice is: `done` of `of`."""

    done = s.IntegerField()
    of = s.IntegerField()


class ResultReply(s.Serializer):
    """How one question of an exam went; told when the exam is over."""

    number = s.IntegerField()
    agreement = s.FloatField()
    explanation = s.CharField()


class SatReply(PracticeReply):
    """The latest attempt at the exam; `score` and `results` once it is over."""

    attempt = s.IntegerField()
    attempts = s.IntegerField()
    pass_mark = s.FloatField()
    score = s.FloatField(allow_null=True)
    results = ResultReply(many=True)
    retry_at = s.DateTimeField(allow_null=True, help_text="When it may be tried again; null if not.")


class EnrolReply(s.Serializer):
    """The worker's standing in the job. `next`: claim, answer an exercise, wait, or nothing more here."""

    state = s.ChoiceField(choices=Enrolment.State.choices)
    next = s.ChoiceField(choices=NEXT)
    reasons = ReasonReply(many=True)
    practice = PracticeReply(allow_null=True)
    exam = SatReply(allow_null=True)


class ExerciseReply(s.Serializer):
    """One question with a known answer, for practice or of an exam. It is not paid."""

    exercise = s.UUIDField()
    kind = s.ChoiceField(choices=QuestionKind.choices)
    number = s.IntegerField()
    of = s.IntegerField()
    paid = s.BooleanField(help_text="Always false.")
    image = PictureReply()


class MarkReply(s.Serializer):
    """How the answer to a practice image went. `evidence`: own shapes against the `known` ones, by index."""

    agreement = s.FloatField()
    explanation = s.CharField()
    evidence = s.DictField()
    known = AnswerReply()


class ExerciseAnswered(s.Serializer):
    """`mark`: null for an exam, which tells how it went at its end in `standing`."""

    exercise = s.UUIDField()
    mark = MarkReply(allow_null=True)
    standing = EnrolReply()


class QuestionReply(s.Serializer):
    """An image with its known answer, as the requester gave it."""

    id = s.IntegerField()
    kind = s.ChoiceField(choices=QuestionKind.choices)
    name = s.CharField()
    state = s.CharField(help_text="Of the image: checked, ready or failed.")
    image = PictureReply()
    annotation = AnswerReply(allow_null=True)


class Coded(Protocol):
    """Anything with a code and a sentence."""

    @property
    def code(self) -> str:
        """What it is."""

    @property
    def message(self) -> str:
        """In words."""


def reason_json(*, reason: Coded) -> dict[str, Any]:
    """A ReasonReply."""
    return {"code": reason.code, "message": reason.message}


def enrolment_json(*, standing: Standing, now: datetime, unpayable: str = "") -> dict[str, Any]:
    """An EnrolReply; `unpayable` says why the worker could not be paid, if that is so."""
    reached = cap_reached(job=standing.enrolment.job, enrolment=standing.enrolment, now=now)
    capped = [{"code": reached.reason, "message": reached.message}] if reached else []
    kept = [{"code": "cannot_be_paid_yet", "message": unpayable}] if unpayable else []
    practice = standing.practice
    return {
        "state": standing.enrolment.state,
        "next": standing.next,
        "reasons": [reason_json(reason=one) for one in standing.reasons] + capped + kept,
        "practice": {"done": practice.done, "of": practice.of} if practice else None,
        "exam": _sat(standing, standing.sat) if standing.sat else None,
    }


def exercise_json(*, exercise: Exercise, of: int, viewer: User, now: datetime) -> dict[str, Any]:
    """An ExerciseReply."""
    image = exercise.question.image
    return {
        "exercise": exercise.pk,
        "kind": exercise.question.kind,
        "number": exercise.position,
        "of": of,
        "paid": False,
        "image": picture_json(image_id=image.pk, width=image.width, height=image.height, viewer=viewer, now=now),
    }


def answered_json(*, exercise: Exercise, standing: Standing, now: datetime) -> dict[str, Any]:
    """An ExerciseAnswered."""
    mark = None
    if exercise.attempt == PRACTICE:
        mark = {
            "agreement": exercise.agreement,
            "explanation": exercise.explanation,
            "evidence": exercise.evidence,
            "known": exercise.question.known,
        }
    return {"exercise": exercise.pk, "mark": mark, "standing": enrolment_json(standing=standing, now=now)}


def question_json(*, question: Question, viewer: User, now: datetime) -> dict[str, Any]:
    """A QuestionReply."""
    image = question.image
    return {
        "id": question.pk,
        "kind": question.kind,
        "name": image.name,
        "state": image.state,
        "image": picture_json(image_id=image.pk, width=image.width, height=image.height, viewer=viewer, now=now),
        "annotation": question.answer,
    }


def _sat(standing: Standing, sat: Sitting) -> dict[str, Any]:
    return {
        "done": sat.done,
        "of": sat.of,
        "attempt": sat.attempt,
        "attempts": standing.exam.attempts if standing.exam else 0,
        "pass_mark": standing.exam.pass_mark if standing.exam else 0.0,
        "score": sat.score,
        "results": _results(sat.results),
        "retry_at": standing.retry_at,
    }


def _results(exercises: Sequence[Exercise]) -> list[dict[str, Any]]:
    return [{"number": one.position, "agreement": one.agreement, "explanation": one.explanation} for one in exercises]
