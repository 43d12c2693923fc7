"""Everything that money can do, in any order: after every step the books are a plain Python model's, and in order."""

import os
import random

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as rules
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from billing import reconcile
from billing.money import fee_of
from marketplace.pricing import Rate
from tests.billing import all_money
from tests.billing.all_money import OPERATIONS, AllMoney
from tests.billing.all_money.bank import Bank

# MONEY_SEEDS=7,8 python3 manage.py test tests/billing/test_money_in_any_order.py: these instead.
SEEDS = [int(number) for number in os.environ.get("MONEY_SEEDS", "1,2,3,4,5").split(",")]
STEPS = 200
NUMBER = st.integers(0, 10**6)


@pytest.mark.parametrize("number", SEEDS)
def test_any_order_of_operations_keeps_the_books_in_order(db, monkeypatch, settings, number):
    settings.RISK_HOLD_DAYS = number % 2  # of the day and a half that it takes

    class Machine(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.money, self.steps = AllMoney(bank=Bank(monkeypatch)), 0

        @rule(name=st.sampled_from(OPERATIONS), n=NUMBER, m=NUMBER)
        def do(self, name, n, m):
            self.money.do(name, n, m)

        @invariant()
        def in_order(self):
            self.money.check_after(step=self.steps, anew_every=20)
            self.steps += 1

    limits = rules(
        max_examples=1, stateful_step_count=STEPS, deadline=None, database=None, print_blob=True,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
    )  # fmt: skip
    print(f"seed {number}")
    run_state_machine_as_test(seed(number)(Machine), settings=limits)


LATE = "id = (SELECT max(id) FROM billing_transfer WHERE {})"
BROKEN = {
    "an amount": f"UPDATE billing_transfer SET amount = amount + 1 WHERE {LATE.format('true')}",
    "a currency": f"UPDATE billing_transfer SET currency = 'EUR' WHERE {LATE.format('true')}",
    "a number given twice": f"""UPDATE billing_transfer SET source_sequence = source_sequence - 1
        WHERE {LATE.format("source_sequence > 1 AND kind = 'accepted'")}""",
    "a number left out": f"""UPDATE billing_transfer SET target_sequence = target_sequence + 1
        WHERE {LATE.format("target_sequence IS NOT NULL")}""",
    "an account that is none": f"UPDATE billing_transfer SET target_id = -1 WHERE {LATE.format('true')}",
    "a balance": "UPDATE billing_account SET balance = balance + 1 WHERE id = (SELECT max(id) FROM billing_account"
    " WHERE balance > 0)",
    "a transfer that is gone": f"DELETE FROM billing_transfer WHERE {LATE.format('true')}",
    "a deposit of another amount": "UPDATE billing_deposit SET amount = amount + 10000 WHERE state = 'paid'",
    "a refund without its transfer": "UPDATE billing_refund SET state = 'paid' WHERE state <> 'paid'",
}


def test_an_audit_that_goes_on_finds_what_one_of_everything_finds(db, monkeypatch):
    dice, money = random.Random(7), AllMoney(bank=Bank(monkeypatch))
    for number in range(150):
        money.do(dice.choice(OPERATIONS), dice.randrange(10**6), dice.randrange(10**6))
        if number == 100:
            money.history.carry()
    assert reconcile.audit() == money.history.audit() == []
    for what, statement in BROKEN.items():
        with connection.cursor() as cursor, transaction.atomic():
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET session_replication_role = replica")
            cursor.execute("ALTER TABLE billing_transfer DROP CONSTRAINT transfer_source_sequence_once")
            cursor.execute(statement)
            assert cursor.rowcount, what
            assert sorted(reconcile.audit()) == sorted(money.history.audit()) != [], what
            cursor.execute("SET session_replication_role = DEFAULT")
            transaction.set_rollback(True)


def test_the_first_wrong_posting_is_named_with_its_seed_and_step(db, monkeypatch):
    monkeypatch.setattr(Rate, "fee", lambda self, *, pay: fee_of(reward=pay, bps=self.fee_bps) + 1)
    with pytest.raises(AssertionError, match="by account") as red:
        all_money.run(patch=monkeypatch, seed=1, steps=200, anew_every=50)
    assert red.value.__notes__[0].startswith("seed 1, step ")
