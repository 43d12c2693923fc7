"""Payers who contest a payment at their bank: opened and closed by the control surface. Amounts in cents."""

from __future__ import annotations

from typing import Any

from billing.sandbox import books, sessions
from billing.sandbox.desk import ApiError, Desk, new_id

ANSWER_WITHIN = 7 * 24 * 3600


def open_one(
    desk: Desk, *, payment: str, amount: int | None = None, reason: str = "fraudulent", warning: bool = False
) -> dict[str, Any]:
    """The payer's bank contests a payment; but for a `warning`, amount and fee leave the balance at once, also below
    zero."""
    charge = sessions.charge_of(desk, payment_intent=payment)
    if charge["disputed"]:
        raise ApiError("This charge is contested already.", code="charge_disputed")
    total = amount or charge["amount"]
    dispute = {
        "id": new_id("dp"), "object": "dispute", "amount": total, "currency": charge["currency"],
        "created": int(desk.now), "charge": charge["id"], "payment_intent": payment, "reason": reason,
        "status": "warning_needs_response" if warning else "needs_response", "livemode": False, "metadata": {},
        "balance_transactions": [], "is_charge_refundable": warning, "evidence": {},
        "evidence_details": {
            "due_by": int(desk.now) + ANSWER_WITHIN, "has_evidence": False, "past_due": False, "submission_count": 0,
        },
    }  # fmt: skip
    desk.store.put(charge | {"disputed": True})
    if warning:
        return desk.tell("charge.dispute.created", dispute)
    dispute = _moved(desk, dispute, -total, fee=desk.terms.dispute_fee, category="dispute")
    desk.tell("charge.dispute.created", dispute)
    return desk.tell("charge.dispute.funds_withdrawn", dispute)


def close(desk: Desk, *, dispute: str, won: bool, fee_back: bool = False) -> dict[str, Any]:
    """The bank decides. Won: the amount comes back, and the fee where the provider gives it back."""
    found = desk.find("dispute", dispute)
    if found["status"] in ("won", "lost", "warning_closed"):
        return found
    if found["status"].startswith("warning_"):
        return desk.tell("charge.dispute.closed", found | {"status": "warning_closed"})
    found = found | {"status": "won" if won else "lost"}
    if won:
        fee = -desk.terms.dispute_fee if fee_back else 0
        found = _moved(desk, found, found["amount"], fee=fee, category="dispute_reversal")
        desk.tell("charge.dispute.funds_reinstated", found)
    return desk.tell("charge.dispute.closed", found)


def _moved(desk: Desk, dispute: dict[str, Any], amount: int, *, fee: int, category: str) -> dict[str, Any]:
    line = books.enter(desk, "adjustment", dispute["id"], amount, fee=fee, category=category)
    return dispute | {"balance_transactions": [*dispute["balance_transactions"], line]}
