"""The front door: what Tally is for strangers, and the way to work for those who are logged in."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from billing.money import parse_amount
from marketplace import pricing
from marketplace.models import User

EXAMPLE_REWARD = parse_amount("0.05")


@require_safe
def landing(request: HttpRequest) -> HttpResponse:
    """A stranger reads what Tally does; anybody else goes where their work is."""
    if isinstance(request.user, User):
        return redirect(home_of(request.user))
    quote = pricing.quote(
        images=1,
        min_overlap=3,
        max_overlap=3,
        rate=pricing.Rate(reward=EXAMPLE_REWARD, fee_bps=settings.PLATFORM_FEE_BPS),
    )
    return render(request, "marketplace/landing.html", {"quote": quote})


def home_of(person: User) -> str:
    """The name of the page a person starts from: a requester's jobs, a worker's board, an admin's quality report."""
    if person.is_requester:
        return "jobs"
    if person.is_worker:
        return "work"
    return "report_quality" if person.is_staff else "profile"
