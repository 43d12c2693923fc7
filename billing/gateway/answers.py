"""What the provider says, in our words. Amounts are micro-units, negative where money leaves the platform's balance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from billing.money import from_cents

# The keys of ours in an object's metadata. One object carries one of them.
REFERENCES = ("tally_deposit", "tally_refund", "tally_payout", "tally_reversal")


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
    """How a movement showed up in the provider's balance: `amount` gross and `fee`; `amount - fee` is the change."""

    id: str
    amount: int
    fee: int
    available_on: datetime


@dataclass(frozen=True)
class Recipient:
    """A worker's account at the provider.

    `currently_due` names what the provider still wants from them, `disabled_reason` why it pays nothing now.
    `bank_fingerprint` is the same for every account that names the same bank account, and says nothing else about it.
    """

    id: str
    payouts_enabled: bool
    country: str = ""
    details_submitted: bool = False
    currently_due: tuple[str, ...] = ()
    disabled_reason: str = ""
    bank_fingerprint: str | None = None


@dataclass(frozen=True)
class Refund:
    """Money on its way back to the card.

    `status`: pending, succeeded, failed or canceled; `reason` says why it failed, `reference` is ours. `left` says
    whether it left the provider's balance, which one that waits for funds or for the payer did not; `clearing` is how,
    when that was asked for. What left and failed comes back as a movement of its own, which the daily reconciliation
    sees.
    """

    id: str
    payment: str
    amount: int
    status: str
    reason: str
    reference: str | None = None
    left: bool = False
    clearing: Clearing | None = None


@dataclass(frozen=True)
class Dispute:
    """A payment contested by the payer's bank.

    `status`: needs_response, under_review, won, lost, or one that begins with warning_, when no money has moved.
    `movements` are what it did to the balance so far: the amount and the provider's fee out, and back when it is won.
    """

    id: str
    payment: str
    amount: int
    currency: str
    status: str
    reason: str
    movements: tuple[Clearing, ...]


@dataclass(frozen=True)
class Reversal:
    """A transfer taken back from a worker's account, in whole or in part."""

    id: str
    transfer: str
    amount: int


@dataclass(frozen=True)
class Movement:
    """One line of the provider's own books. `source` is the object that caused it, `reference` ours in its metadata."""

    id: str
    type: str
    source: str | None
    amount: int
    fee: int
    net: int
    currency: str
    created: datetime
    available_on: datetime
    reference: str | None


@dataclass(frozen=True)
class Funds:
    """What the platform holds at the provider."""

    available: int
    pending: int


def clearing(transaction: Any) -> Clearing | None:
    """A balance transaction; None for one that is not there, or only named."""
    if not isinstance(transaction, Mapping):
        return None
    return Clearing(
        id=transaction["id"],
        amount=from_cents(transaction["amount"]),
        fee=from_cents(transaction["fee"]),
        available_on=moment(transaction["available_on"]),
    )


def movement(transaction: Mapping[str, Any]) -> Movement:
    """A balance transaction whose source was expanded."""
    source = transaction.get("source")
    return Movement(
        id=transaction["id"],
        type=transaction["type"],
        source=id_of(source),
        amount=from_cents(transaction["amount"]),
        fee=from_cents(transaction["fee"]),
        net=from_cents(transaction["net"]),
        currency=str(transaction["currency"]).upper(),
        created=moment(transaction["created"]),
        available_on=moment(transaction["available_on"]),
        reference=reference_of(source),
    )


def reference_of(source: Any) -> str | None:
    """Our reference in an object's metadata, or None when it is none of ours."""
    about = source.get("metadata") if isinstance(source, Mapping) else None
    if not isinstance(about, Mapping):
        return None
    return next((str(about[name]) for name in REFERENCES if about.get(name)), None)


def id_of(reference: Any) -> str | None:
    """The id of an object that may be expanded or not."""
    return reference.get("id") if isinstance(reference, Mapping) else reference


def moment(seconds: float) -> datetime:
    """The provider's seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)
