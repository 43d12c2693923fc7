"""The admins' queue of payouts: what waits, what failed and why, and what the operator's bank is to pay."""

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

from billing import payable
from billing.models import Payout
from billing.money import format_amount
from marketplace import payout_desk
from marketplace.addresses import address_of
from marketplace.countries import COUNTRIES
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.pages.access import admin_required, ask_who_it_is, is_fresh, person

A_PAGE = 50


@admin_required
@require_safe
def payout_queue(request: HttpRequest) -> HttpResponse:
    """Payouts of one state."""
    asked = request.GET.get("show", "")
    counts = payout_desk.counts()
    waiting = next((state for state in payout_desk.SHOWS[:3] if counts[state]), payout_desk.SHOWS[0])
    show = asked if asked in counts else waiting
    context = {
        "page": Paginator(payout_desk.payouts_in(state=show), A_PAGE).get_page(request.GET.get("page")),
        "show": show,
        "tabs": [(state, Payout.State(state).label, count) for state, count in counts.items()],
    }
    return render(request, "marketplace/payout_queue.html", context)


@admin_required
@require_safe
def payout_case(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """One payout: everything about it, and what may be done."""
    return _page(request, payout_id)


def _page(
    request: HttpRequest, payout_id: UUID, *, errors: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> HttpResponse:
    try:
        found = payout_desk.case(payout_id=payout_id)
    except Payout.DoesNotExist as gone:
        raise Http404("There is no such payout.") from gone
    me = person(request)
    context = {
        "found": found,
        "payout": found.payout,
        "account": found.account,
        "country": COUNTRIES.get(found.account.country, "") if found.account else "",
        "own": found.payout.worker_id == me.pk,
        "agreed_already": me in found.agreed,
        "marked_by_me": found.payout.marked_by_id == me.pk,
        "errors": errors or {},
        "typed": typed or {},
        "longest": payout_desk.LONGEST_REASON,
        "limit": payable.approval_limit(),
    }
    return render(request, "marketplace/payout_case.html", context, status=422 if errors else 200)


@admin_required
@require_POST
def payout_approve(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Agree to a large payout."""
    return _decide(request, payout_id, payout_desk.approve, "You agreed.")


@admin_required
@require_POST
def payout_refuse(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Decide against a payout."""
    return _decide(request, payout_id, payout_desk.refuse, "Refused: the worker was told why.", "reason")


@admin_required
@require_POST
def payout_retry(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Try a failed payout again."""
    return _decide(request, payout_id, payout_desk.retry, "It is tried again, as a payout of its own.")


@admin_required
@require_POST
def payout_mark(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Say that the operator's bank sent it."""
    return _decide(request, payout_id, payout_desk.mark_paid, "Marked. Another admin confirms it.", "reference")


@admin_required
@require_POST
def payout_confirm(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Confirm what another admin marked as paid."""
    return _decide(request, payout_id, payout_desk.confirm, "Confirmed: it is paid.")


@admin_required
@require_POST
def payout_send_back(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """The operator's bank would not send it, or has it again."""
    act = payout_desk.came_back if request.POST.get("after") == "sent" else payout_desk.send_back
    return _decide(request, payout_id, act, "The money is in the worker's balance again; they were told why.", "reason")


@admin_required
@require_POST
def payout_export(request: HttpRequest) -> HttpResponse:
    """The file for the operator's bank: each payout is in one. `again` names those whose file was lost."""
    if not is_fresh(request):
        return ask_who_it_is(request)
    again = [UUID(one) for one in request.POST.getlist("again") if _is_uuid(one)]
    now = timezone.now()
    lines, text = payout_desk.export(by=person(request), now=now, again=again, address=address_of(request=request))
    if not lines:
        messages.info(request, "Nothing waits for a file.")
        return redirect("payout_queue")
    response = HttpResponse(text, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="tally-bank-{now:%Y-%m-%d-%H%M}.csv"'
    return response


def _decide(request: HttpRequest, payout_id: UUID, act: Callable[..., Payout], done: str, *fields: str) -> HttpResponse:
    typed: dict[str, Any] = {field: request.POST.get(field, "").replace("\x00", "") for field in fields}
    try:
        payout = act(
            payout_id=payout_id, by=person(request), now=timezone.now(), address=address_of(request=request), **typed
        )
    except Payout.DoesNotExist as gone:
        raise Http404("There is no such payout.") from gone
    except Refused as refused:
        errors = {problem.field: problem.message for problem in refused.problems}
        return _page(request, payout_id, errors=errors, typed=typed)
    except (Conflict, Forbidden) as refused:
        messages.error(request, refused.message)
        return redirect("payout_case", payout_id)
    messages.success(request, f"${format_amount(payout.amount)}: {done}")
    return redirect("payout_case", payout.pk)


def _is_uuid(text: str) -> bool:
    try:
        return bool(UUID(text))
    except ValueError:
        return False
