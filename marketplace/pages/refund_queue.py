"""Refunds to the card for admins: on their way, failed and what to do, and sending a deposit back by two."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from marketplace import refund_desk
from marketplace.addresses import address_of
from marketplace.errors import Conflict, Refused
from marketplace.pages.access import admin_required, person
from marketplace.pages.adjustments import decided
from marketplace.pages.books import books_page
from marketplace.templatetags.tally import money

A_PAGE = 25
FIELDS = ("deposit", "amount", "reason")


@admin_required
@require_safe
def refund_queue(request: HttpRequest) -> HttpResponse:
    """Refunds of one kind, those that wait for a second admin, and the form to ask for one."""
    return _page(request)


def _page(request: HttpRequest, problem: Refused | None = None) -> HttpResponse:
    counts = refund_desk.counts()
    show = request.GET.get("show", "")
    show = show if show in counts else "open"
    page = Paginator(refund_desk.refunds_in(show=show), A_PAGE).get_page(request.GET.get("page"))
    asked = request.POST if request.method == "POST" else request.GET
    whose = asked.get("whose", "").replace("\x00", "")
    owner, deposits = refund_desk.deposits_of(whose=whose)
    first = problem.problems[0] if problem else None
    return books_page(
        request, "refunds", status=422 if problem else 200, show=show, page=page, whose=whose, owner=owner,
        rows=refund_desk.rows(found=list(page)), deposits=deposits, asks=refund_desk.waiting(),
        tabs=[(name, words, counts[name]) for name, (words, _) in refund_desk.SHOWS.items()],
        typed={name: asked.get(name, "") for name in FIELDS}, error=first.message if first else "",
        field=first.field if first else "",
    )  # fmt: skip


@admin_required
@require_POST
def refund_ask(request: HttpRequest) -> HttpResponse:
    """Ask that a deposit go back."""
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in FIELDS}
    try:
        row = refund_desk.ask(**typed, by=person(request), now=timezone.now(), address=address_of(request=request))
    except Refused as refused:
        return _page(request, refused)
    except Conflict as conflict:
        messages.error(request, conflict.message)
    else:
        messages.success(request, f"Asked. {money(row.amount)} leaves the wallet when a second admin agrees.")
    return redirect("refund_queue")


@admin_required
@require_POST
def refund_agree(request: HttpRequest, row: UUID) -> HttpResponse:
    """Agree as the second one."""
    return decided(
        request, row, agreed=True, done="Agreed. The refund is on its way to the provider.", page="refund_queue"
    )


@admin_required
@require_POST
def refund_decline(request: HttpRequest, row: UUID) -> HttpResponse:
    """Let it be."""
    return decided(request, row, agreed=False, done="Declined. Nothing was moved.", page="refund_queue")
