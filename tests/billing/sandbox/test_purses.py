"""What connected accounts hold goes on to their banks."""

import pytest

from billing.sandbox import accounts, books, purses, transfers
from tests.billing.sandbox.conftest import account, events, later


@pytest.fixture
def rich(desk):
    """An account that holds $4.00."""
    books.top_up(desk, 400)
    pk = account(desk)
    transfers.create(desk, {"amount": 400, "currency": "usd", "destination": pk})
    return pk


def test_money_waits_its_time_and_then_is_paid_once(desk, rich):
    assert purses.pay_due(desk) == []
    [paid] = purses.pay_due(later(desk, 86_400))
    assert (paid["status"], paid["amount"], purses.held(desk, rich)) == ("paid", 400, 0)
    assert purses.pay_due(later(desk, 10**6)) == []
    assert events(desk)[1:] == ["payout.created", "payout.paid"]


def test_a_bank_that_is_not_there_sends_it_back_and_another_one_is_asked_for(desk, rich):
    accounts.enable(desk, account=rich, number="000111111116")
    [failed] = purses.pay_due(desk, everything=True)
    assert (failed["status"], failed["failure_code"], purses.held(desk, rich)) == ("failed", "no_account", 400)
    now = accounts.find(desk, rich)
    assert (now["payouts_enabled"], now["requirements"]["currently_due"]) == (False, ["external_account"])
    assert events(desk)[-2:] == ["payout.failed", "account.updated"]
    assert purses.pay_due(desk, everything=True) == [], "nothing is paid to a bank that failed"
    accounts.enable(desk, account=rich, number="000123456789")
    assert purses.pay_due(desk, everything=True)[0]["status"] == "paid"


def test_a_payout_said_to_be_paid_may_still_come_back_once(desk, rich):
    [paid] = purses.pay_due(desk, everything=True)
    for _ in range(2):
        assert purses.fail(desk, payout=paid["id"])["failure_code"] == "account_closed"
    assert purses.held(desk, rich) == 400
