"""What the double can do, in the provider's shapes. Amounts in whole cents, times in Unix seconds."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from billing.sandbox.store import Store

MINIMUM_CHARGE = 50
SESSION_LIFE = 24 * 3600
# An e-mail such as rosa+payouts-off@example.org opens an account that cannot be paid, to see a payout fail.
PAYOUTS_OFF = "+payouts-off@"


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
    """How this sandbox behaves: what it keeps of a card payment, and how long money stays pending."""

    public_url: str
    fee_bps: int = 290
    fee_fixed: int = 30
    settle_seconds: int = 0


def new_id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"


def create_session(store: Store, terms: Terms, params: dict[str, Any], now: float) -> dict[str, Any]:
    """POST /v1/checkout/sessions"""
    if params.get("mode") != "payment":
        raise ApiError("The sandbox knows mode=payment only.", param="mode")
    item = _first(params, "line_items")
    price = _group(item, "price_data", "line_items[0][price_data]")
    total = _cents(price, "unit_amount", "line_items[0][price_data][unit_amount]") * _cents(
        item, "quantity", "quantity"
    )
    if total < MINIMUM_CHARGE:
        raise ApiError("Amount must be at least 50 cents.", code="amount_too_small")
    for name in ("success_url", "cancel_url"):
        if urlsplit(str(params.get(name, ""))).scheme not in ("http", "https"):
            raise ApiError(f"Not a valid URL: {name}", code="url_invalid", param=name)
    pk = new_id("cs_test")
    session = {
        "id": pk, "object": "checkout.session", "livemode": False, "created": int(now), "mode": "payment",
        "status": "open", "payment_status": "unpaid", "amount_total": total,
        "currency": _text(price, "currency", "line_items[0][price_data][currency]"),
        "client_reference_id": params.get("client_reference_id"), "customer_email": params.get("customer_email"),
        "description": _group(price, "product_data", "product_data").get("name", "Payment"),
        "metadata": params.get("metadata", {}), "payment_intent": None, "success_url": params["success_url"],
        "cancel_url": params["cancel_url"], "expires_at": int(now) + SESSION_LIFE,
        "url": f"{terms.public_url}/c/pay/{pk}",
        "intent_metadata": _maybe_group(params, "payment_intent_data").get("metadata", {}),
    }  # fmt: skip
    return store.put(session)


def pay_session(store: Store, terms: Terms, session: dict[str, Any], now: float) -> dict[str, Any]:
    """What the card network would do when a person presses Pay: charge, fee, balance transaction, event."""
    total = session["amount_total"]
    intent, charge = new_id("pi"), new_id("ch")
    fee = (total * terms.fee_bps + 5_000) // 10_000 + terms.fee_fixed
    entry = _balance_entry(store, "charge", charge, total, min(fee, total), now, now + terms.settle_seconds)
    about = {"currency": session["currency"], "created": int(now), "livemode": False, "amount": total}
    about["metadata"] = session["intent_metadata"]
    store.put({"id": charge, "object": "charge", "status": "succeeded", "paid": True, "payment_intent": intent,
               "balance_transaction": entry["id"], "amount_refunded": 0, "disputed": False, **about})  # fmt: skip
    store.put({"id": intent, "object": "payment_intent", "status": "succeeded", "amount_received": total,
               "latest_charge": charge, **about})  # fmt: skip
    session = session | {"status": "complete", "payment_status": "paid", "payment_intent": intent, "url": None}
    return _changed(store, session, "checkout.session.completed", now)


def expire_session(store: Store, terms: Terms, params: dict[str, Any], now: float, pk: str) -> dict[str, Any]:
    """POST /v1/checkout/sessions/<id>/expire"""
    session = find(store, "checkout.session", pk)
    if session["status"] != "open":
        raise ApiError(f"Only an open session can be expired; this one is {session['status']}.")
    return _changed(store, session | {"status": "expired", "url": None}, "checkout.session.expired", now)


def expire_overdue(store: Store, terms: Terms, now: float) -> int:
    """Close the payment pages whose time is over; returns how many."""
    overdue = [s for s in store.all("checkout.session", status="open") if s["expires_at"] <= now]
    for session in overdue:
        expire_session(store, terms, {}, now, session["id"])
    return len(overdue)


def create_account(store: Store, terms: Terms, params: dict[str, Any], now: float) -> dict[str, Any]:
    """POST /v1/accounts"""
    if params.get("type") != "express":
        raise ApiError("The sandbox knows type=express only.", param="type")
    email = str(params.get("email", ""))
    ready = PAYOUTS_OFF not in email
    account = {
        "id": new_id("acct"), "object": "account", "type": "express", "created": int(now), "email": email,
        "country": params.get("country", "US"), "default_currency": "usd", "metadata": params.get("metadata", {}),
        "details_submitted": ready, "charges_enabled": False, "payouts_enabled": ready,
        "capabilities": {"transfers": "active" if ready else "inactive"},
        "requirements": {"currently_due": [] if ready else ["external_account"], "disabled_reason": None},
    }  # fmt: skip
    return store.put(account)


def create_transfer(store: Store, terms: Terms, params: dict[str, Any], now: float) -> dict[str, Any]:
    """POST /v1/transfers"""
    amount = _cents(params, "amount", "amount")
    currency = _text(params, "currency", "currency")
    account = store.get("account", _text(params, "destination", "destination"))
    if account is None:
        raise ApiError(f"No such destination: '{params['destination']}'", code="resource_missing", param="destination")
    if account["capabilities"]["transfers"] != "active":
        raise ApiError(
            "Your destination account needs to have the transfers capability enabled.",
            code="insufficient_capabilities_for_transfer", kept=True,
        )  # fmt: skip
    if amount > store.net(available_by=now):
        raise ApiError("You have insufficient available funds.", code="balance_insufficient", kept=True)
    pk = new_id("tr")
    entry = _balance_entry(store, "transfer", pk, -amount, 0, now, now)
    transfer = {
        "id": pk, "object": "transfer", "amount": amount, "amount_reversed": 0, "currency": currency,
        "created": int(now), "destination": account["id"], "balance_transaction": entry["id"], "livemode": False,
        "metadata": params.get("metadata", {}), "reversed": False, "transfer_group": params.get("transfer_group"),
    }  # fmt: skip
    return _changed(store, transfer, "transfer.created", now)


def balance(store: Store, terms: Terms, params: dict[str, Any], now: float) -> dict[str, Any]:
    """GET /v1/balance"""
    available = store.net(available_by=now)
    pending = store.net() - available
    return {
        "object": "balance", "livemode": False, "available": [{"amount": available, "currency": "usd"}],
        "pending": [{"amount": pending, "currency": "usd"}],
    }  # fmt: skip


def find(store: Store, kind: str, pk: str) -> dict[str, Any]:
    """The object, or the provider's 404."""
    found = store.get(kind, pk)
    if found is None:
        raise ApiError(f"No such {kind.replace('.', ' ')}: '{pk}'", status=404, code="resource_missing", param="id")
    return found


