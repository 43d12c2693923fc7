"""The door to the payment provider, and the only importer of stripe.

The sandbox is reached through the very same client, by its base address. Amounts are micro-units on this side and
whole cents on the other. Nothing here touches the database; callers hold no transaction open while they call.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import stripe
from django.conf import settings
from stripe import StripeClient, StripeObject

from billing.money import from_cents, to_cents

# One call tries three times at most; a sender's lease (payouts.LEASE) must outlast all of them.
TIMEOUT = 15
RETRIES = 2
SIGNATURE_TOLERANCE = 300


class GatewayAway(Exception):
    """The provider did not answer, or not with a decision: what was asked may or may not have happened."""


class GatewayRefused(Exception):
    """The provider decided against it; nothing happened. `code` is the provider's, `message` a sentence."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


class SignatureRefused(Exception):
    """An event that was not signed by the provider, or too long ago."""


@dataclass(frozen=True)
class Checkout:
    """A payment page. `payment` is known once money was paid; `amount` in micro-units is what was paid."""

    id: str
    url: str
    status: str
    paid: bool
    amount: int
    payment: str | None


@dataclass(frozen=True)
class Clearing:
    """How a movement showed up in the provider's balance: `amount` gross and `fee` in micro-units."""

    id: str
    amount: int
    fee: int
    available_on: datetime


@dataclass(frozen=True)
class Recipient:
    """A worker's account at the provider."""

    id: str
    payouts_enabled: bool


def create_checkout(
    *, reference: str, amount: int, currency: str, email: str, success_url: str, cancel_url: str, key: str
) -> Checkout:
    """Open a payment page for `amount`; the same key gives the same page."""
    about = {"tally_deposit": reference}
    with _translated():
        session = _client().v1.checkout.sessions.create(
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
                "payment_intent_data": {"metadata": about},
            },
            options={"idempotency_key": key},
        )
    return read_checkout(session=session.to_dict())


def find_checkout(*, session_id: str) -> Checkout:
    """How a payment page stands now."""
    with _translated():
        return read_checkout(session=_client().v1.checkout.sessions.retrieve(session_id).to_dict())


def expire_checkout(*, session_id: str) -> Checkout:
    """Close a payment page that nobody paid. Raises GatewayRefused when it was paid or closed already."""
    with _translated():
        return read_checkout(session=_client().v1.checkout.sessions.expire(session_id).to_dict())


def clearing_of_payment(*, payment_id: str) -> Clearing | None:
    """How a payment reached the provider's balance, or None when it has not yet."""
    with _translated():
        intent = _client().v1.payment_intents.retrieve(
            payment_id, params={"expand": ["latest_charge.balance_transaction"]}
        )
    charge = intent.to_dict().get("latest_charge")
    return _clearing(charge.get("balance_transaction") if isinstance(charge, dict) else None)


def create_recipient(*, reference: str, email: str, key: str) -> Recipient:
    """Open an account at the provider to which a worker can be paid."""
    with _translated():
        account = _client().v1.accounts.create(
            params={
                "type": "express",
                "email": email,
                "capabilities": {"transfers": {"requested": True}},
                "metadata": {"tally_worker": reference},
            },
            options={"idempotency_key": key},
        )
    return Recipient(id=account.id, payouts_enabled=bool(account.payouts_enabled))


def find_recipient(*, account_id: str) -> Recipient:
    """How a worker's account at the provider stands now."""
    with _translated():
        account = _client().v1.accounts.retrieve(account_id)
    return Recipient(id=account.id, payouts_enabled=bool(account.payouts_enabled))


def create_transfer(*, reference: str, amount: int, currency: str, recipient: str, key: str) -> str:
    """Send money to a worker's account; the same key sends it once. Returns the provider's transfer id."""
    with _translated():
        transfer = _client().v1.transfers.create(
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
    with _translated():
        found = _client().v1.transfers.list(params={"transfer_group": _group(reference), "limit": 1})
    return found.data[0].id if found.data else None


def clearing_of_transfer(*, transfer_id: str) -> Clearing | None:
    """How a transfer left the provider's balance, or None when it has not yet."""
    with _translated():
        transfer = _client().v1.transfers.retrieve(transfer_id, params={"expand": ["balance_transaction"]})
    return _clearing(transfer.to_dict().get("balance_transaction"))


def read_event(*, payload: bytes, signature: str, now: datetime) -> dict[str, Any]:
    """The event in a webhook's body. Raises SignatureRefused unless the provider signed it within 300 s of `now`."""
    try:
        # The library would compare with its own clock; the time of signing is compared with ours below.
        stripe.WebhookSignature.verify_header(payload, signature, settings.STRIPE_WEBHOOK_SECRET, tolerance=None)
        signed_at = int(next(part[2:] for part in signature.split(",") if part.startswith("t=")))
        event = json.loads(payload)
    except (stripe.SignatureVerificationError, ValueError) as refused:
        raise SignatureRefused(str(refused)) from None
    if abs(now.timestamp() - signed_at) > SIGNATURE_TOLERANCE:
        raise SignatureRefused(f"signed at {signed_at}, more than {SIGNATURE_TOLERANCE} s from now")
    if not isinstance(event, dict) or not isinstance(event.get("id"), str) or not isinstance(event.get("type"), str):
        raise SignatureRefused("not an event")
    return event


def _client() -> StripeClient:
    sandbox = settings.STRIPE_API_BASE if settings.BILLING_GATEWAY == "sandbox" else None
    return _client_for(settings.STRIPE_API_KEY, sandbox)


@lru_cache(maxsize=4)
def _client_for(key: str, sandbox: str | None) -> StripeClient:
    return StripeClient(
        key,
        base_addresses={"api": sandbox} if sandbox else {},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )


@contextmanager
def _translated() -> Iterator[None]:
    """The library's errors in our two words: decided against, or not known."""
    try:
        yield
    except (stripe.InvalidRequestError, stripe.CardError) as refused:
        message = refused.user_message or str(refused)
        raise GatewayRefused(refused.code or "invalid_request", message) from refused
    except stripe.StripeError as away:
        # Also a wrong key of ours (401, 403) or a reused idempotency key: faults of the platform, never the person's.
        raise GatewayAway(f"{type(away).__name__}: {away.user_message or away}") from away


def _group(reference: str) -> str:
    return f"payout:{reference}"


def read_checkout(*, session: dict[str, Any]) -> Checkout:
    """A checkout session as the provider writes it, in a reply or an event."""
    return Checkout(
        id=session["id"],
        url=session.get("url") or "",
        status=session.get("status") or "",
        paid=session.get("payment_status") == "paid",
        amount=from_cents(session.get("amount_total") or 0),
        payment=_id_of(session.get("payment_intent")),
    )


def _id_of(reference: str | dict[str, Any] | None) -> str | None:
    return reference["id"] if isinstance(reference, dict) else reference


def _clearing(transaction: Any) -> Clearing | None:
    if not isinstance(transaction, dict | StripeObject):
        return None
    return Clearing(
        id=transaction["id"],
        amount=from_cents(transaction["amount"]),
        fee=from_cents(transaction["fee"]),
        available_on=datetime.fromtimestamp(transaction["available_on"], UTC),
    )
