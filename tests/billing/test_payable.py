"""What may be asked for now, by rule and with the reason."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import payable
from billing.holds import Held
from billing.models import Payout
from billing.money import CENT, AmountRefused
from billing.payable import Payable, check, within
from tests.billing.conftest import NOW

SOON = NOW + dt.timedelta(days=3)


def refusal(wanted, may, *, leaving=False):
    try:
        check(wanted=wanted, payable=may, leaving=leaving)
    except AmountRefused as refused:
        return refused.rule
    return ""


@pytest.mark.parametrize(
    ("wanted", "balance", "held", "leaving", "rule"),
    [
        (1_000_000, 1_000_000, 0, False, ""),
        (990_000, 5_000_000, 0, False, "minimum"),
        (990_000, 5_000_000, 0, True, ""),
        (10_000, 10_001, 0, True, ""),
        (0, 9_999, 0, True, "minimum"),
        (1_005_000, 5_000_000, 0, True, "whole_cents"),
        (6_000_000, 5_000_000, 0, False, "balance"),
        (4_000_000, 5_000_000, 2_000_000, False, "held"),
        (3_000_000, 5_000_000, 2_000_000, False, ""),
        (500_000, 5_000_000, 4_500_000, False, "held"),
        (500_000, 5_000_000, 4_500_000, True, ""),
    ],
)
def test_every_refusal_names_its_rule(wanted, balance, held, leaving, rule):
    may = Payable(balance, (Held(held, SOON),) if held else ())
    assert refusal(wanted, may, leaving=leaving) == rule


def test_a_refusal_for_held_money_says_until_when():
    with pytest.raises(AmountRefused, match=r"held until 5 March 2026\. Payable now: 3\.00"):
        check(wanted=4_000_000, payable=Payable(5_000_000, (Held(2_000_000, SOON),)), leaving=False)
    with pytest.raises(AmountRefused, match="until their money is sure"):
        check(wanted=4_000_000, payable=Payable(5_000_000, (Held(2_000_000, None),)), leaving=False)


def test_of_held_money_that_was_paid_out_in_part_each_day_says_what_becomes_payable_on_it():
    """Else more would be told to come than there is."""
    later = SOON + dt.timedelta(days=1)
    held = (Held(3_000_000, SOON), Held(4_000_000, later), Held(500_000, None))
    assert within(held=held, balance=9_000_000) == held
    assert within(held=held, balance=5_000_000) == (Held(500_000, SOON), Held(4_000_000, later), Held(500_000, None))
    assert within(held=held, balance=4_200_000) == (Held(3_700_000, later), Held(500_000, None))
    assert within(held=held, balance=0) == ()


@given(balance=st.integers(0, 10**10), held=st.lists(st.integers(1, 10**10), max_size=3), leaving=st.booleans())
def test_all_that_is_payable_may_be_asked_for_and_not_a_cent_more(balance, held, leaving):
    may = Payable(balance, within(held=tuple(Held(one, None) for one in held), balance=balance))
    assert may.held_total == min(balance, sum(held))
    assert 0 <= may.amount <= max(0, balance - sum(held)) < may.amount + CENT
    assert not may.amount % CENT
    least = CENT if leaving else payable.minimum()
    assert (refusal(may.amount, may, leaving=leaving) == "") == (may.amount >= least)
    assert refusal(may.amount + CENT, may, leaving=leaving)


@pytest.mark.django_db
def test_many_small_payouts_of_a_day_are_one_large_one(person):
    worker = person("wen")

    def asks(amount, state="requested", hours=1, **more):
        Payout.objects.create(
            worker=worker, amount=amount, idempotency_key=f"{amount}{state}{hours}", state=state,
            created_at=NOW - dt.timedelta(hours=hours), **more,
        )  # fmt: skip

    def needs(amount):
        return payable.needs_approval(worker=worker, amount=amount, now=NOW)

    assert (needs(500_000_000), needs(500_010_000)) == (False, True)
    asks(300_000_000)
    asks(900_000_000, hours=25)
    asks(900_000_000, state="failed", reason="The bank is closed.")
    assert (needs(200_000_000), needs(200_010_000)) == (False, True)
