"""Payment pages and the charges that come of them. Amounts in cents."""

from __future__ import annotations

from typing import Any

from billing.sandbox import books
from billing.sandbox.desk import ApiError, Desk, new_id
from billing.sandbox.shapes import positive

MINIMUM_CHARGE = 50
SESSION_LIFE = 24 * 3600


def create(desk: Desk, params: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/checkout/sessions"""
    if params["mode"] != "payment":
        raise ApiError("The sandbox knows mode=payment only.", param="mode")
    if len(params["line_items"]) != 1:
        raise ApiError("The sandbox takes exactly one of line_items.", param="line_items")
    [item] = params["line_items"]
    price = item["price_data"]
    total = positive(price, "unit_amount") * positive(item, "quantity")
    if total < MINIMUM_CHARGE:
        raise ApiError("The amount must be at least 50 cents.", code="amount_too_small")
    pk = new_id("cs_test")
    return desk.store.put({
        "id": pk, "object": "checkout.session", "livemode": False, "created": int(desk.now), "mode": "payment",
        "status": "open", "payment_status": "unpaid", "amount_total": total, "currency": price["currency"],
        "client_reference_id": params.get("client_reference_id"), "customer_email": params.get("customer_email"),
        "metadata": params.get("metadata", {}), "payment_intent": None, "success_url": params["success_url"],
        "cancel_url": params["cancel_url"], "expires_at": int(desk.now) + SESSION_LIFE,
        "url": f"{desk.terms.public_url}/c/pay/{pk}", "_description": price["product_data"]["name"],
        "_intent_metadata": params.get("payment_intent_data", {}).get("metadata", {}),
    })  # fmt: skip


def pay(desk: Desk, session: dict[str, Any], *, later: bool = False) -> dict[str, Any]:
    """What the card network does when a person presses Pay. `later`: a slow way of paying, still to succeed or fail."""
    intent = new_id("pi")
    session = session | {"status": "complete", "payment_intent": intent, "url": None}
    if later:
        desk.store.put(_intent(desk, session, status="processing"))
        return desk.tell("checkout.session.completed", session)
    return _charge(desk, session, "checkout.session.completed")


def settle(desk: Desk, session: dict[str, Any], *, paid: bool) -> dict[str, Any]:
    """How a payment that was to come later ended."""
    if paid:
        return _charge(desk, session, "checkout.session.async_payment_succeeded")
    desk.store.put(_intent(desk, session, status="requires_payment_method"))
    return desk.tell("checkout.session.async_payment_failed", session)


def expire(desk: Desk, pk: str) -> dict[str, Any]:
    """POST /v1/checkout/sessions/<id>/expire"""
    session = desk.find("checkout.session", pk)
    if session["status"] != "open":
        raise ApiError(f"Only an open session can be expired; this one is {session['status']}.")
    return desk.tell("checkout.session.expired", session | {"status": "expired", "url": None})


def expire_overdue(desk: Desk) -> int:
    """Close the payment pages whose time is over; returns how many."""
    overdue = [s for s in desk.store.all("checkout.session", status="open") if s["expires_at"] <= desk.now]
    for session in overdue:
        expire(desk, session["id"])
    return len(overdue)


def charge_of(desk: Desk, *, payment_intent: str = "", charge: str = "") -> dict[str, Any]:
    """The charge a refund or a dispute is about, named by itself or by its payment."""
    if not charge:
        charge = desk.find("payment_intent", payment_intent).get("latest_charge") or ""
    return desk.find("charge", charge)


def _charge(desk: Desk, session: dict[str, Any], event: str) -> dict[str, Any]:
    total, terms = session["amount_total"], desk.terms
    fee = (total * terms.fee_bps + 5_000) // 10_000 + terms.fee_fixed
    charge = new_id("ch")
    line = books.enter(desk, "charge", charge, total, fee=min(fee, total), after=terms.settle_seconds)
    desk.store.put({
        "id": charge, "object": "charge", "status": "succeeded", "paid": True, "captured": True, "amount": total,
        "amount_captured": total, "amount_refunded": 0, "refunded": False, "disputed": False, "livemode": False,
        "currency": session["currency"], "created": int(desk.now), "balance_transaction": line["id"],
        "payment_intent": session["payment_intent"], "metadata": session.get("_intent_metadata", {}),
    })  # fmt: skip
    desk.store.put(_intent(desk, session, status="succeeded", charge=charge))
    return desk.tell(event, session | {"payment_status": "paid"})


def _intent(desk: Desk, session: dict[str, Any], *, status: str, charge: str | None = None) -> dict[str, Any]:
    total = session["amount_total"]
    return {
        "id": session["payment_intent"], "object": "payment_intent", "status": status, "amount": total,
        "amount_received": total if charge else 0, "currency": session["currency"], "created": int(desk.now),
        "latest_charge": charge, "livemode": False, "metadata": session.get("_intent_metadata", {}),
    }  # fmt: skip
