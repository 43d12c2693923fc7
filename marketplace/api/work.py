"""A worker's hands: enrol, claim, draft, renew, skip, give back, submit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import assigning, leases, submitting, workdrafts
from marketplace.api.base import Endpoint, Envelope, NoBody, document, refuse_unknown
from marketplace.api.replies import work as replies
from marketplace.api.replies.answers import AnswerReply
from marketplace.api.roles import IsWorker
from marketplace.api.scoping import desk_at
from marketplace.models import Assignment


class DraftBody(Envelope):
    """Unfinished work. `revision` is the one last told, 0 for the first save."""

    revision = s.IntegerField(min_value=0, default=0)
    annotation = s.DictField()


class SkipBody(Envelope):
    """Why the image is passed on."""

    reason = s.CharField(required=False, allow_blank=True, max_length=200)


class SubmitBody(s.Serializer):
    """The answer, in the shape of the label set.

    `next` asks for the next image in the same call, and for one `ahead` of it, reserved so that its picture can be
    loaded meanwhile; `ahead: false` does without.
    """

    annotation = AnswerReply()
    next = s.BooleanField(required=False, default=False)
    ahead = s.BooleanField(required=False, default=True)


class Claim(Endpoint):
    """The next image."""

    who = {"POST": IsWorker}

    @extend_schema(
        summary="Take the next image; 204 when nothing is left for you",
        request=NoBody,
        responses={200: replies.HandoutReply, 204: None},
    )
    def post(self, request: Request, job: str) -> Response:
        NoBody.read(request.data)
        desk = desk_at(public_id=job, worker=self.user, now=self.now)
        handout = assigning.claim_at(desk=desk, now=self.now)
        if handout is None:
            return Response(status=204)
        return Response(replies.handout_json(handout=handout, viewer=self.user, now=self.now))


class Draft(Endpoint):
    """Unfinished work, kept on the server."""

    who = {"PUT": IsWorker}

    @extend_schema(summary="Keep a draft", request=DraftBody, responses=replies.DraftSaved)
    def put(self, request: Request, assignment: UUID) -> Response:
        body = DraftBody.read(request.data)
        revision = workdrafts.save_draft(
            assignment_id=assignment,
            worker=self.user,
            body=body["annotation"],
            revision=body["revision"],
            now=self.now,
        )
        return Response({"revision": revision})


class Renew(Endpoint):
    """The lease."""

    who = {"POST": IsWorker}

    @extend_schema(summary="Hold the image longer", request=NoBody, responses=replies.LeaseReply)
    def post(self, request: Request, assignment: UUID) -> Response:
        NoBody.read(request.data)
        until = leases.renew(assignment_id=assignment, worker=self.user, now=self.now)
        return Response({"lease_expires_at": until})


class Skip(Endpoint):
    """Passing an image on for good."""

    who = {"POST": IsWorker}

    @extend_schema(summary="Pass; the image never comes back to you", request=SkipBody, responses=replies.LeftReply)
    def post(self, request: Request, assignment: UUID) -> Response:
        reason = SkipBody.read(request.data).get("reason", "")
        leases.skip(assignment_id=assignment, worker=self.user, reason=reason, now=self.now)
        return Response({"assignment": assignment, "state": Assignment.State.SKIPPED})


class GiveBack(Endpoint):
    """Leaving an image to others."""

    who = {"POST": IsWorker}

    @extend_schema(summary="Leave the image to others", request=NoBody, responses=replies.LeftReply)
    def post(self, request: Request, assignment: UUID) -> Response:
        NoBody.read(request.data)
        leases.give_back(assignment_id=assignment, worker=self.user, now=self.now)
        return Response({"assignment": assignment, "state": Assignment.State.GIVEN_BACK})


class Submit(Endpoint):
    """Handing in an answer; its body is read by hand. Usual calls do not come this far, see `at_once`."""

    who = {"POST": IsWorker}

    @extend_schema(summary="Hand in the answer; repeats are one", request=SubmitBody, responses=replies.SubmitReply)
    def post(self, request: Request, assignment: UUID) -> Response:
        answer = answer_in(document(request))
        submitted = submitting.submit(assignment_id=assignment, worker=self.user, now=self.now, **answer)
        return Response(replies.submitted_json(submitted=submitted, viewer=self.user, now=self.now))


def answer_in(body: dict[str, Any]) -> dict[str, Any]:
    """What a SubmitBody asks of the domain."""
    refuse_unknown(body, {"annotation", "next", "ahead"})
    if "annotation" not in body:
        raise ValidationError({"annotation": [s.ErrorDetail("Send the answer here.", "required")]})
    return {
        "payload": body["annotation"],
        "want_next": _flag(body, "next", False),
        "want_ahead": _flag(body, "ahead", True),
    }


def _flag(body: dict[str, Any], name: str, default: bool) -> bool:
    value = body.get(name, default)
    if not isinstance(value, bool):
        raise ValidationError({name: [s.ErrorDetail("true or false.", "boolean")]})
    return value
