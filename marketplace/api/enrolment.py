"""Before the first image: enrolling, practice and exam; and the questions which a requester gives for them."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import enrolling, exercising, payout_setup, questions, standings
from marketplace.api.base import Endpoint, Envelope, NoBody, document, page_of, paged, refuse_unknown
from marketplace.api.replies import requirements as replies
from marketplace.api.replies.answers import AnswerReply
from marketplace.api.roles import IsRequester, IsWorker
from marketplace.api.scoping import own_job, published_job
from marketplace.models.exercise import QuestionKind


class EnrolBody(Envelope):
    """The key of the job's link, for who came by it."""

    key = s.CharField(required=False, allow_blank=True, max_length=100)


class ExerciseBody(s.Serializer):
    """The answer, in the shape of the label set."""

    annotation = AnswerReply()


class QuestionBody(s.Serializer):
    """A picture, its known answer as JSON text in the shape of the label set, and what it is for."""

    kind = s.ChoiceField(choices=QuestionKind.choices)
    image = s.FileField()
    annotation = s.CharField(help_text='E.g. {"shapes": [{"type": "box", "label": "can", "bbox": [1, 2, 3, 4]}]}')


class Enrol(Endpoint):
    """A worker's standing in a job."""

    who = {"POST": IsWorker}

    @extend_schema(
        summary="Take part in a job: what comes next, practice, exam or images; 403 with a line for each thing missing",
        request=EnrolBody,
        responses=replies.EnrolReply,
    )
    def post(self, request: Request, job: str) -> Response:
        key = EnrolBody.read(request.data).get("key", "")
        found = published_job(public_id=job, person=self.user, key=key)
        enrolment = enrolling.enrol(job=found, worker=self.user, now=self.now, key=key)
        standing = standings.standing_of(enrolment=enrolment, now=self.now)
        unpayable = payout_setup.unreachable(worker=self.user)
        return Response(replies.enrolment_json(standing=standing, now=self.now, unpayable=unpayable))


class NextExercise(Endpoint):
    """The question put to a worker next."""

    who = {"POST": IsWorker}

    @extend_schema(
        summary="The next image of practice or exam, the same until it is answered; 204 when there is none",
        request=NoBody,
        responses={200: replies.ExerciseReply, 204: None},
    )
    def post(self, request: Request, job: str) -> Response:
        NoBody.read(request.data)
        found = published_job(public_id=job, person=self.user)
        exercise = exercising.next_exercise(job=found, worker=self.user, now=self.now)
        if exercise is None:
            return Response(status=204)
        of = exercising.sitting(enrolment=exercise.enrolment, attempt=exercise.attempt).of
        return Response(replies.exercise_json(exercise=exercise, of=of, viewer=self.user, now=self.now))


class ExerciseAnswer(Endpoint):
    """An answer to a question of practice or exam."""

    who = {"POST": IsWorker}

    @extend_schema(
        summary="Answer it; repeats are one. Practice shows what is right, an exam tells at its end",
        request=ExerciseBody,
        responses=replies.ExerciseAnswered,
    )
    def post(self, request: Request, exercise: UUID) -> Response:
        found = exercising.answer_exercise(
            exercise_id=exercise, worker=self.user, payload=_annotation(document(request)), now=self.now
        )
        standing = standings.standing_of(enrolment=found.enrolment, now=self.now)
        return Response(replies.answered_json(exercise=found, standing=standing, now=self.now))


class Questions(Endpoint):
    """Images with known answers, for practice and exam."""

    who = {"GET": IsRequester, "POST": IsRequester}
    parser_classes = [MultiPartParser]
    idempotent = "domain"  # files cannot be rolled back; each picture is taken once by its content

    @extend_schema(summary="The job's practice and exam images", responses=paged(replies.QuestionReply))
    def get(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        rows, following = page_of(request=request, queryset=questions.questions_of(job=own), ordering=("id",))
        told = [replies.question_json(question=row, viewer=self.user, now=self.now) for row in rows]
        return Response({"results": told, "next": following})

    @extend_schema(
        summary="Add an image with its known answer; it is never handed out as work",
        request={"multipart/form-data": QuestionBody},
        responses={201: replies.QuestionReply},
    )
    def post(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        body: dict[str, Any] = dict(request.data.items())  # type: ignore[union-attr]
        refuse_unknown(body, {"kind", "image", "annotation"})
        missing = [name for name in ("kind", "image", "annotation") if not body.get(name)]
        if missing or "image" not in request.FILES:
            told = "Send kind, image (a file) and annotation."
            raise ValidationError({name: [s.ErrorDetail(told, "required")] for name in missing or ["image"]})
        question = questions.add_question(
            job=own,
            kind=str(body["kind"]),
            file=request.FILES["image"],
            payload=_json(str(body["annotation"])),
            now=self.now,
        )
        return Response(replies.question_json(question=question, viewer=self.user, now=self.now), status=201)


class QuestionAnswer(Endpoint):
    """The known answer to a question."""

    who = {"POST": IsRequester}

    @extend_schema(
        summary="Give a question its answer; of a draft also another one",
        request=ExerciseBody,
        responses=replies.QuestionReply,
    )
    def post(self, request: Request, job: str, question: int) -> Response:
        own = own_job(owner=self.user, public_id=job)
        found = questions.answer_question(job=own, question_id=question, payload=_annotation(document(request)))
        return Response(replies.question_json(question=found, viewer=self.user, now=self.now))


class OneQuestion(Endpoint):
    """One question of a draft."""

    who = {"DELETE": IsRequester}

    @extend_schema(summary="Take a question out of a draft", responses={204: None})
    def delete(self, request: Request, job: str, question: int) -> Response:
        questions.remove_question(job=own_job(owner=self.user, public_id=job), question_id=question)
        return Response(status=204)


def _annotation(body: dict[str, Any]) -> Any:
    """The answer in an ExerciseBody, for the domain to read."""
    refuse_unknown(body, {"annotation"})
    if "annotation" not in body:
        raise ValidationError({"annotation": [s.ErrorDetail("Send the answer here.", "required")]})
    return body["annotation"]


def _json(text: str) -> Any:
    """What a part of a form says in JSON; refused when it is none."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValidationError({"annotation": [s.ErrorDetail("This is not JSON.", "json")]}) from None
