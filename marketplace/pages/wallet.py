"""A requester's wallet: what is in it, where it went, and paying in."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from django.views.decorators.http import require_POST, require_safe

from billing.gateway import GatewayAway, GatewayRefused
from billing.ledger import KeyReused
from billing.models import Deposit
from billing.money import AmountRefused, parse_amount
from marketplace import banking, deposited, purse
from marketplace.addresses import address_of
from marketplace.errors import Forbidden
from marketplace.models import Job
from marketplace.pages.access import person, requester_required, set_up_second_factor

WATCH = timedelta(minutes=30)


@requester_required
@require_safe
def wallet(request: HttpRequest) -> HttpResponse:
    """The balance, what jobs hold, and the statement."""
    return _page(request)


def _page(request: HttpRequest, *, amount: str = "", error: str = "") -> HttpResponse:
    before = request.GET.get("before", "")
    shown = purse.purse(owner=person(request), before=int(before) if before.isdecimal() and len(before) < 18 else None)
    context = {
        "purse": shown,
        "amount": amount or request.GET.get("amount", "50.00")[:20],
        "job": request.GET.get("job") or request.POST.get("job", ""),
        "error": error,
        "key": get_random_string(20),
        "paged": bool(before),
    }
    return render(request, "marketplace/wallet.html", context, status=422 if error else 200)


@requester_required
@require_POST
def deposit_new(request: HttpRequest) -> HttpResponse:
    """Start a deposit and go to the provider's payment page. The form's own key makes a double click one deposit."""
    typed = request.POST.get("amount", "").strip()
    key = f"page:{request.POST.get('key') or get_random_string(20)}"[:100]
    back = {"key": key, "job": _job_of(request)}
    page = settings.SITE_URL + reverse("deposit_return")
    try:
        deposit = banking.start_deposit(
            owner=person(request),
            amount=parse_amount(typed),
            idempotency_key=key,
            success_url=f"{page}?{urlencode(back)}",
            cancel_url=f"{page}?{urlencode({**back, 'left': 1})}",
            now=timezone.now(),
            address=address_of(request=request),
        )
    except Forbidden:
        return set_up_second_factor(request)
    except AmountRefused as refused:
        return _page(request, amount=typed, error=refused.message)
    except KeyReused:
        return _page(request, amount=typed, error="This form was sent before with another amount. Send it once more.")
    except (GatewayAway, GatewayRefused):
        return _page(request, amount=typed, error="The payment provider does not answer just now. Nothing was charged.")
    if deposit.state != Deposit.State.WAITING:
        return redirect("deposit", deposit.pk)
    return redirect(deposit.checkout_url)


def _job_of(request: HttpRequest) -> str:
    """The job the requester came from, if it is theirs: they go back there after paying."""
    asked = request.POST.get("job", "")
    return asked if Job.objects.filter(public_id=asked, owner=person(request)).exists() else ""


@requester_required
@require_safe
def deposit_return(request: HttpRequest) -> HttpResponse:
    """Where the payment page sends people back to, paid or not: to the deposit that its address names."""
    found = Deposit.objects.filter(owner=person(request), idempotency_key=request.GET.get("key", "")).first()
    if found is None:
        return redirect("wallet")
    kept = {name: request.GET[name] for name in ("job", "left") if request.GET.get(name)}
    return redirect(reverse("deposit", args=[found.pk]) + (f"?{urlencode(kept)}" if kept else ""))


@requester_required
@require_safe
def deposit(request: HttpRequest, deposit_id: UUID) -> HttpResponse:
    """How a deposit stands; asks again by itself until the provider has told."""
    found = get_object_or_404(Deposit, pk=deposit_id, owner=person(request))
    job = Job.objects.filter(public_id=request.GET.get("job", ""), owner=person(request)).first()
    left = bool(request.GET.get("left"))
    context = {
        "deposit": found,
        "job": job,
        "left": left,
        "settled": deposited.settled_by(deposit=found),
        "watch": not left and timezone.now() - found.created_at < WATCH,
    }
    part = bool(getattr(request, "htmx", False))
    return render(request, "marketplace/_deposit.html" if part else "marketplace/deposit.html", context)
