"""Money from the platform to connected accounts, and back from them. Amounts in cents."""

from __future__ import annotations

from typing import Any

from billing.sandbox import books, purses
from billing.sandbox.desk import ApiError, Desk, listed, new_id
from billing.sandbox.shapes import positive


def create(desk: Desk, params: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/transfers"""
    amount, account = positive(params, "amount"), desk.store.get("account", params["destination"])
    if account is None:
        raise ApiError(f"No such destination: '{params['destination']}'", code="resource_missing", param="destination")
    if account["capabilities"]["transfers"] != "active":
        raise ApiError(
            "Your destination account needs to have the transfers capability enabled.",
            code="insufficient_capabilities_for_transfer", kept=True,
        )  # fmt: skip
    abroad = account["country"] != desk.terms.country
    if abroad and account.get("tos_acceptance", {}).get("service_agreement") != "recipient":
        raise ApiError("Money can cross a border only to an account under the recipient agreement.", kept=True)
    if amount > books.available(desk):
        raise ApiError("You have insufficient available funds.", code="balance_insufficient", kept=True)
    pk = new_id("tr")
    line = books.enter(desk, "transfer", pk, -amount)
    purses.change(desk, account["id"], amount)
    return desk.tell("transfer.created", {
        "id": pk, "object": "transfer", "amount": amount, "amount_reversed": 0, "currency": params["currency"],
        "created": int(desk.now), "destination": account["id"], "balance_transaction": line["id"], "livemode": False,
        "metadata": params.get("metadata", {}), "reversed": False, "transfer_group": params.get("transfer_group"),
        "description": params.get("description"), "source_transaction": params.get("source_transaction"),
        "reversals": listed([], f"/v1/transfers/{pk}/reversals"),
    })  # fmt: skip


def reverse(desk: Desk, params: dict[str, Any], pk: str) -> dict[str, Any]:
    """POST /v1/transfers/<id>/reversals"""
    transfer = desk.find("transfer", pk)
    left = transfer["amount"] - transfer["amount_reversed"]
    amount = positive(params, "amount") if "amount" in params else left
    if amount > left or not left:
        raise ApiError(f"Only {left} of this transfer is left to reverse.", param="amount", kept=True)
    if amount > purses.held(desk, transfer["destination"]):
        raise ApiError("The connected account holds less than that.", code="balance_insufficient", kept=True)
    reversal = new_id("trr")
    line = books.enter(desk, "transfer_refund", reversal, amount)
    purses.change(desk, transfer["destination"], -amount)
    made = desk.store.put({
        "id": reversal, "object": "transfer_reversal", "amount": amount, "currency": transfer["currency"],
        "created": int(desk.now), "transfer": pk, "balance_transaction": line["id"], "source_refund": None,
        "destination_payment_refund": None, "metadata": params.get("metadata", {}),
    })  # fmt: skip
    total = transfer["amount_reversed"] + amount
    known = transfer.get("reversals", {}).get("data", [])
    reversals = listed([made, *known], f"/v1/transfers/{pk}/reversals")
    whole = total == transfer["amount"]
    desk.tell("transfer.reversed", transfer | {"amount_reversed": total, "reversed": whole, "reversals": reversals})
    return made


def find_reversal(desk: Desk, pk: str, reversal: str) -> dict[str, Any]:
    """GET /v1/transfers/<id>/reversals/<id>"""
    found = desk.find("transfer_reversal", reversal)
    if found["transfer"] != pk:
        raise ApiError(f"No such transfer reversal: '{reversal}'", status=404, code="resource_missing", param="id")
    return found
