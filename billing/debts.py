"""Debts: what the bank or a reversal took from somebody who no longer had it, and how it comes back.

A person's debt is the balance of their receivable account, and changes only while their purse is locked: a requester's
wallet, a worker's balance. Where a purse holds too little for what must be taken, the receivable fills it up first
(`debt_made`), so that every event of the bank is one whole transfer. What comes into a purse later settles the debt.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection, transaction

from billing import ledger
from billing.ledger import AccountKind, Posting, platform
from billing.models import Account

# Of what a worker newly earns, one part in so many goes to their debt: whoever works again is always paid for it.
EARNINGS_SHARE = 2
# What came into a worker's balance without being earned anew.
NOT_EARNED = ("payout_failed", "payout_returned", "debt_made", "correction", "goodwill")
BATCH = 500

PURSES = {
    AccountKind.WALLET: AccountKind.RECEIVABLE_REQUESTER,
    AccountKind.WORKER_BALANCE: AccountKind.RECEIVABLE_WORKER,
}


@dataclass
class Purse:
    """A person's purse, locked, with what they owe; amounts in micro-units. Keeps count of the postings it builds."""

    account: int
    receivable: int
    holds: int
    owed: int
    sequence: int

    def take(self, posting: Posting) -> list[Posting]:
        """The posting out of this purse whatever it holds; what is missing becomes a debt."""
        missing = max(posting.amount - self.holds, 0)
        self.holds += missing - posting.amount
        self.owed += missing
        return [*self._between("debt_made", posting, missing), posting]

    def give(self, posting: Posting) -> list[Posting]:
        """The posting into this purse, and at once what it settles of the debt."""
        self.holds += posting.amount
        settled = min(self.owed, posting.amount)
        self.holds -= settled
        self.owed -= settled
        return [posting, *self._between("debt_settled", posting, settled)]

    def settle(self, *, source: int, key: str, amount: int) -> Posting:
        """A payment of the debt out of another account of the same person's; at most what is owed."""
        if not 0 < amount <= self.owed:
            raise ValueError(f"{amount} of {self.owed} cannot be settled")
        self.owed -= amount
        return Posting("debt_settled", key, source, self.receivable, amount)

    def _between(self, kind: str, cause: Posting, amount: int) -> list[Posting]:
        if not amount:
            return []
        ends = (self.receivable, self.account) if kind == "debt_made" else (self.account, self.receivable)
        return [Posting(kind, f"{cause.kind}:{cause.key}", *ends, amount, cause.details)]


def lock(*, kind: AccountKind, owner_id: int, currency: str = "", also: tuple[int, ...] = ()) -> Purse:
    """A person's purse of this kind, locked to the end of the transaction together with the accounts in `also`.

    Whoever posts between this purse and other guarded accounts names them, so that all are locked in their order.
    """
    currency = currency or settings.CURRENCY
    purse = ledger.open_account(kind=kind, owner_id=owner_id, currency=currency)
    receivable = ledger.open_account(kind=PURSES[kind], owner_id=owner_id, currency=currency)
    locked = ledger.lock(account_ids=[purse.pk, receivable.pk, *also])[purse.pk]
    # Read only now, behind the lock: it holds still until we are done.
    owed = -ledger.balance(account_id=receivable.pk)
    return Purse(purse.pk, receivable.pk, locked.balance or 0, owed, locked.sequence or 0)


def owed(*, kind: AccountKind, owner_id: int) -> int:
    """What a person owes on the purse of this kind, micro-units; a look without a lock."""
    found = Account.objects.filter(kind=PURSES[kind], owner_id=owner_id, currency=settings.CURRENCY).first()
    return -ledger.balance(account_id=found.pk) if found else 0


def owed_by_requester(*, owner_id: int) -> int:
    """What a requester owes after chargebacks; with a debt they may not spend. Micro-units."""
    return owed(kind=AccountKind.WALLET, owner_id=owner_id)


