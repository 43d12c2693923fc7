"""The plain Python model: every account's balance as a number, and the people whose money it is."""

import datetime as dt
import itertools
from collections import Counter

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection

from billing import debts, ledger, reconcile
from billing.ledger import AccountKind, InsufficientFunds, platform
from tests.billing.all_money.bank import Bank

K = AccountKind
START = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
STEP = dt.timedelta(minutes=11)  # longer than every lease and retry
numbers = itertools.count(10**7)
OWNED = (K.WALLET, K.WORKER_BALANCE, K.PAYOUT_PENDING, K.RECEIVABLE_REQUESTER, K.RECEIVABLE_WORKER)
OF_JOBS = (K.ESCROW_FREE, K.ESCROW_COMMITTED, K.FAIR_PAY_RESERVE)


class Model:
    """Two requesters, three workers and two admins; `books` is what every account must hold: its id → balance."""

    def __init__(self, *, bank: Bank) -> None:
        self.bank, self.now = bank, START
        people = [get_user_model()(email=f"p{next(numbers)}@example.org") for _ in range(7)]
        people = get_user_model().objects.bulk_create(people)
        self.requesters, self.workers, self.admins = people[:2], people[2:5], people[5:]
        # What was there before is not ours, but stays.
        self.carried = Counter(), 0
        self.books: Counter[int] = Counter(self.balances(again=True))
        self.purse, self.receivable = {}, {}
        for kind, owners in ((K.WALLET, self.requesters), (K.WORKER_BALANCE, self.workers)):
            for owner in owners:
                self.purse[owner.pk] = ledger.open_account(kind=kind, owner_id=owner.pk).pk
                self.receivable[owner.pk] = ledger.open_account(kind=debts.PURSES[kind], owner_id=owner.pk).pk
        # Whose money an account holds, and what of it each worker's balance has got: (requester, purse) → so much.
        self.owner = {account[r.pk]: r.pk for r in self.requesters for account in (self.purse, self.receivable)}
        self.came: Counter[tuple[int | None, int]] = Counter()
        self.pending = {w.pk: ledger.open_account(kind=K.PAYOUT_PENDING, owner_id=w.pk).pk for w in self.workers}
        self.of = {kind: platform(kind).pk for kind in K if kind not in (*OWNED, *OF_JOBS)}
        self.deposits, self.jobs, self.refunds, self.payouts, self.disputes = [], [], [], [], []
        self.gifts, self.posted, self.asked, self.earned, self.forgiven = [], [], [], Counter(), Counter()

    def move(self, source, target, amount):
        self.books[source] -= amount
        self.books[target] += amount
        self.came[self.owner.get(source), target] += amount
        self.came[self.owner.get(target), source] -= amount

    def held(self, worker):
        """What a worker got from requesters whose first payment that arrived has not been there for long enough."""
        span, total = dt.timedelta(days=settings.RISK_HOLD_DAYS), 0
        for requester in self.requesters if span else ():
            paid = [one["cleared"] for one in self.deposits if one["owner"] is requester]
            arrived = min((at for at in paid if at), default=None)
            if paid and (arrived is None or arrived > self.now - span):
                total += max(self.came[requester.pk, self.purse[worker.pk]], 0)
        return total

    def owed(self, person):
        return -self.books[self.receivable[person.pk]]

    def take(self, person, target, amount):
        """Out of a purse whatever it holds."""
        purse = self.purse[person.pk]
        missing = max(amount - self.books[purse], 0)
        if missing:
            self.earned[person.pk] = 0
        self.move(self.receivable[person.pk], purse, missing)
        self.move(purse, target, amount)

    def give(self, person, source, amount):
        """Into a purse, and on to a debt."""
        purse = self.purse[person.pk]
        self.move(source, purse, amount)
        self.move(purse, self.receivable[person.pk], min(self.owed(person), amount))

    def earn(self, person, source, amount):
        self.move(source, self.purse[person.pk], amount)
        self.earned[person.pk] += amount

    @staticmethod
    def pick(those, n):
        """One of those, or None when there are none."""
        return those[n % len(those)] if those else None

    def posts(self, postings, needs):
        """Post them; refused exactly when one of `needs` (account → amount) is more than it holds. Tells if it did.

        Every other time twice, which must be the same as once.
        """
        enough = all(self.books[account] >= amount for account, amount in needs.items())
        for _ in range(1 + len(postings) % 2):
            try:
                self.posted = ledger.post(postings=postings, now=self.now)
            except InsufficientFunds:
                assert not enough
                return False
            assert enough
        return True

    def check(self, *, audit=True):
        """The books say what the model says, and the audit finds nothing.

        With the audit all transfers are summed again; else only those since the last check, for none ever changes.
        """
        assert self.balances(again=audit) == {pk: balance for pk, balance in self.books.items() if balance}
        if audit:
            assert reconcile.audit() == []

    def balances(self, *, again):
        """Every account's balance as the database has it, without those that hold nothing."""
        summed, last = (Counter(), 0) if again else self.carried
        with connection.cursor() as cursor:
            cursor.execute("SELECT coalesce(max(id), 0) FROM billing_transfer")
            upto = cursor.fetchone()[0]
            cursor.execute(MOVED, {"last": last, "upto": upto})
            for account, amount in cursor.fetchall():
                summed[account] += int(amount)
            self.carried = summed, upto
            cursor.execute("SELECT id, balance FROM billing_account WHERE balance <> 0")
            return dict(cursor.fetchall()) | {account: amount for account, amount in summed.items() if amount}


# What moved to and from the accounts that carry no balance.
MOVED = """
    SELECT account, sum(amount) FROM (
        SELECT source_id AS account, -amount AS amount FROM billing_transfer
        WHERE source_sequence IS NULL AND id > %(last)s AND id <= %(upto)s
        UNION ALL
        SELECT target_id, amount FROM billing_transfer
        WHERE target_sequence IS NULL AND id > %(last)s AND id <= %(upto)s) AS moved GROUP BY account
"""
