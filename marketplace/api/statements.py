"""Every movement of one's money, statements for some days, and yearly totals."""

from __future__ import annotations

from collections.abc import Callable

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from billing.models import Account
from billing.wallets import earnings_of, movements, wallet_of
from marketplace import own_statements, yearly
from marketplace.api.base import Endpoint, chosen, page_of, paged
from marketplace.api.replies import money as replies
from marketplace.api.reports import FORMATS, SPAN
from marketplace.api.roles import IsRequester, IsWorker
from marketplace.movements import explained
from marketplace.own_statements import OwnStatement
from marketplace.reports.period import Period, parse_period

MOVEMENTS = paged(replies.MovementReply)
STATEMENT = {(200, "application/json"): replies.StatementReply, (200, "text/csv"): OpenApiTypes.STR}


class _Movements(Endpoint):
    def page(self, request: Request, account: Account) -> Response:
        """A page of an account's movements, the latest first."""
        ordering = ("-created_at", "-kind", "-key")
        rows, following = page_of(request=request, queryset=movements(account=account), ordering=ordering)
        found = [replies.movement_json(moved=moved) for moved in explained(lines=rows)]
        return Response({"results": found, "next": following})


class WalletMovements(_Movements):
    """What moved in the requester's wallet."""

    who = {"GET": IsRequester}

    @extend_schema(
        operation_id="wallet_movements_list",
        summary="Every movement of your wallet, in words, the latest first",
        responses=MOVEMENTS,
    )
    def get(self, request: Request) -> Response:
        return self.page(request, wallet_of(owner=self.user))


class EarningsMovements(_Movements):
    """What the worker earned and had paid out."""

    who = {"GET": IsWorker}

    @extend_schema(
        operation_id="earnings_movements_list",
        summary="Every movement of your balance, in words, with the answer it pays, the latest first",
        responses=MOVEMENTS,
    )
    def get(self, request: Request) -> Response:
        return self.page(request, earnings_of(worker=self.user))


class _Statement(Endpoint):
    def answer(self, request: Request, name: str, read: Callable[[Period], OwnStatement]) -> HttpResponseBase:
        """The sums as JSON, or all of it as CSV, sent as it is read."""
        asked = request.query_params
        period = parse_period(first=asked.get("from", ""), last=asked.get("to", ""), now=self.now)
        as_csv = chosen(request, "format", FORMATS) == "csv"
        found = read(period)
        if not as_csv:
            return Response(replies.statement_json(found=found))
        response = StreamingHttpResponse(found.as_sheet(), content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="tally-{name}-{period.first}-{period.last}.csv"'
        return response


class WalletStatement(_Statement):
    """The wallet over some days."""

    who = {"GET": IsRequester}

    @extend_schema(summary="Your wallet over some days", parameters=SPAN, responses=STATEMENT)
    def get(self, request: Request) -> HttpResponseBase:
        read = own_statements.of_wallet
        return self.answer(request, "wallet-statement", lambda period: read(owner=self.user, period=period))


class EarningsStatement(_Statement):
    """The worker's balance over some days."""

    who = {"GET": IsWorker}

    @extend_schema(summary="Your balance over some days", parameters=SPAN, responses=STATEMENT)
    def get(self, request: Request) -> HttpResponseBase:
        read = own_statements.of_earnings
        return self.answer(request, "earnings-statement", lambda period: read(worker=self.user, period=period))


class EarningsYears(Endpoint):
    """The worker's calendar years."""

    who = {"GET": IsWorker}

    @extend_schema(summary="What you earned and were paid, by calendar year", responses=replies.YearsReply)
    def get(self, request: Request) -> Response:
        return Response(replies.years_json(years=yearly.years_of(worker=self.user)))
