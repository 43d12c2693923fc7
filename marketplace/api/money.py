"""Money in and money out: wallet and deposits, earnings and payouts."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.shortcuts import get_object_or_404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from billing import payable
from billing.models import Deposit, Payout
from billing.money import parse_amount
from marketplace import banking, history, purse
from marketplace.addresses import address_of
from marketplace.api.base import Endpoint, Envelope, page_of, paged
from marketplace.api.replies import money as replies
from marketplace.api.roles import IsRequester, IsWorker

WALLET_PAGE = settings.SITE_URL + "/wallet/"


@extend_schema_field(OpenApiTypes.STR)
class AmountField(s.Field):
    """Money as decimal text; `billing.money` reads and refuses it."""

    def to_internal_value(self, data: object) -> int:
        """Micro-units."""
        return parse_amount(data, field=str(self.field_name))


class DepositBody(Envelope):
    """How much to put into the wallet."""

    amount = AmountField(help_text='Decimal text in whole cents, e.g. "50.00".')


class PayoutBody(Envelope):
    """How much to pay out; absent: all that can be paid."""

    amount = AmountField(required=False, help_text='Decimal text in whole cents, e.g. "5.00".')


class Wallet(Endpoint):
    """The requester's prepaid money."""

    who = {"GET": IsRequester}

    @extend_schema(summary="Your wallet and its latest movements", responses=replies.WalletReply)
    def get(self, request: Request) -> Response:
        return Response(replies.wallet_json(purse=purse.purse(owner=self.user), currency=settings.CURRENCY))


class Deposits(Endpoint):
    """Money into the wallet."""

    who = {"GET": IsRequester, "POST": IsRequester}
    idempotent = "domain"  # calls the payment provider, outside a transaction, under the same key

    @extend_schema(operation_id="wallet_deposits_list", summary="Your deposits", responses=paged(replies.DepositReply))
    def get(self, request: Request) -> Response:
        rows, following = page_of(
            request=request, queryset=Deposit.objects.filter(owner=self.user), ordering=("-created_at", "id")
        )
        return Response({"results": [replies.deposit_json(deposit=row) for row in rows], "next": following})

    @extend_schema(
        summary="Start a deposit; pay at checkout_url", request=DepositBody, responses={201: replies.DepositReply}
    )
    def post(self, request: Request) -> Response:
        deposit = banking.start_deposit(
            owner=self.user,
            amount=DepositBody.read(request.data)["amount"],
            idempotency_key=self.idempotency_key,
            success_url=WALLET_PAGE,
            cancel_url=WALLET_PAGE,
            now=self.now,
            address=address_of(request=request._request),
        )
        return Response(replies.deposit_json(deposit=deposit), status=201)


class DepositDetail(Endpoint):
    """One deposit."""

    who = {"GET": IsRequester}

    @extend_schema(operation_id="wallet_deposits_read", summary="One deposit", responses=replies.DepositReply)
    def get(self, request: Request, deposit: UUID) -> Response:
        own = get_object_or_404(Deposit, pk=deposit, owner=self.user)
        return Response(replies.deposit_json(deposit=own))


class Earnings(Endpoint):
    """What the worker earned."""

    who = {"GET": IsWorker}

    @extend_schema(summary="What you earned, by job", responses=replies.EarningsReply)
    def get(self, request: Request) -> Response:
        may = payable.payable_of(worker=self.user, now=self.now)
        return Response(replies.earnings_json(earnings=history.earnings(worker=self.user), payable=may))


class Payouts(Endpoint):
    """Money out to the worker's bank."""

    who = {"GET": IsWorker, "POST": IsWorker}

    @extend_schema(summary="Your payouts", responses=paged(replies.PayoutReply))
    def get(self, request: Request) -> Response:
        rows, following = page_of(
            request=request, queryset=Payout.objects.filter(worker=self.user), ordering=("-created_at", "id")
        )
        return Response({"results": [replies.payout_json(payout=row) for row in rows], "next": following})

    @extend_schema(summary="Ask to be paid", request=PayoutBody, responses={201: replies.PayoutReply})
    def post(self, request: Request) -> Response:
        payout = banking.request_payout(
            worker=self.user,
            amount=PayoutBody.read(request.data).get("amount"),
            idempotency_key=self.idempotency_key,
            now=self.now,
            address=address_of(request=request._request),
        )
        return Response(replies.payout_json(payout=payout), status=201)
