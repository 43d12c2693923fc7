"""Payment pages, and how what was paid on them reached the balance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from billing.gateway.answers import Checkout, Clearing, clearing, id_of
from billing.gateway.client import asking
from billing.money import from_cents, to_cents


def create_checkout(
    *, reference: str, amount: int, currency: str, email: str, success_url: str, cancel_url: str, key: str
) -> Checkout:
    """Open a payment page for `amount`; the same key gives the same page."""
    about = {"tally_deposit": reference}
    with asking() as client:
        session = client.v1.checkout.sessions.create(
            params={
                "mode": "payment",
                "client_reference_id": reference,
                "customer_email": email,
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": currency.lower(),
                            "unit_amount": to_cents(amount),
                            "product_data": {"name": "Deposit into your Tally wallet"},
                        },
                    }
                ],
                "success_url": success_url,
                "cancel_url": cancel_url,
                "metadata": about,
                # The provider copies a payment's metadata to its charge, which is what the balance speaks of.
                "payment_intent_data": {"metadata": about},
            },
            options={"idempotency_key": key},
        )
    return read_checkout(session=session.to_dict())


def find_checkout(*, session_id: str) -> Checkout:
    """How a payment page stands now."""
    with asking() as client:
        return read_checkout(session=client.v1.checkout.sessions.retrieve(session_id).to_dict())


def expire_checkout(*, session_id: str) -> Checkout:
    """Close a payment page that nobody paid. Raises GatewayRefused when it was paid or closed already."""
    with asking() as client:
        return read_checkout(session=client.v1.checkout.sessions.expire(session_id).to_dict())


def clearing_of_payment(*, payment_id: str) -> Clearing | None:
    """How a payment reached the provider's balance, or None when it has not yet."""
    with asking() as client:
        intent = client.v1.payment_intents.retrieve(
            payment_id, params={"expand": ["latest_charge.balance_transaction"]}
        )
    charge = intent.to_dict().get("latest_charge")
    return clearing(charge.get("balance_transaction") if isinstance(charge, dict) else None)


def read_checkout(*, session: Mapping[str, Any]) -> Checkout:
    """A checkout session as the provider writes it, in a reply or an event."""
    return Checkout(
        id=session["id"],
        url=session.get("url") or "",
        status=session.get("status") or "",
        paid=session.get("payment_status") == "paid",
        amount=from_cents(session.get("amount_total") or 0),
        payment=id_of(session.get("payment_intent")),
    )
