"""What the double does with money."""

import json

import pytest

from billing.sandbox import resources
from billing.sandbox.resources import ApiError, Terms
from tests.billing.sandbox.conftest import NOW, session_params


def events(store):
    return [json.loads(body)["type"] for _, body, _ in store.due_events(NOW + 10**6)]


def opened(store, terms, **changes):
    return resources.create_session(store, terms, session_params(**changes), NOW)


def test_paying_a_page_charges_keeps_the_fee_and_tells(store, terms):
    paid = resources.pay_session(store, terms, opened(store, terms), NOW)
    assert (paid["status"], paid["payment_status"]) == ("complete", "paid")
    intent = store.get("payment_intent", paid["payment_intent"])
    charge = store.get("charge", intent["latest_charge"])
    entry = store.get("balance_transaction", charge["balance_transaction"])
    assert (entry["amount"], entry["fee"], entry["net"]) == (5000, 175, 4825)
    assert events(store) == ["checkout.session.completed"]
    assert resources.balance(store, terms, {}, NOW)["available"] == [{"amount": 4825, "currency": "usd"}]


def test_money_may_stay_pending_for_a_while(store):
    slow = Terms(public_url="http://x", settle_seconds=60)
    resources.pay_session(store, slow, opened(store, slow), NOW)
    assert resources.balance(store, slow, {}, NOW)["pending"][0]["amount"] == 4825
    assert resources.balance(store, slow, {}, NOW + 60)["available"][0]["amount"] == 4825


def priced(amount, quantity="1"):
    price = {"currency": "usd", "unit_amount": amount, "product_data": {}}
    return {"line_items": [{"quantity": quantity, "price_data": price}]}


@pytest.mark.parametrize(
    "changes",
    [
        {"mode": "setup"}, {"success_url": "javascript:alert(1)"}, {"cancel_url": ""}, {"line_items": []},
        {"line_items": [{"quantity": "1"}]},
        priced("49"), priced("-5"), priced("500", quantity="0"), priced("5.00"), priced("٣٣٣"),
    ],
)  # fmt: skip
def test_a_page_that_makes_no_sense_is_refused(store, terms, changes):
    with pytest.raises(ApiError):
        opened(store, terms, **changes)


def test_pages_close_when_their_time_is_over(store, terms):
    session = opened(store, terms)
    assert resources.expire_overdue(store, terms, NOW) == 0
    assert resources.expire_overdue(store, terms, NOW + 86_401) == 1
    assert store.get("checkout.session", session["id"])["status"] == "expired"
    assert events(store) == ["checkout.session.expired"]


def test_a_transfer_needs_an_account_that_can_be_paid_and_enough_money(store, terms):
    def transfer(account, amount="400"):
        params = {"amount": amount, "currency": "usd", "destination": account}
        return resources.create_transfer(store, terms, params, NOW)

    ready = resources.create_account(store, terms, {"type": "express", "email": "w@x.org"}, NOW)["id"]
    off = resources.create_account(store, terms, {"type": "express", "email": "w+payouts-off@x.org"}, NOW)["id"]
    codes = []
    for account in ("acct_none", off, ready):
        with pytest.raises(ApiError) as refused:
            transfer(account)
        codes.append((refused.value.body["code"], refused.value.kept))
    assert codes == [
        ("resource_missing", False), ("insufficient_capabilities_for_transfer", True), ("balance_insufficient", True),
    ]  # fmt: skip
    resources.pay_session(store, terms, opened(store, terms), NOW)
    assert transfer(ready, "4825")["amount"] == 4825
    assert store.net() == 0
    with pytest.raises(ApiError):
        transfer(ready, "1")
