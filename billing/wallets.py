"""Whose money is where: a requester's wallet, a worker's earnings, and the statement of an account in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import connection

from billing.ledger import AccountKind, open_account
from billing.models import Account

# What a movement is called to the person whose account it touches. Kinds not named here show as themselves.
WORDS = {
    "opening": "Opening balance",
    "deposit": "Deposit by card",
    "publish": "Held for a job",
    "close": "Back from a closed job",
    "places": "Committed to places",
    "places_cancelled": "Places cancelled",
    "accepted": "Accepted work",
    "accepted_fee": "Fee on accepted work",
    "rejection_final": "Rejections that became final",
    "appeal_upheld": "Work accepted on appeal",
    "appeal_upheld_fee": "Fee on work accepted on appeal",
    "bonus": "Bonus",
    "goodwill": "From the platform",
    "payout_requested": "Payout requested",
    "payout_sent": "Payout sent",
    "payout_cleared": "Payout seen at the bank",
    "payout_failed": "Payout failed, money returned",
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


def _line(pk: int, sequence: int, at: datetime, kind: str, key: str, amount: int, details: Any, balance: Any) -> Line:
    return Line(
        transfer_id=pk, sequence=sequence, at=at, kind=kind, key=key,
        words=WORDS.get(kind, kind.replace("_", " ").capitalize()), amount=amount, balance=int(balance),
        details=json.loads(details),
    )  # fmt: skip
