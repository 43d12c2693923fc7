"""Statements of a wallet and of earnings: the days asked for, on a page or as a file."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from marketplace.own_statements import OwnStatement, of_earnings, of_wallet
from marketplace.pages.access import person, requester_required, worker_required
from marketplace.pages.periods import Asked, as_stream, asked

A_PAGE = 50


@requester_required
@require_safe
def wallet_statement(request: HttpRequest) -> HttpResponseBase:
    """What moved in the wallet; `?format=csv` as a file."""
    days = asked(query=request.GET.dict(), now=timezone.now())
    return _answer(request, days, of_wallet(owner=person(request), period=days.period), "wallet")


@worker_required
@require_safe
def earnings_statement(request: HttpRequest) -> HttpResponseBase:
    """What was earned and paid out, each line with the answer it pays; `?format=csv` as a file."""
    days = asked(query=request.GET.dict(), now=timezone.now())
    return _answer(request, days, of_earnings(worker=person(request), period=days.period), "earnings")


def _answer(request: HttpRequest, days: Asked, found: OwnStatement, of: str) -> HttpResponseBase:
    if request.GET.get("format") == "csv" and not days.errors:
        return as_stream(name=f"{of}-statement", period=days.period, lines=found.as_sheet())
    lines: Any = found.lines  # as much of a list as a paginator asks for
    page = Paginator(lines, A_PAGE).get_page(request.GET.get("page"))
    context = {"asked": days, "statement": found, "sums": found.sums, "page": page, "of": of}
    return render(request, "marketplace/statement.html", context, status=days.status)