def _balance_entry(
    store: Store, kind: str, source: str, amount: int, fee: int, now: float, available_on: float
) -> dict[str, Any]:
    return store.put({
        "id": new_id("txn"), "object": "balance_transaction", "type": kind, "source": source, "amount": amount,
        "fee": fee, "net": amount - fee, "currency": "usd", "created": int(now), "available_on": int(available_on),
        "status": "available" if available_on <= now else "pending",
    })  # fmt: skip


def _changed(store: Store, body: dict[str, Any], event: str, now: float) -> dict[str, Any]:
    """Keep the object and queue the event about it, with the object as it is now."""
    store.put(body)
    store.add_event(
        {
            "id": new_id("evt"), "object": "event", "type": event, "created": int(now), "livemode": False,
            "pending_webhooks": 1, "request": {"id": None, "idempotency_key": None}, "data": {"object": body},
        },
        now,
    )  # fmt: skip
    return body


def _text(params: dict[str, Any], name: str, where: str) -> str:
    value = params.get(name)
    if not isinstance(value, str) or not value:
        raise ApiError(f"Missing required param: {where}.", code="parameter_missing", param=where)
    return value


def _cents(params: dict[str, Any], name: str, where: str) -> int:
    text = _text(params, name, where)
    if not (text.isascii() and text.isdigit() and len(text) <= 8 and int(text)):
        raise ApiError(f"Invalid positive integer: {text}", code="parameter_invalid_integer", param=where)
    return int(text)


def _group(params: dict[str, Any], name: str, where: str) -> dict[str, Any]:
    value = params.get(name)
    if not isinstance(value, dict):
        raise ApiError(f"Missing required param: {where}.", code="parameter_missing", param=where)
    return value


def _maybe_group(params: dict[str, Any], name: str) -> dict[str, Any]:
    return _group(params, name, name) if name in params else {}


def _first(params: dict[str, Any], name: str) -> dict[str, Any]:
    items = params.get(name)
    if not isinstance(items, list) or len(items) != 1 or not isinstance(items[0], dict):
        raise ApiError(f"The sandbox takes exactly one of {name}.", param=name)
    return items[0]
