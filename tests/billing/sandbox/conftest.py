"""A memory without a server, for the sandbox's parts."""

import json

import pytest

from billing.sandbox import accounts, books, sessions
from billing.sandbox.desk import Desk, Terms
from billing.sandbox.store import Store

NOW = 1_772_442_000.0


@pytest.fixture
def store():
    store = Store(":memory:")
    yield store
    store.close()


@pytest.fixture
def terms():
    return Terms(public_url="http://sandbox.test")


@pytest.fixture
def desk(store, terms):
    return Desk(store=store, terms=terms, now=NOW)


def later(desk, seconds, **terms):
    """The same memory, some time on, perhaps on other terms."""
    from dataclasses import replace

    return replace(desk, now=desk.now + seconds, terms=replace(desk.terms, **terms))


def session_params(**changes):
    """As the API reads them."""
    price = {"currency": "usd", "unit_amount": 5000, "product_data": {"name": "Deposit <b>"}}
    return {
        "mode": "payment", "customer_email": "rita@example.org", "client_reference_id": "d1",
        "success_url": "https://tally.test/ok?s={CHECKOUT_SESSION_ID}", "cancel_url": "https://tally.test/no",
        "line_items": [{"quantity": 1, "price_data": price}],
        "payment_intent_data": {"metadata": {"tally_deposit": "d1"}}, **changes,
    }  # fmt: skip


def paid(desk):
    """A payment of $50.00: its payment intent's id."""
    return sessions.pay(desk, sessions.create(desk, session_params()))["payment_intent"]


def account(desk, email="w@x.org", **changes):
    """The id of a new connected account."""
    return accounts.create(desk, {"type": "express", "email": email, **changes})["id"]


def events(desk):
    """What the double wants to tell, in order."""
    return [json.loads(body)["type"] for _, body, _ in desk.store.due_events(desk.now + 10**6, 1000)]


def held(desk):
    """(available, pending) in cents."""
    told = books.balance(desk)
    return told["available"][0]["amount"], told["pending"][0]["amount"]
