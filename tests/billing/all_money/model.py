"""The plain Python model: every account's balance as a number, and the people whose money it is."""

import datetime as dt
import itertools
from collections import Counter

from django.conf import settings
from django.contrib.auth import get_user_model

from billing import debts, ledger, prepared, reconcile
from billing.ledger import AccountKind, InsufficientFunds, platform
from tests.billing.all_money.bank import Bank
from tests.billing.all_money.carried import Carried

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
        self.carried, self.history = (Counter(), 0), Carried()
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

    def check(self, *, anew=True):
        """The books say what the model says, and the audit finds nothing.

        All transfers are summed `anew`, or those that came since they last were: none ever changes. Every rule is asked
        either way.
        """
        found, expected = self.balances(again=anew), {pk: balance for pk, balance in self.books.items() if balance}
        off = {pk: (found.get(pk, 0), expected.get(pk, 0)) for pk, _ in found.items() ^ expected.items()}
        assert not off, f"the books and the model hold, by account: {off}"
        faults = reconcile.audit() if anew else self.history.audit()
        assert not faults, f"the audit finds: {faults}"

    def check_after(self, *, step, anew_every):
        """The check after each of many steps, numbered from 0; all transfers are summed anew after every so many."""
        anew = step % anew_every == 0
        self.check(anew=anew)
        if anew:
            self.history.carry()

    def balances(self, *, again):
        """Every account's balance as the database has it, without those that hold nothing."""
        summed, last = (Counter(), 0) if again else self.carried
        moved = prepared.rows(MOVED, {"last": last})
        held = {account: balance for account, balance, upto in moved if upto is None}
        for account, amount, upto in moved:
            if upto is not None:
                summed[account] += int(amount)
                last = max(last, upto)
        self.carried = summed, last
        return held | {account: amount for account, amount in summed.items() if amount}


# What accounts carry, and what moved to and from those that carry nothing, with the last transfer that did.
MOVED = """
    SELECT id, balance, NULL::bigint FROM billing_account WHERE balance <> 0
    UNION ALL
    SELECT account, sum(amount), max(id) FROM (
        SELECT source_id AS account, -amount AS amount, id FROM billing_transfer
        WHERE source_sequence IS NULL AND id > %(last)s
        UNION ALL
        SELECT target_id, amount, id FROM billing_transfer WHERE target_sequence IS NULL AND id > %(last)s
    ) AS moved GROUP BY account
"""
