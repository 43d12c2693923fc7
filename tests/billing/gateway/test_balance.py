"""The provider's own books."""

import datetime as dt

import pytest

from billing import gateway
from billing.gateway import Funds, GatewayAway
from tests.billing.conftest import NOW, fill_bank, payment

DAY = dt.timedelta(days=1)


def lines(since=NOW, until=NOW + DAY):
    return list(gateway.balance_transactions(since=since, until=until))


def test_what_the_platform_holds_is_counted_in_micro_units(sandbox):
    fill_bank(sandbox, 123_45)
    assert gateway.funds() == Funds(available=123_450_000, pending=0)
    sandbox.do("pay_platform", amount=200_00)
    assert gateway.funds().available == -76_550_000, "a fact of the bank, below zero as well"


def test_every_movement_names_what_of_ours_it_belongs_to(sandbox):
    paid = payment(sandbox, reference="d1")
    gateway.create_refund(payment=paid, amount=10_000_000, reference="r1", key="1")
    recipient = gateway.create_recipient(reference="w1", email="wen@example.org", key="2")
    sent = gateway.create_transfer(reference="p1", amount=2_000_000, currency="USD", recipient=recipient.id, key="3")
    gateway.create_reversal(transfer=sent, amount=1_000_000, reference="v1", key="4")
    sandbox.do("open_dispute", payment=paid)
    sandbox.do("charge_fee", amount=25)
    sandbox.do("pay_platform", amount=100)
    seen = [(line.type, line.net, line.reference) for line in lines()]
    assert seen == [
        ("payout", -1_000_000, None), ("stripe_fee", -250_000, None), ("adjustment", -65_000_000, None),
        ("transfer_refund", 1_000_000, "v1"), ("transfer", -2_000_000, "p1"), ("refund", -10_000_000, "r1"),
        ("charge", 48_250_000, "d1"),
    ]  # fmt: skip
    assert sum(line.net for line in lines()) == gateway.funds().available
    assert all(line.amount - line.fee == line.net for line in lines())


def test_all_pages_are_read_and_the_end_of_the_span_is_the_next_ones_beginning(sandbox):
    for _ in range(230):
        fill_bank(sandbox, 1)
    sandbox.moment[0] = NOW + DAY
    fill_bank(sandbox, 2)
    today, tomorrow = lines(), lines(NOW + DAY, NOW + 2 * DAY)
    assert len({line.id for line in today}) == 230
    assert [line.amount for line in tomorrow] == [20_000]


def test_a_provider_that_goes_away_between_pages_is_away_and_not_the_end(sandbox):
    for _ in range(101):
        fill_bank(sandbox, 1)
    seen = gateway.balance_transactions(since=NOW, until=NOW + DAY)
    next(seen)
    sandbox.faults.extend([("/v1/balance_transactions", 503)] * 3)
    with pytest.raises(GatewayAway):
        list(seen)
