"""A worker's money: what was earned, and having it paid out."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_POST, require_safe

from billing import payable
from billing.ledger import KeyReused
from billing.models import Payout
from billing.money import CENT, AmountRefused, format_amount, parse_amount
from marketplace import banking, payout_setup
from marketplace import history as past
from marketplace.addresses import address_of
from marketplace.errors import Forbidden
from marketplace.pages.access import ask_who_it_is, is_fresh, person, worker_required
from marketplace.yearly import years_of


@worker_required
@require_safe
def earnings(request: HttpRequest) -> HttpResponse:
    """Balance, what waits, what was paid out, and where it came from."""
    return _page(request)


def _page(request: HttpRequest, *, typed: str = "", error: str = "") -> HttpResponse:
    found = past.earnings(worker=person(request))
    may = payable.payable_of(worker=person(request), now=timezone.now())
    at_least = payable.minimum() if person(request).is_worker else CENT
    context = {
        "earnings": found,
        "years": years_of(worker=person(request)),
        "last": may.amount >= CENT and banking.may_have_the_last(worker=person(request), now=timezone.now()),
        "setup": payout_setup.setup_of(worker=person(request)),
        "minimum": at_least,
        "payable": may.amount,
        "held": may.held,
        "held_total": may.held_total,
        "available": found.balance - may.held_total,
        "rest": found.balance - may.held_total - may.amount,
        "typed": typed,
        "error": error,
        "key": get_random_string(20),
    }
    return render(request, "marketplace/earnings.html", context, status=422 if error else 200)


@worker_required
@require_POST
def payout_request(request: HttpRequest) -> HttpResponse:
    """Ask for money to be paid out. The form's own key makes a double click one payout."""
    typed = request.POST.get("amount", "").strip()
    try:
        payout = banking.request_payout(
            worker=person(request),
            amount=parse_amount(typed) if typed else None,
            idempotency_key=f"page:{request.POST.get('key') or get_random_string(20)}"[:100],
            now=timezone.now(),
            address=address_of(request=request),
            fresh=is_fresh(request),
            last=bool(request.POST.get("last")),
        )
    except Forbidden:
        return ask_who_it_is(request)
    except AmountRefused as refused:
        return _page(request, typed=typed, error=refused.message)
    except KeyReused:
        return _page(request, typed=typed, error="This form was sent before with another amount. Send it once more.")
    if payout.state == Payout.State.AWAITING_APPROVAL:
        messages.success(
            request, f"${format_amount(payout.amount)} is reserved. Two admins look at large payouts first."
        )
    else:
        messages.success(request, f"${format_amount(payout.amount)} is on its way.")
    return redirect("earnings")
