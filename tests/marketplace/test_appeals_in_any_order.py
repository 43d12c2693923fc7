"""Appeals, waivers, decisions and deadlines in any order, against a model in a few lines of Python."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from billing import ledger
from billing.wallets import earnings_of
from marketplace import hearing
from marketplace.appealing import appeal, uphold_overdue, waive
from marketplace.auditing import audit
from marketplace.closing import close, finish_closing
from marketplace.errors import Conflict
from marketplace.models import Appeal, Assignment, Decision, Job
from marketplace.settling import finalise_rejections
from tests.world import World

WHICH = st.integers(0, 1)
HELD = {"rejected", "open"}


class Appeals(RuleBasedStateMachine):
    """What became of two rejections of one worker; until when each can be contested, or has to be decided."""

    def __init__(self):
        super().__init__()
        self.all = transaction.atomic()
        self.all.__enter__()
        self.world = World()
        self.given = [self.world.rejected(appeal_days=3) for _ in range(2)]
        self.state = ["rejected"] * 2
        self.until = [given.final_at for given in self.given]
        self.adopted = 0

    def teardown(self):
        faults = audit()
        transaction.set_rollback(True)
        self.all.__exit__(None, None, None)
        assert faults == []

    def attempt(self, n, allowed, becomes, call):
        """Do it: it must succeed exactly when the model allows it."""
        try:
            call()
        except (Conflict, Appeal.DoesNotExist):
            assert not allowed, (n, self.state[n], becomes)
        else:
            assert allowed, (n, self.state[n], becomes)
            self.state[n] = becomes

    def contestable(self, n):
        return self.state[n] == "rejected" and self.world.now < self.until[n]

    @rule(n=WHICH)
    def contest(self, n):
        again = self.state[n] == "open"
        words = {"assignment_id": self.given[n].pk, "worker": self.world.wei, "reason": "Look.", "now": self.world.now}
        fresh = self.contestable(n)
        self.attempt(n, fresh or again, "open", lambda: appeal(**words))
        if fresh:
            self.until[n] = self.world.now + timedelta(days=7)

    @rule(n=WHICH)
    def waive(self, n):
        allowed = self.contestable(n) or self.state[n] in ("open", "waived")
        words = {"assignment_id": self.given[n].pk, "worker": self.world.wei, "now": self.world.now}
        self.attempt(n, allowed, "waived", lambda: waive(**words))

    @rule(n=WHICH, uphold=st.booleans(), adopt=st.booleans(), by=st.sampled_from(["ada", "rita"]))
    def decide(self, n, uphold, adopt, by):
        found = Appeal.objects.filter(assignment=self.given[n]).first()
        if found is None:
            return
        words = {"uphold": uphold, "adopt": uphold and adopt, "answer": "So.", "now": self.world.now}
        was = self.state[n]
        decide = lambda: hearing.decide(decider=getattr(self.world, by), appeal_id=found.pk, **words)  # noqa: E731
        self.attempt(n, was == "open", "upheld" if uphold else "lost", decide)
        self.adopted += was == "open" and words["adopt"]

    @rule(hours=st.integers(1, 100))
    def time_passes(self, hours):
        self.world.later(hours=hours)

    @rule()
    def sweep(self):
        uphold_overdue(now=self.world.now)
        for n, given in enumerate(self.given):
            finalise_rejections(job_id=given.job_id, now=self.world.now)
            finish_closing(job_id=given.job_id, now=self.world.now)
            if self.world.now >= self.until[n]:
                self.state[n] = {"open": "upheld", "rejected": "final"}.get(self.state[n], self.state[n])

    @rule(n=WHICH)
    def close(self, n):
        job = Job.objects.get(pk=self.given[n].job_id)
        if job.state == Job.State.OPEN:
            close(job=job, now=self.world.now)

    @invariant()
    def pay_states_and_money_are_what_the_model_says(self):
        upheld = self.state.count("upheld")
        assert ledger.balance(account_id=earnings_of(worker=self.world.wei).pk) == 50_000 * upheld
        for n, given in enumerate(self.given):
            found = Assignment.objects.select_related("place", "job").get(pk=given.pk)
            assert found.state == ("overturned" if self.state[n] == "upheld" else "rejected")
            assert found.place.held == (60_000 if self.state[n] in HELD else 0)
            assert not (found.job.state == Job.State.CLOSED and self.state[n] in HELD)
        assert Decision.objects.filter(kind=Decision.Kind.APPEAL).count() == self.adopted


@pytest.mark.django_db
def test_appeals_keep_their_promises_whatever_happens_in_whatever_order():
    run_state_machine_as_test(Appeals, settings=settings(max_examples=8, stateful_step_count=15, deadline=None))
