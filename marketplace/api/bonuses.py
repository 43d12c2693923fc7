"""Bonuses: more for an accepted answer, from its requester."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import bonuses
from marketplace.addresses import address_of
from marketplace.api.base import Endpoint, Envelope
from marketplace.api.money import AmountField
from marketplace.api.replies.extra_pay import BonusReply, bonus_json
from marketplace.api.roles import IsRequester
from marketplace.api.scoping import answer_to_own_job


class BonusBody(Envelope):
    """What a bonus is, and for what."""

    amount = AmountField(help_text='To the worker, beside the fee on it: decimal text, e.g. "0.50".')
    reason = s.CharField(help_text="The worker reads it; at most 500 characters.")


class BonusOf(Endpoint):
    """A bonus for one answer to a job of yours."""

    who = {"POST": IsRequester}

    @extend_schema(
        summary="Give the worker of an accepted answer a bonus from your wallet",
        request=BonusBody,
        responses={201: BonusReply},
    )
    def post(self, request: Request, assignment: UUID) -> Response:
        own = answer_to_own_job(owner=self.user, assignment_id=assignment)
        said = BonusBody.read(request.data)
        given = bonuses.give(
            assignment_id=own.pk,
            requester=self.user,
            amount=said["amount"],
            reason=said["reason"],
            idempotency_key=self.idempotency_key,
            now=self.now,
            address=address_of(request=request._request),
        )
        return Response(bonus_json(bonus=given), status=201)
