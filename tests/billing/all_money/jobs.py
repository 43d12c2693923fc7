"""Money in, and what a job does with it."""

from billing import deposits, ledger
from billing.gateway import Checkout
from billing.ledger import AccountKind, Posting
from billing.models import Deposit
from billing.money import CENT, fee_of
from marketplace import escrow
from marketplace.models import Job
from tests.billing.all_money.model import Model, numbers

K = AccountKind
BPS, SHAPES = 1_500, 2
PRICE = {"reward": 40_000, "fee_bps": BPS, "reward_per_shape": 3_651, "shapes_paid_at_most": SHAPES}
MOST = 40_000 + SHAPES * 3_651
HELD = MOST + fee_of(reward=MOST, bps=BPS)  # what one place commits


class Jobs(Model):
    """Deposits, and everything from publishing a job to closing it."""

    def deposit(self, n, m):
        owner, amount = self.pick(self.requesters, n), (50 + m % 3_000) * CENT
        number = next(numbers)
        page = Checkout(f"cs_{number}", "", "complete", True, amount, f"pi_{number}")
        row = Deposit.objects.create(
            owner=owner, amount=amount, idempotency_key=str(number), success_url="https://t.org/",
            cancel_url="https://t.org/", created_at=self.now,
        )  # fmt: skip
        for _ in range(1 + m % 2):
            assert deposits.record(page=page, reference=str(row.pk), now=self.now)
        self.give(owner, self.of[K.STRIPE_PENDING], amount)
        self.deposits.append({"row": row, "owner": owner, "amount": amount, "payment": page.payment, "cleared": None})

    def clear_deposit(self, n, m):
        one = self.pick([d for d in self.deposits if not d["cleared"]], n)
        if one:
            fee = (m % 40) * CENT
            self.bank.fees[one["payment"]] = (one["amount"], fee)
            deposits._clear(Deposit.objects.get(pk=one["row"].pk), self.now)
            self.move(self.of[K.STRIPE_AVAILABLE], self.of[K.STRIPE_PENDING], one["amount"] - fee)
            self.move(self.of[K.STRIPE_FEES], self.of[K.STRIPE_PENDING], fee)
            one["cleared"] = self.now

    def publish(self, n, m):
        """A new job; every third time one that is there gets more."""
        if n % 3 == 0 and self.open_jobs():
            one = self.pick(self.open_jobs(), n)
        else:
            owner = self.pick(self.requesters, n)
            one = {"job": Job(pk=next(numbers), owner=owner, **PRICE), "owner": owner}
            one |= {"state": "new", "open": 0, "answers": {}}
            escrow.open_escrow(job=one["job"])
            self.owner |= dict.fromkeys(escrow.accounts_of(job=one["job"]), owner.pk)
        amount, job, wallet = (1 + m % 40) * HELD, one["job"], self.purse[one["owner"].pk]
        reserve = m % 3 * amount // 20
        job.funding += 1
        held = escrow.hold(job=job, wallet_id=wallet, amount=amount, reserve=reserve)
        if self.posts(held, {wallet: amount + reserve}):
            self.move(wallet, job.escrow_free_id, amount)
            self.move(wallet, job.fair_pay_reserve_id, reserve)
            if one["state"] == "new":
                self.jobs.append(one | {"state": "open"})

    def make_places(self, n, m):
        one = self.pick(self.open_jobs(), n)
        if one:
            job, places = one["job"], 1 + m % 5
            cost = places * HELD
            chunk = escrow.commit_places(job=job, key=f"{job.pk}:{next(numbers)}", places=places)
            if self.posts([chunk], {job.escrow_free_id: cost}):
                self.move(job.escrow_free_id, job.escrow_committed_id, cost)
                one["open"] += places

    def answer(self, n, m):
        """An open place is answered; accepted at once, or rejected for now."""
        one = self.pick([j for j in self.jobs if j["open"]], n)
        if one:
            one["open"] -= 1
            name, worker = f"a{next(numbers)}", self.pick(self.workers, m)
            earned = PRICE["reward"] + m % (SHAPES + 1) * PRICE["reward_per_shape"]
            one["answers"][name] = [worker, "rejected", earned]
            if m % 4:
                self._pay(one, name, "accepted")

    def end_rejection(self, n, m):
        """A rejection becomes final, or is overturned on appeal."""
        one, name = self.an_answer("rejected", n)
        if one and m % 2:
            self._pay(one, name, "overturned")
        elif one:
            job = one["job"]
            free = escrow.uncommit(job=job, kind="rejection_final", key=name, amount=HELD)
            ledger.post(postings=[free], now=self.now)
            self.move(job.escrow_committed_id, job.escrow_free_id, HELD)
            one["answers"][name][1] = "final"

    def _pay(self, one, name, state):
        job, (worker, _, earned) = one["job"], one["answers"][name]
        fee = fee_of(reward=earned, bps=BPS)
        account, end = self.purse[worker.pk], {"fees_account_id": self.of[K.PLATFORM_FEES]}
        if state == "accepted":
            postings = escrow.pay(job=job, dues=[escrow.Due(name, account, earned)], **end)
        else:
            due = escrow.Due(str(next(numbers)), account, earned)
            postings = escrow.pay_on_appeal(job=job, due=due, assignment_key=name, **end)
        for _ in range(2):
            ledger.post(postings=postings, now=self.now)
        self.earn(worker, job.escrow_committed_id, earned)
        self.move(job.escrow_committed_id, self.of[K.PLATFORM_FEES], fee)
        self.move(job.escrow_committed_id, job.escrow_free_id, HELD - earned - fee)
        one["answers"][name][1] = state

    def bonus(self, n, m):
        owner, worker, amount = self.pick(self.requesters, n), self.pick(self.workers, m), 1 + m * 7_919 % 400_000
        wallet, key = self.purse[owner.pk], str(next(numbers))
        fee = fee_of(reward=amount, bps=BPS)
        postings = [Posting("bonus", key, wallet, self.purse[worker.pk], amount)]
        if fee:
            postings.append(Posting("bonus_fee", key, wallet, self.of[K.PLATFORM_FEES], fee))
        if self.posts(postings, {wallet: amount + fee}):
            self.gifts.append(self.posted[0].pk)
            self.earn(worker, wallet, amount)
            self.move(wallet, self.of[K.PLATFORM_FEES], fee)

    def top_up_pay(self, n, m):
        """Real times show that a worker was paid too little: the job's reserve makes it good."""
        one = self.pick(self.jobs, n)
        if one:
            reserve, worker, key = one["job"].fair_pay_reserve_id, self.pick(self.workers, m), str(next(numbers))
            amount = 1 + m % 30_000
            fee = fee_of(reward=amount, bps=BPS)
            ends = {"fair_pay": (self.purse[worker.pk], amount), "fair_pay_fee": (self.of[K.PLATFORM_FEES], fee)}
            postings = [Posting(kind, key, reserve, end, much) for kind, (end, much) in ends.items() if much]
            if self.posts(postings, {reserve: amount + fee}):
                self.earn(worker, reserve, amount)
                self.move(reserve, self.of[K.PLATFORM_FEES], fee)

    def close(self, n, m):
        """Open places are withdrawn and what is free goes back; again once the rest has been decided."""
        one = self.pick(self.jobs, n)
        if one:
            job, wallet = one["job"], self.purse[one["owner"].pk]
            back, postings = one["open"] * HELD, []
            if back:
                key = f"{job.pk}:{next(numbers)}"
                postings.append(escrow.uncommit(job=job, kind="places_cancelled", key=key, amount=back))
            free = self.books[job.escrow_free_id] + back
            if free:
                job.close_no += 1
                postings.append(escrow.give_back(job=job, wallet_id=wallet, amount=free))
            reserve, holds = job.fair_pay_reserve_id, self.books[job.fair_pay_reserve_id]
            if holds:
                postings.append(escrow.give_reserve_back(job=job, wallet_id=wallet, amount=holds))
            ledger.post(postings=postings, now=self.now)
            self.move(reserve, wallet, holds)
            self.move(job.escrow_committed_id, job.escrow_free_id, back)
            self.move(job.escrow_free_id, wallet, free)
            one["open"], one["state"] = 0, "closing"

    def open_jobs(self):
        return [job for job in self.jobs if job["state"] == "open"]

    def an_answer(self, state, n):
        """A job and one of its answers in this state."""
        found = [(job, name) for job in self.jobs for name, (_, is_in, _) in job["answers"].items() if is_in in state]
        return self.pick(found, n) or (None, None)
