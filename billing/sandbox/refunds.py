"""Money back to the card. Amounts in cents."""

from __future__ import annotations

from typing import Any

from billing.sandbox import books, sessions
from billing.sandbox.desk import ApiError, Desk, new_id
from billing.sandbox.shapes import positive


def create(desk: Desk, params: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/refunds"""
    named = {name: params[name] for name in ("payment_intent", "charge") if name in params}
    if len(named) != 1:
        raise ApiError("Name one payment_intent or one charge.", code="parameter_missing", param="payment_intent")
    charge = sessions.charge_of(desk, **named)
    left = charge["amount"] - charge["amount_refunded"]
    if charge["disputed"]:
        raise ApiError("The payer contests this charge; it cannot be refunded.", code="charge_disputed", kept=True)
    if not left:
        raise ApiError("This charge was refunded in full.", code="charge_already_refunded", kept=True)
    amount = positive(params, "amount") if "amount" in params else left
    if amount > left:
        raise ApiError(f"Only {left} of this charge is left to refund.", param="amount", kept=True)
    refund = {
        "id": new_id("re"), "object": "refund", "amount": amount, "currency": charge["currency"],
        "created": int(desk.now), "charge": charge["id"], "payment_intent": charge["payment_intent"],
        "metadata": params.get("metadata", {}), "reason": params.get("reason"), "status": "pending",
        "balance_transaction": None, "failure_balance_transaction": None,
    }  # fmt: skip
    _refunded(desk, charge, amount)
    refund = desk.tell("refund.created", _sent(desk, refund) or refund | {"pending_reason": "insufficient_funds"})
    return refund if desk.terms.refund_seconds or not refund["balance_transaction"] else settle(desk, refund)


def settle(desk: Desk, refund: dict[str, Any]) -> dict[str, Any]:
    """The card has it. One that waited for funds goes out when there are some."""
    sent = refund if refund["balance_transaction"] else _sent(desk, refund)
    if sent is None or refund["status"] != "pending":
        return refund
    return desk.tell("refund.updated", sent | {"status": "succeeded"})


def fail(desk: Desk, refund: dict[str, Any], *, reason: str) -> dict[str, Any]:
    """The card could not take it: the money comes back. Happens to a refund that had succeeded, too."""
    if refund["status"] in ("failed", "canceled"):
        return refund
    failed = refund | {"status": "failed", "failure_reason": reason}
    if refund["balance_transaction"]:
        back = books.enter(desk, "refund_failure", refund["id"], refund["amount"])
        failed["failure_balance_transaction"] = back["id"]
    _refunded(desk, desk.find("charge", refund["charge"]), -refund["amount"])
    desk.tell("refund.updated", failed)
    return desk.tell("refund.failed", failed)


def settle_due(desk: Desk) -> int:
    """Go on with the refunds that have waited long enough; returns how many succeeded."""
    due = [
        refund
        for refund in desk.store.all("refund", status="pending")
        if refund["created"] + desk.terms.refund_seconds <= desk.now
    ]
    return sum(settle(desk, refund)["status"] == "succeeded" for refund in due)


def _sent(desk: Desk, refund: dict[str, Any]) -> dict[str, Any] | None:
    """The refund with its line in the balance, or None when the balance is short."""
    if books.available(desk) < refund["amount"]:
        return None
    line = books.enter(desk, "refund", refund["id"], -refund["amount"])
    return {name: value for name, value in refund.items() if name != "pending_reason"} | {
        "balance_transaction": line["id"]
    }


def _refunded(desk: Desk, charge: dict[str, Any], amount: int) -> None:
    total = charge["amount_refunded"] + amount
    charge = charge | {"amount_refunded": total, "refunded": total == charge["amount"]}
    desk.tell("charge.refunded" if amount > 0 else "charge.updated", charge)