@transaction.atomic
def settle_from_wallet(*, owner_id: int, now: datetime) -> int:
    """Settle a requester's debt from what is in their wallet; returns how much, micro-units."""
    purse = lock(kind=AccountKind.WALLET, owner_id=owner_id)
    amount = min(purse.owed, purse.holds)
    if amount > 0:
        key = f"wallet:{purse.account}:{purse.sequence}"
        ledger.post(postings=[Posting("debt_settled", key, purse.account, purse.receivable, amount)], now=now)
    return max(amount, 0)


@transaction.atomic
def settle_from_earnings(*, worker_id: int, now: datetime) -> int:
    """Settle a worker's debt with half of what they earned since the debt was made or last settled so; returns how
    much, micro-units.

    The other half stays theirs whatever they owe. What was in the balance when pay was reversed went to it at once,
    so all that is earned later is new.
    """
    purse = lock(kind=AccountKind.WORKER_BALANCE, owner_id=worker_id)
    if purse.owed <= 0:
        return 0
    earned = _earned_since(purse)
    amount = min(earned // EARNINGS_SHARE, purse.owed, purse.holds)
    if amount > 0:
        key = f"earnings:{purse.account}:{purse.sequence}"
        details = {"earned": earned}
        ledger.post(postings=[Posting("debt_netted", key, purse.account, purse.receivable, amount, details)], now=now)
    return max(amount, 0)


def sweep(*, now: datetime) -> None:
    """Settle every debt for which money has come since."""
    for kind, owner_id in debtors():
        if kind == AccountKind.WALLET:
            settle_from_wallet(owner_id=owner_id, now=now)
        else:
            settle_from_earnings(worker_id=owner_id, now=now)


def debtors() -> list[tuple[AccountKind, int]]:
    """Whoever owes something: the kind of purse and its owner."""
    query = """
        SELECT a.kind, a.owner_id FROM billing_account a
        WHERE a.kind IN ('receivable_requester', 'receivable_worker') AND
            (SELECT coalesce(sum(amount), 0) FROM billing_transfer WHERE source_id = a.id AND source_sequence IS NULL)
            > (SELECT coalesce(sum(amount), 0) FROM billing_transfer WHERE target_id = a.id AND target_sequence IS NULL)
        ORDER BY a.id LIMIT %s
    """
    purses = {receivable: purse for purse, receivable in PURSES.items()}
    with connection.cursor() as cursor:
        cursor.execute(query, [BATCH])
        return [(purses[AccountKind(kind)], owner_id) for kind, owner_id in cursor.fetchall()]


def forgive(*, purse: Purse, amount: int, key: str, details: Mapping[str, str]) -> Posting:
    """Write off so much of a debt: losses → receivable. The caller holds the purse and has the right to."""
    if not 0 < amount <= purse.owed:
        raise ValueError(f"{amount} of {purse.owed} cannot be written off")
    return Posting("debt_written_off", key, platform(AccountKind.LOSSES).pk, purse.receivable, amount, details)


def written_off(*, purse: Purse) -> int:
    """What was written off for this person and has not come back, micro-units."""
    query = """
        SELECT coalesce((SELECT sum(amount) FROM billing_transfer
                         WHERE target_id = %s AND target_sequence IS NULL AND kind = 'debt_written_off'), 0)
             - coalesce((SELECT sum(amount) FROM billing_transfer WHERE source_id = %s AND kind = 'loss_recovered'), 0)
    """
    with connection.cursor() as cursor:
        cursor.execute(query, [purse.receivable, purse.account])
        return int(cursor.fetchone()[0])


def _earned_since(purse: Purse) -> int:
    """What was earned after the purse's last debt or netting, micro-units."""
    query = """
        SELECT coalesce(sum(amount), 0) FROM billing_transfer
        WHERE target_id = %(purse)s AND NOT kind = ANY(%(not_earned)s) AND target_sequence > greatest(
            (SELECT coalesce(max(target_sequence), 0) FROM billing_transfer
             WHERE target_id = %(purse)s AND kind = 'debt_made'),
            (SELECT coalesce(max(source_sequence), 0) FROM billing_transfer
             WHERE source_id = %(purse)s AND kind = 'debt_netted'))
    """
    with connection.cursor() as cursor:
        cursor.execute(query, {"purse": purse.account, "not_earned": list(NOT_EARNED)})
        return int(cursor.fetchone()[0])
