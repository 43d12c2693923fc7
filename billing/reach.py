"""Which way of paying reaches which country: said before anybody starts to work."""

from __future__ import annotations

from django.conf import settings

from billing.models import Method

AS_OF = "November 2026"
# Connect moves money from a platform in one of these to a worker in any of them (docs.stripe.com/connect/
# cross-border-payouts); elsewhere only within the platform's own country. Left out of the European Economic Area:
# Iceland, where the provider opens no accounts.
_REGION = """
    AT BE BG CA CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IT LI LT LU LV MT NL NO PL PT RO SE SI SK US
"""
REGION = frozenset(_REGION.split())
EVERYWHERE = "*"


def ways_to(*, country: str) -> tuple[Method, ...]:
    """How somebody who lives in `country` (ISO 3166-1) can be paid, the better way first; empty when in none."""
    ways = []
    if country in by_provider():
        ways.append(Method.PROVIDER)
    by_hand = settings.PAYOUT_MANUAL_COUNTRIES
    if country and (country in by_hand or (EVERYWHERE in by_hand and not ways)):
        ways.append(Method.MANUAL)
    return tuple(ways)


def by_provider() -> frozenset[str]:
    """The countries the provider reaches from the platform's own; PAYOUT_CONNECT_COUNTRIES overrides the table."""
    if settings.PAYOUT_CONNECT_COUNTRIES:
        return frozenset(settings.PAYOUT_CONNECT_COUNTRIES)
    home = settings.STRIPE_COUNTRY
    return REGION if home in REGION else frozenset({home})
