"""The platform's balance at the provider: every line that changed it, and what is left. Amounts in cents."""

from __future__ import annotations

from typing import Any

from billing.sandbox.desk import Desk, new_id

# What the provider's reports call a line whose own type says less.
CATEGORIES = {"transfer_refund": "transfer_reversal", "stripe_fee": "fee", "refund_failure": "refund_failure"}


def enter(
    desk: Desk, kind: str, source: str | None, amount: int, *, fee: int = 0, after: int = 0, category: str = "",
    why: str | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Write a line of `amount` gross and `fee`, available `after` seconds."""
    details = [{"amount": fee, "application": None, "currency": desk.terms.currency, "description": "Fee",
                "type": "stripe_fee"}]  # fmt: skip
    return desk.store.put({
        "id": new_id("txn"), "object": "balance_transaction", "type": kind, "source": source, "amount": amount,
        "fee": fee, "fee_details": details if fee else [], "net": amount - fee, "currency": desk.terms.currency,
        "created": int(desk.now), "available_on": int(desk.now) + after, "description": why, "exchange_rate": None,
        "reporting_category": category or CATEGORIES.get(kind, kind),
    })  # fmt: skip


def available(desk: Desk) -> int:
    """What can be sent away now."""
    return desk.store.net(available_by=desk.now)


def balance(desk: Desk) -> dict[str, Any]:
    """GET /v1/balance"""
    here, all_of_it = available(desk), desk.store.net()

    def purse(amount: int) -> list[dict[str, Any]]:
        return [{"amount": amount, "currency": desk.terms.currency, "source_types": {"card": amount}}]

    return {"object": "balance", "livemode": False, "available": purse(here), "pending": purse(all_of_it - here)}


def settle(desk: Desk) -> int:
    """Make everything that is pending available now; returns how many lines."""
    pending = [line for line in desk.store.all("balance_transaction") if line["available_on"] > desk.now]
    for line in pending:
        desk.store.put(line | {"available_on": int(desk.now)})
    return len(pending)


def top_up(desk: Desk, amount: int) -> dict[str, Any]:
    """The operator wires money in."""
    return enter(desk, "topup", _slip(desk, "topup", "tu", amount), amount)


def pay_platform(desk: Desk, amount: int) -> dict[str, Any]:
    """The operator takes money out to their own bank."""
    return enter(desk, "payout", _slip(desk, "payout", "po", amount), -amount)


def charge_fee(desk: Desk, amount: int, why: str) -> dict[str, Any]:
    """A fee the provider takes for itself, e.g. for active accounts; no object stands behind it."""
    return enter(desk, "stripe_fee", None, -amount, why=why)


def _slip(desk: Desk, kind: str, prefix: str, amount: int) -> str:
    """The object behind a line that nobody asked for through the API."""
    slip = {
        "id": new_id(prefix), "object": kind, "amount": amount, "currency": desk.terms.currency,
        "created": int(desk.now), "status": "paid" if kind == "payout" else "succeeded", "metadata": {},
    }  # fmt: skip
    return str(desk.store.put(slip)["id"])
