"""Payments that their payer's bank takes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing.gateway.answers import Dispute, clearing, id_of
from billing.gateway.client import asking
from billing.money import from_cents


def find_dispute(*, dispute_id: str) -> Dispute:
    """How a dispute stands now, with everything it did to the balance."""
    with asking() as client:
        return read_dispute(dispute=client.v1.disputes.retrieve(dispute_id).to_dict())


def read_dispute(*, dispute: Mapping[str, Any]) -> Dispute:
    """A dispute as the provider writes it, in a reply or an event. An event shows it as it was then: ask again."""
    moved = (clearing(transaction) for transaction in dispute.get("balance_transactions") or [])
    return Dispute(
        id=dispute["id"],
        payment=id_of(dispute.get("payment_intent")) or "",
        amount=from_cents(dispute["amount"]),
        currency=str(dispute["currency"]).upper(),
        status=dispute["status"],
        reason=dispute.get("reason") or "",
        movements=tuple(each for each in moved if each),
    )
