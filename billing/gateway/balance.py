"""The provider's own books: every movement of the platform's balance, and what is in it now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings

from billing.gateway.answers import Funds, Movement, movement
from billing.gateway.client import asking
from billing.money import from_cents

PAGE = 100


def balance_transactions(*, since: datetime, until: datetime) -> Iterator[Movement]:
    """Every movement made from `since` up to, but not at, `until`, latest first; pages are fetched as they are read.

    May raise GatewayAway on any step: then the list is not complete and says nothing.
    """
    with asking() as client:
        page = client.v1.balance_transactions.list(
            params={
                "created": {"gte": int(since.timestamp()), "lt": int(until.timestamp())},
                "limit": PAGE,
                # Our reference is in the metadata of what moved, not of the movement.
                "expand": ["data.source"],
            }
        )
        for transaction in page.auto_paging_iter():
            yield movement(transaction.to_dict())


def funds() -> Funds:
    """What the platform holds at the provider in its currency; available may be negative after a dispute."""
    with asking() as client:
        balance = client.v1.balance.retrieve().to_dict()
    return Funds(available=_held(balance.get("available")), pending=_held(balance.get("pending")))


def _held(purses: list[dict[str, object]] | None) -> int:
    ours = [purse for purse in purses or [] if purse["currency"] == settings.CURRENCY.lower()]
    return sum(from_cents(int(str(purse["amount"]))) for purse in ours)
