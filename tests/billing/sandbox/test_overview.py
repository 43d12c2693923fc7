"""The page of the test bank, where one plays the banks behind the money."""

import re

import pytest

from billing.sandbox import accounts, books, overview, purses, refunds, transfers
from billing.sandbox.desk import ApiError
from tests.billing.sandbox.conftest import account, held, paid


def test_an_empty_bank_says_so(desk):
    html = overview.page(desk)
    assert html.count("None yet.") == 5
    assert "<script" not in html
    assert "style=" not in html


def test_what_banks_do_is_a_button_beside_what_they_do_it_to(desk):
    payment = paid(desk)
    pk = account(desk, email="<w>@x.org")
    transfers.create(desk, {"amount": 400, "currency": "usd", "destination": pk})
    refunds.create(desk, {"payment_intent": payment, "amount": 1000})
    html = overview.page(desk)
    assert "$10.00 sent back" in html
    assert "&lt;w&gt;@x.org" in html
    assert "holds $4.00, can be paid" in html
    overview.press(desk, "run-payouts", {})
    assert set(re.findall(r'action="/do/([a-z-]+)"', overview.page(desk))) == {
        "contest", "warn", "send-back", "ask-papers", "close-account", "bounce", "run-payouts", "top-up",
    }  # fmt: skip
    overview.press(desk, "contest", {"payment": payment})
    overview.press(desk, "ask-papers", {"account": pk})
    html = overview.page(desk)
    assert "cannot be paid" in html
    assert "−$" in html, "the balance is below zero and says so"
    assert {"win", "lose", "enable"} <= set(re.findall(r'action="/do/([a-z-]+)"', html))
    overview.press(desk, "win", {"dispute": desk.store.all("dispute")[0]["id"]})
    overview.press(desk, "bounce", {"payout": desk.store.all("payout")[0]["id"]})
    overview.press(desk, "enable", {"account": pk})
    assert (purses.held(desk, pk), accounts.find(desk, pk)["payouts_enabled"]) == (400, True)
    assert held(desk) == (4825 - 400 - 1000 - 1500, 0)


@pytest.mark.parametrize(
    ("button", "form"), [("rob", {}), ("win", {}), ("win", {"dispute": "dp_none"}), ("top-up", {"to": "me"})]
)
def test_a_button_that_is_none_or_has_nothing_to_do_is_refused(desk, button, form):
    with pytest.raises(ApiError):
        overview.press(desk, button, form)


def test_every_button_is_an_action_and_the_platforms_own_payouts_have_none(desk):
    books.pay_platform(desk, 500)
    html = overview.page(desk)
    assert "to the platform&#x27;s own bank" in html
    assert 'action="/do/bounce"' not in html
    assert {action for action, _ in overview.BUTTONS.values()} <= set(overview.controls.ACTIONS)
