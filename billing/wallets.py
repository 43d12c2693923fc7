"""Whose money is where: a requester's wallet, a worker's earnings, and the statement of an account in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import connection
from django.db.models import BigIntegerField, Case, F, Q, QuerySet, When

from billing.ledger import AccountKind, open_account
from billing.models import Account, Transfer

# What every kind of movement is called to the person whose account it touches; a test finds the kind that has no words.
WORDS = {
    "opening": "Opening balance",
    "deposit": "Deposit by card",
    "deposit_cleared": "Deposit available at the bank",
    "deposit_fee": "What the bank kept of a deposit",
    "unplaced": "A payment nobody could place",
    "unplaced_cleared": "A payment nobody could place, available at the bank",
    "unplaced_fee": "What the bank kept of a payment nobody could place",
    "suspense_in": "Put aside: nobody knows yet what it is",
    "suspense_out": "Put aside: nobody knows yet why it is missing",
    "suspense_resolved": "What was put aside, explained",
    "refund_requested": "On its way back to your card",
    "refund_cleared": "Refund seen at the bank",
    "refund_failed": "Refund to your card failed, money returned",
    "dispute_opened": "Taken back by your card's bank, which contests the payment",
    "dispute_won": "Contested payment decided for us, money returned",
    "dispute_fee": "What the bank charges for a contested payment",
    "publish": "Held for a job",
    "publish_reserve": "Held in a job's fair-pay reserve",
    "close": "Back from a closed job",
    "close_reserve": "Back from a job's fair-pay reserve",
    "places": "Committed to places",
    "places_cancelled": "Places cancelled",
    "accepted": "Accepted work",
    "accepted_fee": "Fee on accepted work",
    "accepted_rest": "Pay for shapes not used up",
    "rejection_final": "Rejections that became final",
    "appeal_upheld": "Work accepted on appeal",
    "appeal_upheld_fee": "Fee on work accepted on appeal",
    "appeal_upheld_rest": "Pay for shapes not used up",
    "bonus": "Bonus",
    "bonus_fee": "Fee on a bonus",
    "fair_pay": "Top-up to fair pay",
    "fair_pay_fee": "Fee on a top-up to fair pay",
    "clawback": "Pay taken back",
    "clawback_fee": "Fee returned with pay taken back",
    "goodwill": "A gift of the platform",
    "correction": "A mistake put right",
    "debt_made": "What was missing, now owed",
    "debt_settled": "Kept towards a debt",
    "debt_netted": "Half of what was newly earned, kept towards a debt",
    "debt_written_off": "A debt written off",
    "loss_recovered": "Repaid, after it had been written off",
    "payout_requested": "Payout requested",
    "payout_sent": "Payout sent",
    "payout_cleared": "Payout seen at the bank",
    "payout_failed": "Payout not made, money returned",
    "payout_returned": "Payout came back",
    "given_up": "Given up on leaving",
}


class Person(Protocol):
    """Anyone with an account of their own."""

    pk: Any


@dataclass(frozen=True)
class Line:
    """One movement seen from one account: signed amount and the balance after it, micro-units."""

    transfer_id: int
    sequence: int
    at: datetime
    kind: str
    key: str
    words: str
    amount: int
    balance: int
    details: dict[str, Any]


def wallet_of(*, owner: Person) -> Account:
    """The requester's prepaid money."""
    return open_account(kind=AccountKind.WALLET, owner_id=owner.pk, currency=settings.CURRENCY)


def earnings_of(*, worker: Person) -> Account:
    """What a worker earned and may ask to be paid at any time."""
    return open_account(kind=AccountKind.WORKER_BALANCE, owner_id=worker.pk, currency=settings.CURRENCY)


def on_its_way_of(*, worker: Person) -> Account:
    """What a worker asked to be paid and the provider does not yet have."""
    return open_account(kind=AccountKind.PAYOUT_PENDING, owner_id=worker.pk, currency=settings.CURRENCY)


def words_of(*, kind: str) -> str:
    """What a movement of this kind is called to people."""
    return WORDS.get(kind, kind.replace("_", " ").capitalize())


def statement(*, account: Account, limit: int = 50, before: int | None = None) -> Sequence[Line]:
    """The latest movements of a guarded account, latest first; `before` (a sequence) pages back.

    Balances are exact at any page: counted back from the balance the account carries, over the page's own rows and
    the newer ones alone.
    """
    if account.balance is None:
        raise ValueError(f"{account} carries no balance, so it has no statement")
    query = """
        WITH now AS (SELECT balance FROM billing_account WHERE id = %(account)s),
        movement AS (
            SELECT id, source_sequence AS sequence, created_at, kind, key, -amount AS amount, details
            FROM billing_transfer WHERE source_id = %(account)s AND source_sequence IS NOT NULL
            UNION ALL
            SELECT id, target_sequence, created_at, kind, key, amount, details
            FROM billing_transfer WHERE target_id = %(account)s AND target_sequence IS NOT NULL
        )
        SELECT * FROM (
            SELECT id, sequence, created_at, kind, key, amount, details::text,
                (SELECT balance FROM now) - coalesce(sum(amount) OVER newer, 0) AS balance
            FROM movement
            WINDOW newer AS (ORDER BY sequence DESC ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        ) AS line
        WHERE %(before)s::bigint IS NULL OR sequence < %(before)s
        ORDER BY sequence DESC LIMIT %(limit)s
    """
    with connection.cursor() as cursor:
        cursor.execute(query, {"account": account.pk, "before": before, "limit": limit})
        return [_line(*row) for row in cursor.fetchall()]


def movements(*, account: Account) -> QuerySet[Transfer]:
    """All movements of a guarded account, the latest first, each with `signed`: what it added, in micro-units.

    Those of one moment come in the order of their keys, which says nothing of the order they were written in.
    """
    out, into = Q(source=account, source_sequence__isnull=False), Q(target=account, target_sequence__isnull=False)
    signed = Case(When(target=account, then=F("amount")), default=-F("amount"), output_field=BigIntegerField())
    return Transfer.objects.filter(out | into).annotate(signed=signed).order_by("-created_at", "-kind", "-key")


def _line(pk: int, sequence: int, at: datetime, kind: str, key: str, amount: int, details: Any, balance: Any) -> Line:
    return Line(
        transfer_id=pk, sequence=sequence, at=at, kind=kind, key=key,
        words=words_of(kind=kind), amount=amount, balance=int(balance),
        details=json.loads(details),
    )  # fmt: skip
