"""The books for admins: the provider's side of them, money in suspense, disputes, and what the platform holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from billing import reconciling, suspense
from billing.models import Dispute, Reconciliation, SuspenseItem
from marketplace import adjusting, bell, bookkeeping, refund_desk
from marketplace.addresses import address_of
from marketplace.errors import Conflict, Refused
from marketplace.pages.access import admin_required, person
from marketplace.reports import books

A_PAGE = 25
OVER = (SuspenseItem.State.RESOLVED, SuspenseItem.State.SETTLED)


@admin_required
@require_safe
def reconciliations(request: HttpRequest) -> HttpResponse:
    """The daily comparisons, the latest first."""
    page = Paginator(Reconciliation.objects.order_by("-started_at", "-pk"), A_PAGE).get_page(request.GET.get("page"))
    rows = [(run, reconciling.alarms(run=run)) for run in page]
    return books_page(request, "reconciliations", page=page, rows=rows)


@admin_required
@require_POST
def reconcile_now(request: HttpRequest) -> HttpResponse:
    """Have the background compare at once."""
    bell.ring("compare_with_provider", True)
    messages.success(request, "The provider is being asked. Look again in a minute.")
    return redirect("reconciliations")


@admin_required
@require_safe
def suspense_items(request: HttpRequest) -> HttpResponse:
    """Money that nobody knows the owner of yet, or all there ever was."""
    return _suspense(request)


def _suspense(request: HttpRequest, *, at: UUID | None = None, problem: Refused | None = None) -> HttpResponse:
    show = "over" if request.GET.get("show") == "over" else "open"
    items = suspense.left() if show == "open" else suspense.over()
    page = Paginator(items, A_PAGE).get_page(request.GET.get("page"))
    first = problem.problems[0] if problem else None
    context = {
        "page": page,
        "rows": [(item, suspense.described(item=item)) for item in page],
        "show": show,
        "at": at,
        "typed": request.POST,
        "error": first.message if first else "",
        "field": first.field if first else "",
        "longest": suspense.LONGEST_REASON,
        "destinations": [(kind.value, kind.label) for kind in suspense.DESTINATIONS],
    }
    return books_page(request, "suspense", status=422 if problem else 200, **context)


@admin_required
@require_POST
def suspense_ask(request: HttpRequest, item: UUID) -> HttpResponse:
    """Say where it belongs."""
    typed = {name: request.POST.get(name, "").replace("\x00", "") for name in ("account", "email", "reason")}
    try:
        return _decide(request, item, bookkeeping.ask, "It moves when a second admin agrees.", **typed)
    except Refused as refused:
        return _suspense(request, at=item, problem=refused)


@admin_required
@require_POST
def suspense_agree(request: HttpRequest, item: UUID) -> HttpResponse:
    """Agree as the second one."""
    return _decide(request, item, bookkeeping.agree, "Agreed. The money has left suspense.")


@admin_required
@require_POST
def suspense_decline(request: HttpRequest, item: UUID) -> HttpResponse:
    """Put it back among the open ones."""
    return _decide(request, item, bookkeeping.decline, "It is open again.")


def _decide(
    request: HttpRequest, item: UUID, act: Callable[..., SuspenseItem], done: str, **typed: str
) -> HttpResponse:
    try:
        act(item_id=item, by=person(request), now=timezone.now(), address=address_of(request=request), **typed)
    except SuspenseItem.DoesNotExist as gone:
        raise Http404("There is no such item.") from gone
    except Conflict as conflict:
        messages.error(request, conflict.message)
    else:
        messages.success(request, done)
    return redirect("suspense")


@admin_required
@require_safe
def disputes(request: HttpRequest) -> HttpResponse:
    """Payments that the payer's bank took back or asks about, those that want an answer first."""
    found = Dispute.objects.select_related("deposit__owner").order_by("closed_at", "-opened_at", "pk")
    return books_page(request, "disputes", page=Paginator(found, A_PAGE).get_page(request.GET.get("page")))


@admin_required
@require_safe
def platform_accounts(request: HttpRequest) -> HttpResponse:
    """What the platform holds and owes."""
    return books_page(request, "platform_accounts", sheet=books.sheet())


def books_page(request: HttpRequest, name: str, *, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the books, with what waits behind each of their tabs."""
    waiting = SuspenseItem.objects.filter(state__in=SuspenseItem.LEFT).count()
    here = {"here": name, "waiting": waiting, "asked": adjusting.waiting().count()}
    here |= {"refunds_asked": refund_desk.waiting().count()}
    return render(request, f"marketplace/{name}.html", context | here, status=status)
