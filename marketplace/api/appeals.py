"""Contesting a rejection, and deciding what was contested."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import appealing, hearing
from marketplace.api.base import Endpoint, Envelope, chosen, page_of, paged
from marketplace.api.replies.appeals import AppealDetailReply, AppealReply, appeal_json, case_json
from marketplace.api.replies.work import OwnAppealReply, own_appeal_json
from marketplace.api.roles import IsDecider, IsWorker


class AppealBody(Envelope):
    """Either why the verdict is wrong, or `waive`: the worker leaves the rejection at that."""

    reason = s.CharField(required=False, trim_whitespace=False, help_text="1 to 1,024 characters.")
    waive = s.BooleanField(required=False, default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """One of the two."""
        if attrs["waive"] == ("reason" in attrs):
            told = "Send the reason of the appeal, or waive: true; one of them."
            raise s.ValidationError({"reason": [s.ErrorDetail(told, "required")]})
        return attrs


class DecideBody(Envelope):
    """The decision, and why; with `adopt` the upheld answer becomes what is adopted for its image."""

    uphold = s.BooleanField()
    answer = s.CharField(trim_whitespace=False, help_text="1 to 1,024 characters; the worker reads it.")
    adopt = s.BooleanField(required=False, default=False)


class AppealOf(Endpoint):
    """A worker's appeal."""

    who = {"POST": IsWorker}

    @extend_schema(summary="Contest a rejection, or leave it at that", request=AppealBody, responses=OwnAppealReply)
    def post(self, request: Request, assignment: UUID) -> Response:
        body = AppealBody.read(request.data)
        if body["waive"]:
            found = appealing.waive(assignment_id=assignment, worker=self.user, now=self.now)
        else:
            found = appealing.appeal(assignment_id=assignment, worker=self.user, reason=body["reason"], now=self.now)
        return Response(own_appeal_json(appeal=found))


class Appeals(Endpoint):
    """What is contested and may be decided by who asks."""

    who = {"GET": IsDecider}

    @extend_schema(
        operation_id="appeals_list",
        summary="Appeals for you to decide, the most urgent first",
        parameters=[OpenApiParameter("show", str, enum=hearing.SHOWS)],
        responses=paged(AppealReply),
    )
    def get(self, request: Request) -> Response:
        show = chosen(request, "show", hearing.SHOWS)
        ordering = ("decide_by", "id") if show == "open" else ("-decided_at", "id")
        found = hearing.appeals_for(decider=self.user, show=show)
        rows, following = page_of(request=request, queryset=found, ordering=ordering)
        return Response({"results": [appeal_json(appeal=row) for row in rows], "next": following})


class AppealDetail(Endpoint):
    """One appeal, with the answer beside the adopted one."""

    who = {"GET": IsDecider}

    @extend_schema(operation_id="appeals_read", summary="One appeal, without names", responses=AppealDetailReply)
    def get(self, request: Request, appeal: UUID) -> Response:
        case = hearing.case(decider=self.user, appeal_id=appeal)
        return Response(case_json(case=case, viewer=self.user, now=self.now))


class Decide(Endpoint):
    """The decision."""

    who = {"POST": IsDecider}

    @extend_schema(summary="Uphold an appeal or let the rejection stand", request=DecideBody, responses=AppealReply)
    def post(self, request: Request, appeal: UUID) -> Response:
        body = DecideBody.read(request.data)
        found = hearing.decide(decider=self.user, appeal_id=appeal, now=self.now, **body)
        return Response(appeal_json(appeal=found))
