"""Money back to the card it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing.gateway.answers import Refund, clearing, id_of, reference_of
from billing.gateway.client import asking
from billing.money import from_cents, to_cents


def create_refund(*, payment: str, amount: int, reference: str, key: str) -> Refund:
    """Send `amount` of a payment back to its card; the same key sends it once.

    Raises GatewayRefused when more is asked than is left of the payment (charge_already_refunded, amount_too_large),
    when its payer contests it (charge_disputed), or the balance is short (balance_insufficient, insufficient_funds).
    """
    with asking() as client:
        refund = client.v1.refunds.create(
            params={
                "payment_intent": payment,
                "amount": to_cents(amount),
                "reason": "requested_by_customer",
                "metadata": {"tally_refund": reference},
            },
            options={"idempotency_key": key},
        )
    return read_refund(refund=refund.to_dict())


def find_refund(*, payment: str, reference: str) -> Refund | None:
    """The refund made for this reference, if any: for when its idempotency key may have been forgotten."""
    with asking() as client:
        page = client.v1.refunds.list(params={"payment_intent": payment, "limit": 100})
        found = (read_refund(refund=refund.to_dict()) for refund in page.auto_paging_iter())
        return next((refund for refund in found if refund.reference == reference), None)


def look_at_refund(*, refund_id: str) -> Refund:
    """A refund as it stands, with how it left the provider's balance when it has; that amount is negative."""
    with asking() as client:
        refund = client.v1.refunds.retrieve(refund_id, params={"expand": ["balance_transaction"]})
    return read_refund(refund=refund.to_dict())


def read_refund(*, refund: Mapping[str, Any]) -> Refund:
    """A refund as the provider writes it, in a reply or an event."""
    status = refund.get("status") or "pending"
    return Refund(
        id=refund["id"],
        payment=id_of(refund.get("payment_intent")) or "",
        amount=from_cents(refund["amount"]),
        # It waits for the payer to say where the money shall go: not sent, not failed.
        status="pending" if status == "requires_action" else status,
        reason=refund.get("failure_reason") or "",
        reference=reference_of(refund),
        left=bool(refund.get("balance_transaction")),
        clearing=clearing(refund.get("balance_transaction")),
    )
