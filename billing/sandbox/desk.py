"""What every operation of the double works with: its memory, its terms, the time; and how it says no and tells."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from billing.sandbox.store import Store


class ApiError(Exception):
    """A refusal in the provider's words. `kept` refusals are remembered under the idempotency key."""

    def __init__(
        self, message: str, *, status: int = 400, code: str = "", param: str = "", kind: str = "", kept: bool = False
    ) -> None:
        super().__init__(message)
        self.status, self.kept = status, kept
        self.body = {"type": kind or "invalid_request_error", "message": message}
        self.body |= {name: value for name, value in (("code", code), ("param", param)) if value}


@dataclass(frozen=True)
class Terms:
    """How this sandbox behaves. Fees in basis points and cents, times in seconds."""

    public_url: str
    webhook_url: str = ""
    country: str = "US"
    currency: str = "usd"
    fee_bps: int = 290
    fee_fixed: int = 30
    dispute_fee: int = 1500
    settle_seconds: int = 0  # how long paid money stays pending
    refund_seconds: int = 0  # how long a refund stays pending; 0 succeeds at once
    payout_seconds: int = 24 * 3600  # how long a connected account holds money before its bank gets it
    onboarding: bool = False  # whether a new account must be set up by a person first


@dataclass(frozen=True)
class Desk:
    """One operation's view. Whoever writes is inside `store.transaction()`."""

    store: Store
    terms: Terms
    now: float

    def find(self, kind: str, pk: str) -> dict[str, Any]:
        """The object, or the provider's 404."""
        found = self.store.get(kind, pk)
        if found is None:
            raise ApiError(f"No such {kind}: '{pk}'", status=404, code="resource_missing", param="id")
        return found

    def tell(self, event: str, body: dict[str, Any], *, account: str = "") -> dict[str, Any]:
        """Keep the object and queue the event about it, as it is now. `account` marks a connected account's event."""
        self.store.put(body)
        about = {
            "id": new_id("evt"), "object": "event", "type": event, "created": int(self.now), "livemode": False,
            "api_version": None, "pending_webhooks": 1, "request": {"id": None, "idempotency_key": None},
            "data": {"object": shown(body, self.now)},
        }  # fmt: skip
        self.store.add_event(about | ({"account": account} if account else {}), self.now)
        return body


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def listed(items: list[dict[str, Any]], url: str, *, more: bool = False) -> dict[str, Any]:
    """A page of objects as the provider writes it."""
    return {"object": "list", "data": items, "has_more": more, "url": url}


def shown(body: Any, now: float) -> Any:
    """An object as it is told: without what the double keeps for itself, and pending only until it is available."""
    if isinstance(body, list):
        return [shown(item, now) for item in body]
    if not isinstance(body, dict):
        return body
    told = {name: shown(value, now) for name, value in body.items() if not name.startswith("_")}
    if told.get("object") == "balance_transaction":
        told["status"] = "available" if told["available_on"] <= now else "pending"
    return told
