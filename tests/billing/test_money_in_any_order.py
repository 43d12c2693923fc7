"""Everything that money can do, in any order: after every step the books are a plain Python model's, and in order."""

import os

import pytest
from hypothesis import HealthCheck, Phase, seed
from hypothesis import settings as rules
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

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
            self.money = AllMoney(bank=Bank(monkeypatch))

        @rule(name=st.sampled_from(OPERATIONS), n=NUMBER, m=NUMBER)
        def do(self, name, n, m):
            self.money.do(name, n, m)

        @invariant()
        def in_order(self):
            self.money.check()

    limits = rules(
        max_examples=1, stateful_step_count=STEPS, deadline=None, database=None, print_blob=True,
        suppress_health_check=list(HealthCheck), phases=[Phase.generate, Phase.shrink],
    )  # fmt: skip
    print(f"seed {number}")
    run_state_machine_as_test(seed(number)(Machine), settings=limits)
