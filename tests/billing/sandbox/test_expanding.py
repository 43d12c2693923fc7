"""An object in place of its id."""

import pytest

from billing.sandbox import books
from billing.sandbox.desk import ApiError, listed
from billing.sandbox.expanding import expanded
from tests.billing.sandbox.conftest import paid


def test_as_deep_as_is_asked_for_and_no_deeper(desk):
    intent = desk.find("payment_intent", paid(desk))
    assert isinstance(expanded(desk, intent, [])["latest_charge"], str)
    shallow = expanded(desk, intent, ["latest_charge"])["latest_charge"]
    assert isinstance(shallow["balance_transaction"], str)
    deep = expanded(desk, intent, ["latest_charge.balance_transaction"])["latest_charge"]
    assert deep["balance_transaction"]["net"] == 4825


def test_in_every_item_of_a_list(desk):
    paid(desk)
    books.charge_fee(desk, 1, "x")
    lines = listed(desk.store.all("balance_transaction"), "/v1/balance_transactions")
    fee, charge = expanded(desk, lines, ["data.source"])["data"]
    assert (fee["source"], charge["source"]["object"]) == (None, "charge")


@pytest.mark.parametrize("path", ["owner", "latest_charge.owner", "a.b.c.d.e", "latest_charge.balance_transaction.x"])
def test_what_names_no_other_object_cannot_be_expanded(desk, path):
    with pytest.raises(ApiError):
        expanded(desk, desk.find("payment_intent", paid(desk)), [path])
