"""How the platform's own account at the provider is set up: what is wrong there shows only when money is stuck."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from billing.gateway.client import asking


@dataclass(frozen=True)
class Endpoint:
    """Where the provider sends events. `events` may hold `*` for all; `api_version` is empty for the account's own."""

    url: str
    enabled: bool
    events: frozenset[str]
    api_version: str


@dataclass(frozen=True)
class Setup:
    """`payout_interval` is how often the provider sends the platform's money to the platform's bank by itself:
    manual, daily, weekly or monthly."""

    account: str
    country: str
    payout_interval: str
    endpoints: tuple[Endpoint, ...]


def inspect() -> Setup:
    """Ask how the account that the key belongs to is set up."""
    with asking() as client:
        account = client.v1.accounts.retrieve_current().to_dict()
        page = client.v1.webhook_endpoints.list(params={"limit": 100})
        endpoints = tuple(_endpoint(endpoint.to_dict()) for endpoint in page.auto_paging_iter())
    schedule = ((account.get("settings") or {}).get("payouts") or {}).get("schedule") or {}
    return Setup(
        account=account["id"],
        country=account.get("country") or "",
        payout_interval=schedule.get("interval") or "",
        endpoints=endpoints,
    )


def _endpoint(endpoint: dict[str, Any]) -> Endpoint:
    return Endpoint(
        url=endpoint["url"],
        enabled=endpoint.get("status") == "enabled",
        events=frozenset(endpoint.get("enabled_events") or ()),
        api_version=endpoint.get("api_version") or "",
    )
