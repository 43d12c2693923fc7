"""Money that goes back: refunds of deposits to the card, and pay taken back for fraud."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import Refund
from marketplace import refunding, reversing
from marketplace.addresses import address_of
from marketplace.api.base import Endpoint, Envelope, page_of, paged
from marketplace.api.money import AmountField
from marketplace.api.replies.money_back import RefundReply, ReversalReply, refund_json, reversal_json
from marketplace.api.roles import IsAdmin, IsRequester


class RefundBody(Envelope):
    """Of which deposit, and how much; absent: all that can be refunded."""

    deposit = s.UUIDField()
    amount = AmountField(required=False, help_text='Decimal text in whole cents, e.g. "5.00".')


class ReversalBody(Envelope):
    """Why pay is taken back."""

    reason = s.CharField(help_text="The worker reads it; at most 500 characters.")


class Refunds(Endpoint):
    """Parts of your deposits on their way back to the card."""

    who = {"GET": IsRequester, "POST": IsRequester}

    @extend_schema(operation_id="wallet_refunds_list", summary="Your refunds", responses=paged(RefundReply))
    def get(self, request: Request) -> Response:
        own = Refund.objects.filter(deposit__owner=self.user)
        rows, following = page_of(request=request, queryset=own, ordering=("-created_at", "id"))
        return Response({"results": [refund_json(refund=row) for row in rows], "next": following})

    @extend_schema(
        summary="Have a deposit, or a part of it, paid back to its card",
        request=RefundBody,
        responses={201: RefundReply},
    )
    def post(self, request: Request) -> Response:
        body = RefundBody.read(request.data)
        refund = refunding.request_refund(
            deposit_id=body["deposit"],
            amount=body.get("amount"),
            asked_by=self.user,
            idempotency_key=self.idempotency_key,
            now=self.now,
            address=address_of(request=request._request),
        )
        return Response(refund_json(refund=refund), status=201)


class Reverse(Endpoint):
    """Pay of one answer, taken back."""

    who = {"POST": IsAdmin}

    @extend_schema(
        summary="Take back the pay of an answer that was a fraud", request=ReversalBody, responses=ReversalReply
    )
    def post(self, request: Request, assignment: UUID) -> Response:
        taken = reversing.reverse(
            assignment_id=assignment,
            by=self.user,
            reason=ReversalBody.read(request.data)["reason"],
            now=self.now,
            address=address_of(request=request._request),
        )
        return Response(reversal_json(taken=taken))
