"""Workers' accounts at the provider: Connect Express, whose pages ask for papers so that Tally never sees any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings

from billing.gateway.answers import Recipient
from billing.gateway.client import asking

if TYPE_CHECKING:
    from stripe.params import AccountCreateParams


def create_recipient(*, reference: str, email: str, key: str, country: str = "") -> Recipient:
    """Open an account at the provider to which a worker can be paid.

    `country` (ISO 3166, two letters) is where the worker lives and banks; without one the platform's own. It can
    never be changed afterwards: somebody who moves needs another account. Raises GatewayRefused for a country the
    provider does not pay in.
    """
    home = settings.STRIPE_COUNTRY
    params: AccountCreateParams = {
        "type": "express",
        "country": country or home,
        "email": email,
        "capabilities": {"transfers": {"requested": True}},
        "metadata": {"tally_worker": reference},
    }
    if country and country != home:
        # Across a border the provider pays only those who are its recipients, not its merchants; whoever takes money
        # at home must not be one. A recipient cannot charge cards, which a worker never does, and a transfer to one
        # is held a day longer.
        params["tos_acceptance"] = {"service_agreement": "recipient"}
    with asking() as client:
        account = client.v1.accounts.create(params=params, options={"idempotency_key": key})
    return read_recipient(account=account.to_dict())


def find_recipient(*, account_id: str) -> Recipient:
    """How a worker's account at the provider stands now."""
    with asking() as client:
        return read_recipient(account=client.v1.accounts.retrieve(account_id).to_dict())


def onboarding_link(*, account_id: str, refresh_url: str, return_url: str) -> str:
    """A page of the provider where the worker gives what it wants to know; works once, for a few minutes.

    The worker comes back to `return_url` done or not (look at the account), to `refresh_url` when the link was used
    up: make another one there.
    """
    with asking() as client:
        link = client.v1.account_links.create(
            params={
                "account": account_id,
                "type": "account_onboarding",
                "refresh_url": refresh_url,
                "return_url": return_url,
                # Asked once for everything, so that a worker is not stopped again later, when earnings have grown.
                "collection_options": {"fields": "eventually_due"},
            }
        )
    return link.url


def read_recipient(*, account: Mapping[str, Any]) -> Recipient:
    """An account as the provider writes it, in a reply or an event."""
    wanted = account.get("requirements") or {}
    return Recipient(
        id=account["id"],
        payouts_enabled=bool(account.get("payouts_enabled")),
        country=account.get("country") or "",
        details_submitted=bool(account.get("details_submitted")),
        currently_due=tuple(wanted.get("currently_due") or ()),
        disabled_reason=wanted.get("disabled_reason") or "",
        bank_fingerprint=_fingerprint(account),
    )


def _fingerprint(account: Mapping[str, Any]) -> str | None:
    """Of the bank account or card that money goes to: the default one of its currency."""
    places = (account.get("external_accounts") or {}).get("data") or []
    usual = [place for place in places if place.get("default_for_currency")] or places
    return usual[0].get("fingerprint") if usual else None
