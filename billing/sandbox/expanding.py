"""`expand`: an object in place of its id, as deep as it is asked for."""

from __future__ import annotations

from typing import Any

from billing.sandbox.desk import ApiError, Desk

# By what an id begins with, what it names.
KINDS = {
    "acct": "account", "ch": "charge", "cs": "checkout.session", "dp": "dispute", "pi": "payment_intent",
    "po": "payout", "re": "refund", "tr": "transfer", "trr": "transfer_reversal", "tu": "topup",
    "txn": "balance_transaction",
}  # fmt: skip
EXPANDABLE = {
    "balance_transaction": {"source"},
    "charge": {"balance_transaction", "payment_intent"},
    "checkout.session": {"payment_intent"},
    "dispute": {"charge", "payment_intent"},
    "list": {"data"},
    "payment_intent": {"latest_charge"},
    "refund": {"balance_transaction", "charge", "failure_balance_transaction", "payment_intent"},
    "transfer": {"balance_transaction", "destination"},
    "transfer_reversal": {"balance_transaction", "transfer"},
}
DEEPEST = 4


def expanded(desk: Desk, body: dict[str, Any], paths: list[str]) -> dict[str, Any]:
    """The object with what these paths name in it, e.g. `latest_charge.balance_transaction`."""
    for path in paths:
        names = path.split(".")
        if len(names) > DEEPEST:
            raise ApiError(f"At most {DEEPEST} levels can be expanded.", param="expand")
        body = _expand(desk, body, names)
    return body


def _expand(desk: Desk, body: dict[str, Any], path: list[str]) -> dict[str, Any]:
    name, *rest = path
    if name not in EXPANDABLE.get(str(body.get("object")), ()):
        raise ApiError(f"This property cannot be expanded ({name}).", param="expand")
    inner = body.get(name)
    if isinstance(inner, list):
        return body | {name: [_expand(desk, item, rest) if rest else item for item in inner]}
    if isinstance(inner, str):
        inner = desk.store.get(KINDS.get(inner.split("_")[0], ""), inner) or inner
    if rest and isinstance(inner, dict):
        inner = _expand(desk, inner, rest)
    return body | {name: inner}
