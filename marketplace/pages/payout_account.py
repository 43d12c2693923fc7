"""Where a worker is paid: set up, look what is missing, come back from the provider's page."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from billing.gateway import GatewayAway, GatewayRefused
from billing.models import Payout
from billing.payout_accounts import LONGEST_DETAILS
from marketplace import payout_setup
from marketplace.addresses import address_of
from marketplace.countries import COUNTRIES
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.pages.access import ask_who_it_is, is_fresh, person, worker_required

AWAY = "The payment provider does not answer just now. Try again in a moment; nothing is lost."


@worker_required
@require_safe
def payout_account(request: HttpRequest) -> HttpResponse:
    """How the worker is paid, what is still missing, and changing it. `?country=` shows the ways to another one."""
    return _page(request, country=request.GET.get("country", ""))


def _page(
    request: HttpRequest, *, country: str = "", details: str = "", errors: dict[str, str] | None = None
) -> HttpResponse:
    worker = person(request)
    country = country if country in COUNTRIES else ""
    setup = payout_setup.setup_of(worker=worker, country=country)
    held = setup.account.held_until if setup.account else None
    context = {
        "setup": setup,
        "account": setup.account,
        "held_until": held if held and held > timezone.now() else None,
        "country": country or (setup.account.country if setup.account else "") or worker.country,
        "countries": COUNTRIES.items(),
        "names": COUNTRIES,
        "details": details,
        "errors": errors or {},
        "longest": LONGEST_DETAILS,
        "hold_hours": settings.PAYOUT_CHANGE_HOLD_HOURS,
    }
    return render(request, "marketplace/payout_account.html", context, status=422 if errors else 200)


@worker_required
@require_POST
def payout_account_open(request: HttpRequest) -> HttpResponse:
    """Open the account at the provider, or go on with it: to the provider's page."""
    return _to_the_provider(request, request.POST.get("country", ""))


@worker_required
@require_safe
def payout_account_again(request: HttpRequest) -> HttpResponse:
    """The provider sends people here whose link was used up: with a new one back to it."""
    return _to_the_provider(request, "")


def _to_the_provider(request: HttpRequest, country: str) -> HttpResponse:
    try:
        link = payout_setup.open_account(
            worker=person(request),
            country=country,
            refresh_url=settings.SITE_URL + reverse("payout_account_again"),
            return_url=settings.SITE_URL + reverse("payout_account_back"),
            fresh=is_fresh(request),
            now=timezone.now(),
            address=address_of(request=request),
        )
    except Forbidden:
        return ask_who_it_is(request)
    except Refused as refused:
        return _page(request, country=country, errors={"country": refused.problems[0].message})
    except Conflict as conflict:
        messages.error(request, conflict.message)
    except GatewayRefused as refused:
        messages.error(request, f"The payment provider refused: {refused.message}")
    except GatewayAway:
        messages.error(request, AWAY)
    else:
        return redirect(link)
    return redirect("payout_account")


@worker_required
@require_safe
def payout_account_back(request: HttpRequest) -> HttpResponse:
    """Back from the provider's page, done or not: it is asked how the account stands."""
    setup = payout_setup.look(worker=person(request), now=timezone.now())
    if setup.ready:
        messages.success(request, "Your payout account is ready.")
    elif not setup.wanted:
        messages.info(request, "The payment provider is looking at what you gave.")
    return redirect("payout_account")


@worker_required
@require_POST
def payout_account_details(request: HttpRequest) -> HttpResponse:
    """Take the bank details for payouts by hand."""
    country, details = request.POST.get("country", ""), request.POST.get("details", "").replace("\x00", "")
    try:
        payout_setup.give_details(
            worker=person(request),
            country=country,
            details=details,
            fresh=is_fresh(request),
            now=timezone.now(),
            address=address_of(request=request),
        )
    except Forbidden:
        return ask_who_it_is(request)
    except Refused as refused:
        errors = {problem.field: problem.message for problem in refused.problems}
        return _page(request, country=country, details=details, errors=errors)
    except Conflict as conflict:
        messages.error(request, conflict.message)
        return redirect("payout_account")
    messages.success(request, "Your bank details are kept, and nobody can read them here.")
    return redirect("payout_account")


@worker_required
@require_POST
def payout_cancel(request: HttpRequest, payout_id: UUID) -> HttpResponse:
    """Take a payout back that is not sent yet."""
    try:
        payout_setup.cancel_payout(
            worker=person(request), payout_id=payout_id, now=timezone.now(), address=address_of(request=request)
        )
    except Payout.DoesNotExist as gone:
        raise Http404("There is no such payout of yours.") from gone
    except Conflict as conflict:
        messages.error(request, conflict.message)
    else:
        messages.success(request, "Cancelled: the money is in your balance.")
    return redirect("earnings")
