"""Where a suspended person says how they are paid: by the link in their letter, since they cannot sign in."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from billing import payable
from billing.gateway import GatewayAway, GatewayRefused
from billing.payout_accounts import LONGEST_DETAILS
from marketplace import leaving_paid, payout_setup
from marketplace.addresses import address_of
from marketplace.countries import COUNTRIES
from marketplace.errors import Conflict, Refused
from marketplace.models import User
from marketplace.pages.payout_account import AWAY


@require_http_methods(["GET", "POST"])
def payout_left(request: HttpRequest, token: str) -> HttpResponse:
    """What is theirs and how to have it; `?back` after the provider's page. POST `way`: provider, or manual."""
    worker = leaving_paid.holder_of(token=token)
    if worker is None:
        raise Http404("This link has ended.")
    if request.method == "POST":
        return _set_up(request, worker, token)
    if "back" in request.GET:
        payout_setup.look(worker=worker, now=timezone.now())
        return redirect("payout_left", token)
    return _page(request, worker, token, country=request.GET.get("country", ""))


def _page(
    request: HttpRequest, worker: User, token: str, *, country: str = "", errors: dict[str, str] | None = None
) -> HttpResponse:
    country = country if country in COUNTRIES else ""
    setup = payout_setup.setup_of(worker=worker, country=country)
    held = setup.account.held_until if setup.account else None
    here = reverse("payout_left", args=[token])
    context = {
        "balance": payable.payable_of(worker=worker, now=timezone.now()).balance,
        "setup": setup,
        "account": setup.account,
        "held_until": held if held and held > timezone.now() else None,
        "country": country or worker.country,
        "countries": COUNTRIES.items(),
        "details": request.POST.get("details", ""),
        "errors": errors or {},
        "longest": LONGEST_DETAILS,
        "open_url": here,
        "details_url": here,
    }
    return render(request, "marketplace/payout_left.html", context, status=422 if errors else 200)


def _set_up(request: HttpRequest, worker: User, token: str) -> HttpResponse:
    country = request.POST.get("country", "")
    asked: dict[str, Any] = {
        "worker": worker,
        "country": country,
        "now": timezone.now(),
        "address": address_of(request=request),
    }
    here = settings.SITE_URL + reverse("payout_left", args=[token])
    try:
        if request.POST.get("way") == "manual":
            details = request.POST.get("details", "").replace("\x00", "")
            payout_setup.give_details(details=details, fresh=True, **asked)
            messages.success(request, "Your bank details are kept, and nobody can read them here.")
        else:
            return redirect(
                payout_setup.open_account(refresh_url=here, return_url=f"{here}?back=1", fresh=True, **asked)
            )
    except Refused as refused:
        errors = {problem.field: problem.message for problem in refused.problems}
        return _page(request, worker, token, country=country, errors=errors)
    except Conflict as conflict:
        messages.error(request, conflict.message)
    except GatewayRefused as refused:
        messages.error(request, f"The payment provider refused: {refused.message}")
    except GatewayAway:
        messages.error(request, AWAY)
    return redirect("payout_left", token)
