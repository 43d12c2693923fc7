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
from billing.money import AmountRefused, format_amount, parse_amount, whole_cents
from marketplace import banking
from marketplace import history as past
from marketplace.addresses import address_of
from marketplace.pages.access import person, worker_required
from marketplace.yearly import years_of


@worker_required
@require_safe
def earnings(request: HttpRequest) -> HttpResponse:
    """Balance, what waits, what was paid out, and where it came from."""
    return _page(request)


def _page(request: HttpRequest, *, typed: str = "", error: str = "") -> HttpResponse:
    found = past.earnings(worker=person(request))
    context = {
        "earnings": found,
        "years": years_of(worker=person(request)),
        "minimum": payable.minimum(),
        "payable": whole_cents(found.balance),
        "rest": found.balance - whole_cents(found.balance),
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
        )
    except AmountRefused as refused:
        return _page(request, typed=typed, error=refused.message)
    except KeyReused:
        return _page(request, typed=typed, error="This form was sent before with another amount. Send it once more.")
    messages.success(request, f"${format_amount(payout.amount)} is on its way.")
    return redirect("earnings")
