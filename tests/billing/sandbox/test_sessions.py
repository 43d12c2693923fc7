"""Payment pages and their charges."""

import pytest

from billing.sandbox import sessions
from billing.sandbox.desk import ApiError
from tests.billing.sandbox.conftest import events, held, later, session_params


@pytest.fixture
def session(desk):
    return sessions.create(desk, session_params())


def test_paying_a_page_charges_keeps_the_fee_and_tells(desk, session):
    paid = sessions.pay(desk, session)
    assert (paid["status"], paid["payment_status"]) == ("complete", "paid")
    charge = sessions.charge_of(desk, payment_intent=paid["payment_intent"])
    line = desk.store.get("balance_transaction", charge["balance_transaction"])
    assert (line["amount"], line["fee"], line["net"], line["source"]) == (5000, 175, 4825, charge["id"])
    assert charge["metadata"] == {"tally_deposit": "d1"}, "the provider copies a payment's metadata to its charge"
    assert events(desk) == ["checkout.session.completed"]
    assert held(desk) == (4825, 0)


def priced(amount, quantity=1):
    price = {"currency": "usd", "unit_amount": amount, "product_data": {"name": "x"}}
    return {"line_items": [{"quantity": quantity, "price_data": price}]}


@pytest.mark.parametrize(
    "changes", [{"mode": "setup"}, {"line_items": []}, priced(49), priced(-5), priced(500, quantity=0)]
)
def test_a_page_that_makes_no_sense_is_refused(desk, changes):
    with pytest.raises(ApiError):
        sessions.create(desk, session_params(**changes))


def test_pages_close_when_their_time_is_over(desk, session):
    assert sessions.expire_overdue(desk) == 0
    assert sessions.expire_overdue(later(desk, 86_401)) == 1
    assert desk.store.get("checkout.session", session["id"])["status"] == "expired"
    assert events(desk) == ["checkout.session.expired"]
    with pytest.raises(ApiError):
        sessions.expire(desk, session["id"])


@pytest.mark.parametrize(
    ("comes", "event", "balance"),
    [(True, "async_payment_succeeded", 4825), (False, "async_payment_failed", 0)],
)
def test_a_slow_payment_comes_later_or_never(desk, session, comes, event, balance):
    waiting = sessions.pay(desk, session, later=True)
    assert (waiting["status"], waiting["payment_status"], held(desk)) == ("complete", "unpaid", (0, 0))
    with pytest.raises(ApiError):
        sessions.charge_of(desk, payment_intent=waiting["payment_intent"])
    sessions.settle(desk, waiting, paid=comes)
    assert events(desk) == ["checkout.session.completed", f"checkout.session.{event}"]
    assert held(desk) == (balance, 0)
