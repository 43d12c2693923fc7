"""What two admins put right about money: goodwill, a debt written off, a wrong transfer reversed."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from billing.adjustments import CORRECTABLE, goodwill_limit
from billing.models import Adjustment
from marketplace import adjusting
from marketplace.addresses import address_of
from marketplace.errors import Conflict, Refused
from marketplace.pages.access import admin_required, person
from marketplace.pages.books import books_page

A_PAGE = 25
FIELDS = ("kind", "whose", "purse", "amount", "transfer", "reason")


@admin_required
@require_safe
def adjustments(request: HttpRequest) -> HttpResponse:
    """What waits for a second admin, or all that was decided, and the forms to ask."""
    return _page(request)


def _page(request: HttpRequest, problem: Refused | None = None) -> HttpResponse:
    show = "over" if request.GET.get("show") == "over" else "open"
    rows = adjusting.waiting() if show == "open" else adjusting.over()
    first = problem.problems[0] if problem else None
    typed = {name: request.POST.get(name, request.GET.get(name, "")) for name in FIELDS}
    return books_page(
        request, "adjustments", status=422 if problem else 200, show=show, typed=typed,
        page=Paginator(rows, A_PAGE).get_page(request.GET.get("page")), debtors=adjusting.debtors(),
        error=first.message if first else "", field=first.field if first else "", most=goodwill_limit(),
        correctable=[kind.replace("_", " ") for kind in CORRECTABLE],
    )  # fmt: skip


@admin_required
@require_POST
def adjustment_ask(request: HttpRequest) -> HttpResponse:
    """Ask for one of the three."""
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in FIELDS}
    try:
        adjusting.ask(**typed, by=person(request), now=timezone.now(), address=address_of(request=request))
    except Refused as refused:
        return _page(request, refused)
    except Conflict as conflict:
        messages.error(request, conflict.message)
    else:
        messages.success(request, "Asked. The money moves when a second admin agrees.")
    return redirect("adjustments")


@admin_required
@require_POST
def adjustment_agree(request: HttpRequest, row: UUID) -> HttpResponse:
    """Agree as the second one."""
    return decided(request, row, agreed=True, done="Agreed. The money has moved.", page="adjustments")


@admin_required
@require_POST
def adjustment_decline(request: HttpRequest, row: UUID) -> HttpResponse:
    """Let it be."""
    return decided(request, row, agreed=False, done="Declined. Nothing was moved.", page="adjustments")


def decided(request: HttpRequest, row: UUID, *, agreed: bool, done: str, page: str) -> HttpResponse:
    """What the second admin says of something asked for by one; then back to `page`, which lists it."""
    try:
        adjusting.decide(
            adjustment_id=row,
            agreed=agreed,
            by=person(request),
            now=timezone.now(),
            address=address_of(request=request),
        )
    except Adjustment.DoesNotExist as gone:
        raise Http404("Nothing of this kind was asked for.") from gone
    except Conflict as conflict:
        messages.error(request, conflict.message)
    else:
        messages.success(request, done)
    return redirect(page)
