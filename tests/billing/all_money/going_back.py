"""Money that goes the other way: refunds, disputes, pay taken back, and what two admins put right."""

import pytest
from django.db import transaction

from billing import adjustments, clawbacks, debts, disputes, gateway, ledger, refunds
from billing.adjustments import NotAllowed
from billing.gateway import Clearing
from billing.ledger import AccountKind
from billing.money import CENT, AmountRefused, fee_of
from tests.billing.all_money.bank import LONG_AGO
from tests.billing.all_money.jobs import BPS, Jobs
from tests.billing.all_money.model import numbers

K = AccountKind


class GoingBack(Jobs):
    """Everything that takes back what was given."""

    # --- refunds ----------------------------------------------------------------------------------------------------

    def refund(self, n, m):
        """Asked for by the requester, all there is or a part; every fifth time the bank has made it already."""
        one = self.pick(self.deposits, n)
        if not one:
            return
        owner, transit = one["owner"], self.of[K.TRANSFERS_IN_TRANSIT]
        wallet, back = self.purse[owner.pk], self._went_back(one)
        if m % 5 == 0:
            amount = min(CENT * (1 + m % 100), max(one["amount"] - back, CENT))
            told = gateway.Refund(f"re_{next(numbers)}", one["payment"], amount, "succeeded", "", None, True)
            for _ in range(2):
                assert refunds.record(refund=told, now=self.now)
            self.take(owner, transit, amount)
            row = refunds.Refund.objects.get(provider_refund=told.id)
            self.refunds.append({"row": row, "deposit": one, "state": "sent", "amount": amount, "told": told})
            return
        left = min(max(one["amount"] - back, 0), self.books[wallet])
        asked = None if m % 2 else (m % 3_000) * CENT
        amount = left - left % CENT if asked is None else asked
        may = 0 < amount <= left and not self.owed(owner)
        try:
            row, _ = refunds.request(
                deposit_id=one["row"].pk, amount=asked, asked_by=owner, idempotency_key="", now=self.now
            )
        except AmountRefused:
            assert not may
            return
        assert (may, row.amount) == (True, amount)
        self.move(wallet, transit, amount)
        self.refunds.append({"row": row, "deposit": one, "state": "requested", "amount": amount, "told": None})

    def _went_back(self, deposit):
        refunded = sum(r["amount"] for r in self.refunds if r["deposit"] is deposit and r["state"] != "failed")
        contested = [d for d in self.disputes if d["deposit"] is deposit and d["state"] in ("open", "lost")]
        return refunded + sum(d["amount"] for d in contested)

    def send_refund(self, n, m):
        one = self.pick([r for r in self.refunds if r["state"] == "requested"], n)
        if one:
            with self.bank.answering(m):
                row = refunds.send(refund_id=one["row"].pk, now=self.now)
            self._refund_became(one, row.state)

    def see_refunds(self, n, m):
        refunds.sweep(now=self.now)
        states = dict(refunds.Refund.objects.values_list("pk", "state"))
        for one in self.refunds:
            self._refund_became(one, states[one["row"].pk])

    def refund_fails(self, n, m):
        """The card is gone: the bank sends the money back, and says so twice, the second time with old news between.
        Some never left the bank."""
        one = self.pick([r for r in self.refunds if r["state"] in ("sent", "paid")], n)
        if one:
            one["row"].refresh_from_db()
            said = one["row"].provider_refund, one["deposit"]["payment"], one["amount"]
            for status in ("failed", "pending", "failed"):
                told = gateway.Refund(*said, status, "expired_or_canceled_card", str(one["row"].pk), bool(m % 2))
                assert refunds.record(refund=told, now=self.now)
            self._refund_became(one, "failed", has_left=m % 2)

    def _refund_became(self, one, state, has_left=0):
        transit, bank, before = self.of[K.TRANSFERS_IN_TRANSIT], self.of[K.STRIPE_AVAILABLE], one["state"]
        if state == "failed" and before != "failed":
            if before == "sent" and has_left:
                self.move(transit, bank, one["amount"])
            self.give(one["deposit"]["owner"], bank if has_left or before == "paid" else transit, one["amount"])
        elif state == "paid" and before != "paid":
            self.move(transit, bank, one["amount"])
        one["state"] = "requested" if state in ("sending", "waiting_for_funds") else state

    # --- disputes ---------------------------------------------------------------------------------------------------

    def dispute(self, n, m):
        """The bank takes a payment back, in part or whole, for a fee."""
        one = self.pick([d for d in self.deposits if d["amount"] > self._went_back(d)], n)
        if one:
            left = one["amount"] - self._went_back(one)
            amount, fee = left if m % 3 else max(left // 2 // CENT * CENT, CENT), 15 * 100 * CENT * (m % 2)
            moved = [Clearing(f"txn_d{next(numbers)}", -amount, fee, LONG_AGO)]
            case = {"deposit": one, "amount": amount, "state": "open", "moved": moved, "id": f"dp_{next(numbers)}"}
            self.disputes.append(case)
            self._tell(case, "needs_response")
            self.take(one["owner"], self.of[K.STRIPE_AVAILABLE], amount)
            self.move(self.of[K.STRIPE_FEES], self.of[K.STRIPE_AVAILABLE], fee)

    def dispute_ends(self, n, m):
        case = self.pick([d for d in self.disputes if d["state"] == "open"], n)
        if not case:
            return
        case["state"] = "won" if m % 2 else "lost"
        if case["state"] == "won":
            owner, bank = case["deposit"]["owner"], self.of[K.STRIPE_AVAILABLE]
            case["moved"].append(Clearing(f"txn_w{next(numbers)}", case["amount"], 0, LONG_AGO))
            self.give(owner, bank, case["amount"])
            back = min(self.forgiven[owner.pk], case["amount"], self.books[self.purse[owner.pk]])
            self.move(self.purse[owner.pk], self.of[K.LOSSES], back)
            self.forgiven[owner.pk] -= back
        self._tell(case, case["state"])

    def _tell(self, case, status):
        """Everything that happened to it so far, the latest first, some of it again."""
        said = case["id"], case["deposit"]["payment"], case["amount"], "USD"
        stale = tuple(case["moved"][:1])
        for one, moved in ((status, tuple(case["moved"])), ("needs_response", stale), (status, stale)):
            assert disputes.record(dispute=gateway.Dispute(*said, one, "fraudulent", moved), now=self.now)

    def recover(self, n, m):
        """A requester's debt is settled out of what a job of theirs does not need."""
        job = self.pick(self.jobs, n)
        if job:
            free, owner = job["job"].escrow_free_id, job["owner"]
            with transaction.atomic():
                purse = debts.lock(kind=K.WALLET, owner_id=owner.pk, also=(free,))
                amount = min(self.owed(owner), self.books[free])
                assert purse.owed == self.owed(owner)
                if amount:
                    paid = purse.settle(source=free, key=f"job:{next(numbers)}", amount=amount)
                    ledger.post(postings=[paid], now=self.now)
            if amount:
                self.move(free, self.receivable[owner.pk], amount)

    # --- pay taken back, and what admins do -------------------------------------------------------------------------

    def claw_back(self, n, m):
        """Paid work turns out to be a fraud; its job gets the money, or its owner when it has been closed."""
        one, name = self.an_answer(("accepted", "overturned"), n)
        if one:
            worker, _, reward = one["answers"][name]
            fee = fee_of(reward=reward, bps=BPS)
            target = one["job"].escrow_free_id if one["state"] == "open" else self.purse[one["owner"].pk]
            for _ in range(2):
                clawbacks.take_back(
                    key=f"assignment:{name}", worker=worker, reward=reward, fee=fee, target=target, reason="Copied.",
                    decided_by=self.admins[0], now=self.now,
                )  # fmt: skip
            self.take(worker, target, reward)
            self.move(self.of[K.PLATFORM_FEES], target, fee)
            one["answers"][name][1] = "reversed"

    def ask_adjustment(self, n, m):
        """An admin asks for a write-off, a gift, or that a bonus be undone."""
        asked = {"reason": "An agreement.", "asked_by": self.admins[0], "now": self.now}
        person = self.pick(self.requesters + self.workers, n)
        try:
            if m % 3 == 0:
                kind = K.WALLET if person in self.requesters else K.WORKER_BALANCE
                amount = self.owed(person) // (1 + m % 2)
                row = adjustments.ask_write_off(person=person, kind=kind, amount=amount, **asked)
            elif m % 3 == 1:
                worker = self.pick(self.workers, n)
                row = adjustments.ask_goodwill(worker=worker, amount=1 + m * 97 % 900_000, **asked)
            elif self.gifts:
                transfer = self.pick(self.gifts, n)
                row = adjustments.ask_correction(transfer_id=transfer, **asked)
                assert transfer not in [one.transfer_id for one in self.asked]
            else:
                return
        except AmountRefused:
            assert not amount
        except NotAllowed:
            assert transfer in [one.transfer_id for one in self.asked]
        else:
            self.asked.append(row)

    def agree(self, n, m):
        """The second admin agrees; the first one cannot."""
        row = self.pick([one for one in self.asked if one.state == "asked"], n)
        if not row:
            return
        with pytest.raises(NotAllowed):
            adjustments.agree(adjustment_id=row.pk, decided_by=self.admins[0], now=self.now)
        try:
            adjustments.agree(adjustment_id=row.pk, decided_by=self.admins[1], now=self.now)
        except AmountRefused:
            if row.kind == "write_off":
                assert self.owed(row.person) < row.amount
            else:
                assert self.books[row.transfer.target_id] < row.amount
            return
        row.refresh_from_db()
        if row.kind == "write_off":
            self.move(self.of[K.LOSSES], self.receivable[row.person_id], row.amount)
            self.forgiven[row.person_id] += row.amount
        elif row.kind == "goodwill":
            self.move(self.of[K.GOODWILL], self.purse[row.person_id], row.amount)
        else:
            self.move(row.transfer.target_id, row.transfer.source_id, row.amount)
