"""Money to workers' accounts at the provider, and back from them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing.gateway.answers import Clearing, Reversal, clearing, id_of, reference_of
from billing.gateway.client import asking
from billing.money import from_cents, to_cents


def create_transfer(*, reference: str, amount: int, currency: str, recipient: str, key: str) -> str:
    """Send money to a worker's account; the same key sends it once. Returns the provider's transfer id."""
    with asking() as client:
        transfer = client.v1.transfers.create(
            params={
                "amount": to_cents(amount),
                "currency": currency.lower(),
                "destination": recipient,
                "transfer_group": _group(reference),
                "metadata": {"tally_payout": reference},
            },
            options={"idempotency_key": key},
        )
    return transfer.id


def find_transfer(*, reference: str) -> str | None:
    """The transfer made for this reference, if any: for when the idempotency key may have been forgotten."""
    with asking() as client:
        found = client.v1.transfers.list(params={"transfer_group": _group(reference), "limit": 1})
    return found.data[0].id if found.data else None


def clearing_of_transfer(*, transfer_id: str) -> Clearing | None:
    """How a transfer left the provider's balance, or None when it has not yet."""
    with asking() as client:
        transfer = client.v1.transfers.retrieve(transfer_id, params={"expand": ["balance_transaction"]})
    return clearing(transfer.to_dict().get("balance_transaction"))


def create_reversal(*, transfer: str, amount: int, reference: str, key: str) -> Reversal:
    """Take `amount` of a transfer back from the worker's account; the same key takes it once.

    Raises GatewayRefused when the account no longer holds it (balance_insufficient) or more is asked than is left of
    the transfer.
    """
    with asking() as client:
        reversal = client.v1.transfers.reversals.create(
            transfer,
            params={"amount": to_cents(amount), "metadata": {"tally_reversal": reference}},
            options={"idempotency_key": key},
        )
    return _reversal(reversal.to_dict())


def find_reversal(*, transfer: str, reference: str) -> Reversal | None:
    """The reversal made for this reference, if any: for when its idempotency key may have been forgotten."""
    with asking() as client:
        page = client.v1.transfers.reversals.list(transfer, params={"limit": 100})
        found = (reversal.to_dict() for reversal in page.auto_paging_iter())
        return next((_reversal(one) for one in found if reference_of(one) == reference), None)


def clearing_of_reversal(*, transfer: str, reversal_id: str) -> Clearing | None:
    """How a reversal came back into the provider's balance, or None when it has not yet."""
    with asking() as client:
        reversal = client.v1.transfers.reversals.retrieve(
            transfer, reversal_id, params={"expand": ["balance_transaction"]}
        )
    return clearing(reversal.to_dict().get("balance_transaction"))


def read_reversals(*, transfer: Mapping[str, Any]) -> tuple[Reversal, ...]:
    """What was taken back of a transfer, as the provider writes the transfer in an event: its latest reversals."""
    listed = (transfer.get("reversals") or {}).get("data") or []
    return tuple(_reversal(reversal) for reversal in listed)


def _reversal(reversal: Mapping[str, Any]) -> Reversal:
    transfer = id_of(reversal["transfer"])
    assert transfer, "a reversal always names its transfer"
    return Reversal(id=reversal["id"], transfer=transfer, amount=from_cents(reversal["amount"]))


def _group(reference: str) -> str:
    return f"payout:{reference}"
