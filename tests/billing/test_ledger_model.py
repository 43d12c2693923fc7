"""The ledger against a plain Python model: any sequence of fund, spend, overdraft, replay and key reuse."""

import itertools

import pytest
from django.contrib.auth import get_user_model
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from billing import ledger, reconcile
from billing.ledger import AccountKind, InsufficientFunds, KeyReused, Posting
from tests.billing.conftest import NOW

_people = itertools.count(10**6)


class Model:
    """The books as a dict."""

    def __init__(self):
        self.balances, self.posted = {}, {}

    def post(self, postings):
        """What `ledger.post` promises, without a database. Returns the error type expected, or None."""
        after, known = dict(self.balances), dict(self.posted)
        for p in postings:
            if known.setdefault(p.key, p) != p:
                return KeyReused
        for p in {p.key: p for p in postings if p.key not in self.posted}.values():
            if after.get(p.source, p.amount) < p.amount:
                return InsufficientFunds
            for pk, change in ((p.source, -p.amount), (p.target, p.amount)):
                if pk in after:
                    after[pk] += change
        self.balances, self.posted = after, known
        return None


class Books(RuleBasedStateMachine):
    accounts = Bundle("accounts")

    def __init__(self):
        super().__init__()
        self.model, self.run, self.numbers = Model(), next(_people), itertools.count(1)
        self.bank = ledger.platform(AccountKind.STRIPE_PENDING).pk

    @rule(target=accounts, kind=st.sampled_from([AccountKind.WALLET, AccountKind.WORKER_BALANCE]))
    def open(self, kind):
        owner = get_user_model().objects.create(email=f"p{next(_people)}@example.org")
        pk = ledger.open_account(kind=kind, owner_id=owner.pk).pk
        self.model.balances[pk] = 0
        return pk

    def new(self, source, target, amount):
        return Posting("model", f"{self.run}:{next(self.numbers)}", source, target, amount)

    def post(self, *postings):
        expected = self.model.post(postings)
        if expected:
            with pytest.raises(expected):
                ledger.post(postings=postings, now=NOW)
        else:
            moved = ledger.post(postings=postings, now=NOW)
            assert [(t.key, t.amount) for t in moved] == [(p.key, p.amount) for p in postings]

    @rule(account=accounts, amount=st.integers(1, 50))
    def fund(self, account, amount):
        self.post(self.new(self.bank, account, amount))

    @rule(source=accounts, spent=st.lists(st.tuples(accounts, st.integers(1, 40)), min_size=1, max_size=4))
    def spend_in_one_call(self, source, spent):
        self.post(*[self.new(source, target, amount) for target, amount in spent if target != source])

    @rule(data=st.data())
    def replay(self, data):
        if self.model.posted:
            self.post(self.model.posted[data.draw(st.sampled_from(sorted(self.model.posted)))])

    @rule(data=st.data(), more=st.integers(1, 3))
    def reuse_a_key_for_something_else(self, data, more):
        if self.model.posted:
            old = self.model.posted[data.draw(st.sampled_from(sorted(self.model.posted)))]
            self.post(old._replace(amount=old.amount + more))

    @invariant()
    def the_books_say_what_the_model_says(self):
        assert {pk: ledger.balance(account_id=pk) for pk in self.model.balances} == self.model.balances

    def teardown(self):
        assert reconcile.audit() == []


def test_any_sequence_of_operations_agrees_with_the_model(db):
    limits = settings(max_examples=25, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Books, settings=limits)
