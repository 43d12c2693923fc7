"""Money out to workers, back from them, and what settles debts."""

from billing import debts, payable, payouts, returns
from billing.gateway import Reversal
from billing.ledger import AccountKind
from billing.money import CENT, AmountRefused
from tests.billing.all_money.model import Model, numbers

K = AccountKind


class Payouts(Model):
    """Payouts in their phases, payouts that come back, and netting."""

    def request_payout(self, n, m):
        worker = self.pick(self.workers, n)
        free = max(self.books[self.purse[worker.pk]] - self.share(worker) - self.held(worker), 0)
        amount = None if m % 2 else (m % 3_000) * CENT
        total = free - free % CENT if amount is None else amount
        try:
            row = payouts.request(worker=worker, amount=amount, idempotency_key="", now=self.now)
        except AmountRefused:
            assert total < payable.minimum() or total > free
            return
        assert row.amount == total
        self.net(worker)
        self.move(self.purse[worker.pk], self.pending[worker.pk], row.amount)
        self.payouts.append({"row": row, "worker": worker, "state": "requested", "amount": row.amount, "back": 0})

    def send_payout(self, n, m):
        one = self.pick([p for p in self.payouts if p["state"] == "requested"], n)
        if one:
            with self.bank.answering(m):
                state = payouts.send(payout_id=one["row"].pk, now=self.now).state
            self._payout_became(one, state)

    def see_payouts(self, n, m):
        """The sweeper: what was left half done goes on, what left is seen at the bank."""
        payouts.sweep(now=self.now)
        states = dict(payouts.Payout.objects.values_list("pk", "state"))
        for one in self.payouts:
            self._payout_became(one, states[one["row"].pk])

    def _payout_became(self, one, state):
        steps = {
            "awaiting_approval": 0,
            "requested": 0,
            "sending": 0,
            "waiting_for_funds": 0,
            "sent": 1,
            "paid": 2,
            "returned": 2,
        }
        pending, before = self.pending[one["worker"].pk], steps.get(one["state"])
        transit, bank = self.of[K.TRANSFERS_IN_TRANSIT], self.of[K.STRIPE_AVAILABLE]
        if state == "failed" and before == 0:
            self.give(one["worker"], pending, one["amount"])
        elif state != "failed":
            self.move(pending, transit, one["amount"] * (before < 1 <= steps[state]))
            self.move(transit, bank, one["amount"] * (before < 2 <= steps[state]))
        one["state"] = "requested" if steps.get(state) == 0 else state

    def payout_comes_back(self, n, m):
        """A transfer is reversed, in part or whole, and we are told twice."""
        one = self.pick([p for p in self.payouts if p["state"] in ("sent", "paid") and p["back"] < p["amount"]], n)
        if one:
            one["row"].refresh_from_db()
            left = one["amount"] - one["back"]
            amount = left if m % 3 else max(left // 2 // CENT * CENT, CENT)
            reversal = Reversal(f"trr_{next(numbers)}", one["row"].provider_transfer, amount)
            for _ in range(2):
                assert returns.record(reversal=reversal, now=self.now)
            one["back"] += amount
            self._payout_became(one, "returned" if one["back"] == one["amount"] else "paid")
            self.give(one["worker"], self.of[K.STRIPE_AVAILABLE], amount)

    def share(self, worker):
        """What of new earnings is due to a debt: half."""
        return min(self.earned[worker.pk] // 2, self.owed(worker), self.books[self.purse[worker.pk]])

    def net(self, worker):
        share = self.share(worker)
        if share:
            self.move(self.purse[worker.pk], self.receivable[worker.pk], share)
            self.earned[worker.pk] = 0
        return share

    def settle_debts(self, n, m):
        for worker in self.workers:
            assert debts.settle_from_earnings(worker_id=worker.pk, now=self.now) == self.net(worker)
        for owner in self.requesters:
            wallet = self.purse[owner.pk]
            amount = min(self.owed(owner), self.books[wallet])
            assert debts.settle_from_wallet(owner_id=owner.pk, now=self.now) == amount
            self.move(wallet, self.receivable[owner.pk], amount)
