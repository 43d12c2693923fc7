"""The platform's balance at the double."""

from billing.sandbox import books
from tests.billing.sandbox.conftest import held, later


def test_every_kind_of_line_moves_the_balance_by_its_net(desk):
    books.enter(desk, "charge", "ch_1", 5000, fee=175, after=60)
    assert held(desk) == (0, 4825)
    assert held(later(desk, 60)) == (4825, 0)
    books.settle(desk)
    books.top_up(desk, 1000)
    books.pay_platform(desk, 5000)
    books.charge_fee(desk, 25, "Active accounts")
    assert held(desk) == (800, 0)
    lines = desk.store.all("balance_transaction")
    assert [(line["type"], line["net"], line["reporting_category"]) for line in lines] == [
        ("stripe_fee", -25, "fee"), ("payout", -5000, "payout"), ("topup", 1000, "topup"), ("charge", 4825, "charge"),
    ]  # fmt: skip
    assert desk.store.get("payout", lines[1]["source"])["amount"] == 5000


def test_the_balance_may_go_below_zero(desk):
    books.pay_platform(desk, 100)
    assert held(desk) == (-100, 0)
