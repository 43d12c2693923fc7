"""A requester's deposits, and sending what was not spent back to the card."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_POST, require_safe

from billing.ledger import KeyReused
from billing.models import Deposit
from billing.money import AmountRefused, parse_amount
from marketplace import deposited, refunding
from marketplace.addresses import address_of
from marketplace.errors import Forbidden
from marketplace.pages.access import ask_who_it_is, is_fresh, person, requester_required, set_up_second_factor
from marketplace.templatetags.tally import money

A_PAGE = 20


@requester_required
@require_safe
def deposits(request: HttpRequest) -> HttpResponse:
    """All deposits, the latest first, with what went back of each."""
    return _page(request)


def _page(request: HttpRequest, *, of: UUID | None = None, typed: str = "", error: str = "") -> HttpResponse:
    owner = person(request)
    page = Paginator(deposited.deposits_of(owner=owner), A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": deposited.rows(owner=owner, deposits=list(page)),
        "all": deposited.all_refundable(owner=owner),
        "key": get_random_string(20),
        "of": of,
        "typed": typed,
        "error": error,
    }
    return render(request, "marketplace/deposits.html", context, status=422 if error else 200)


@requester_required
@require_POST
def refund(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """Send a part of a deposit, or all that can be, back to its card. A double click is one refund."""
    typed = request.POST.get("amount", "").strip()
    if not is_fresh(request):
        return ask_who_it_is(request)
    try:
        made = refunding.request_refund(
            asked_by=person(request),
            deposit_id=deposit_id,
            amount=parse_amount(typed) if typed else None,
            idempotency_key=f"page:{request.POST.get('key') or get_random_string(20)}"[:100],
            now=timezone.now(),
            address=address_of(request=request),
        )
    except Deposit.DoesNotExist as gone:
        raise Http404("There is no such deposit of yours.") from gone
    except Forbidden:
        return set_up_second_factor(request)
    except AmountRefused as refused:
        return _page(request, of=deposit_id, typed=typed, error=refused.message)
    except KeyReused:
        told = "This form was sent before with another amount. Send it once more."
        return _page(request, of=deposit_id, typed=typed, error=told)
    messages.success(request, f"{money(made.amount)} is on its way back to your card. Banks take a few days.")
    return redirect("deposits")


@requester_required
@require_POST
def refund_all(request: HttpRequest) -> HttpResponse:
    """Send all that is in the wallet back to the cards it came from."""
    if not is_fresh(request):
        return ask_who_it_is(request)
    try:
        sent = refunding.refund_wallet(owner=person(request), now=timezone.now(), address=address_of(request=request))
    except Forbidden:
        return set_up_second_factor(request)
    if sent:
        messages.success(request, f"{money(sent)} is on its way back to your cards. Banks take a few days.")
    else:
        messages.info(request, "There was nothing that can go back to a card.")
    return redirect("deposits")
