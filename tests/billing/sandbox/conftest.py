"""A memory without a server, for the sandbox's parts."""

import pytest

from billing.sandbox.resources import Terms
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


def session_params(**changes):
    return {
        "mode": "payment", "customer_email": "rita@example.org", "client_reference_id": "d1",
        "success_url": "https://tally.test/ok?s={CHECKOUT_SESSION_ID}", "cancel_url": "https://tally.test/no",
        "line_items": [{"quantity": "1", "price_data": {
            "currency": "usd", "unit_amount": "5000", "product_data": {"name": "Deposit <b>"}}}],
        **changes,
    }  # fmt: skip
