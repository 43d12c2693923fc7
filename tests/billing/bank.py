"""The provider's books as a test writes them: a list of lines, and what they sum to."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid

from billing import gateway, ledger
from billing.gateway import Funds, GatewayAway, Movement
from billing.ledger import AccountKind, Posting
from billing.models import Deposit, Payout
from tests.billing.conftest import NOW

CENT = 10_000
_numbers = itertools.count(1)


class Bank:
    """Answers in the gateway's place."""

    def __init__(self, patch):
        self.lines, self.away, self.held = {}, False, 0
        patch.setattr(gateway, "balance_transactions", self.balance_transactions)
        patch.setattr(gateway, "funds", self.funds)

    def add(self, kind, amount, *, fee=0, source=None, reference=None, at=NOW, available=None, name=None):
        """One line; amounts in cents."""
        pk = name or f"txn_{next(_numbers)}"
        self.lines[pk] = Movement(
            id=pk, type=kind, source=source, amount=amount * CENT, fee=fee * CENT, net=(amount - fee) * CENT,
            currency="USD", created=at, available_on=available or at, reference=reference,
        )  # fmt: skip
        return pk

    def balance_transactions(self, *, since, until):
        for number, one in enumerate(sorted(self.lines.values(), key=lambda line: line.created, reverse=True)):
            if self.away and number == len(self.lines) // 2:
                raise GatewayAway("nobody answers")
            if since <= one.created < until:
                yield one

    def funds(self):
        return Funds(available=sum(one.net for one in self.lines.values()) + self.held, pending=0)


def deposited(owner, cents, *, count=1, at=NOW):
    """Paid deposits of one owner as rows and transfers, all in one posting."""
    rows = [
        Deposit(
            owner=owner, amount=cents * CENT, idempotency_key=uuid.uuid4().hex, state="paid", paid_at=at,
            provider_payment=f"pi_{uuid.uuid4().hex}", success_url="https://x.org/", cancel_url="https://x.org/",
            created_at=at,
        )
        for _ in range(count)
    ]  # fmt: skip
    Deposit.objects.bulk_create(rows)
    pending = ledger.platform(AccountKind.STRIPE_PENDING).pk
    wallet = ledger.open_account(kind=AccountKind.WALLET, owner_id=owner.pk).pk
    ledger.post(
        postings=[
            Posting("deposit", row.provider_payment, pending, wallet, row.amount, {"deposit": str(row.pk)})
            for row in rows
        ],
        now=at,
    )  # fmt: skip
    return rows


def cleared(deposit, line, *, at=NOW):
    """The deposit is seen as available at the bank."""
    available, pending = (
        ledger.platform(AccountKind.STRIPE_AVAILABLE).pk,
        ledger.platform(AccountKind.STRIPE_PENDING).pk,
    )
    details = {"deposit": str(deposit.pk)}
    postings = [Posting("deposit_cleared", line.id, available, pending, line.net, details)]
    if line.fee:
        fees = ledger.platform(AccountKind.STRIPE_FEES).pk
        postings.append(Posting("deposit_fee", line.id, fees, pending, line.fee, details))
    ledger.post(postings=postings, now=at)
    Deposit.objects.filter(pk=deposit.pk).update(cleared_at=at, fee=line.fee)


def paid_out(worker, cents, *, at=NOW):
    """A payout that was seen at the bank, out of what a deposit would have brought; the row."""
    payout = Payout.objects.create(
        worker=worker, amount=cents * CENT, idempotency_key=uuid.uuid4().hex, state="paid", sent_at=at, created_at=at,
        provider_transfer=f"tr_{uuid.uuid4().hex}", finished_at=at,
    )  # fmt: skip
    kinds = AccountKind
    gift, earned = (
        ledger.platform(kinds.GOODWILL).pk,
        ledger.open_account(kind=kinds.WORKER_BALANCE, owner_id=worker.pk),
    )
    pending = ledger.open_account(kind=kinds.PAYOUT_PENDING, owner_id=worker.pk).pk
    transit, bank = ledger.platform(kinds.TRANSFERS_IN_TRANSIT).pk, ledger.platform(kinds.STRIPE_AVAILABLE).pk
    steps = [
        ("bonus", gift, earned.pk), ("payout_requested", earned.pk, pending), ("payout_sent", pending, transit),
        ("payout_cleared", transit, bank),
    ]  # fmt: skip
    ledger.post(postings=[Posting(kind, str(payout.pk), a, b, payout.amount) for kind, a, b in steps], now=at)
    return payout


def hours(count):
    """So many of them."""
    return dt.timedelta(hours=count)
