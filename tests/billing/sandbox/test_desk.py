"""What every operation works with."""

import json

import pytest

from billing.sandbox.desk import ApiError, shown
from tests.billing.sandbox.conftest import NOW, later


def test_what_is_not_there_is_a_404_in_the_providers_words(desk):
    with pytest.raises(ApiError) as refused:
        desk.find("refund", "re_none")
    assert (refused.value.status, refused.value.body["code"], refused.value.kept) == (404, "resource_missing", False)


def test_an_event_tells_the_object_as_it_was_and_not_what_the_double_keeps_for_itself(desk):
    desk.tell("account.updated", {"id": "acct_1", "object": "account", "_number": "1"}, account="acct_1")
    desk.tell("account.updated", {"id": "acct_1", "object": "account", "email": "w@x.org"})
    first, second = (json.loads(body) for _, body, _ in desk.store.due_events(NOW))
    assert first["data"]["object"] == {"id": "acct_1", "object": "account"}
    assert (first["account"], "account" in second) == ("acct_1", False)
    assert desk.store.get("account", "acct_1")["email"] == "w@x.org"


def test_money_is_pending_until_its_time(desk):
    line = {"object": "balance_transaction", "available_on": NOW + 10}
    assert shown({"data": [line]}, NOW)["data"][0]["status"] == "pending"
    assert shown(line, later(desk, 10).now)["status"] == "available"
