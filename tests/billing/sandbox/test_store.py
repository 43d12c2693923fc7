"""The sandbox's memory."""

import pytest

from billing.sandbox.store import KEY_LIFE, Store
from tests.billing.sandbox.conftest import NOW


def test_what_is_put_is_found_by_type_and_id_latest_first(store):
    store.put({"id": "tr_1", "object": "transfer", "transfer_group": "a"})
    store.put({"id": "tr_2", "object": "transfer", "transfer_group": "b"})
    store.put({"id": "tr_1", "object": "transfer", "transfer_group": "a", "reversed": True})
    assert store.get("transfer", "tr_1")["reversed"]
    assert store.get("charge", "tr_1") is None
    assert [body["id"] for body in store.all("transfer")] == ["tr_2", "tr_1"]
    assert [body["id"] for body in store.all("transfer", transfer_group="a")] == ["tr_1"]


def test_a_transaction_that_fails_leaves_nothing(store):
    with pytest.raises(ZeroDivisionError), store.transaction():
        store.put({"id": "x", "object": "y", "never": 1 / 0} if store.put({"id": "x", "object": "y"}) else {})
    assert store.get("y", "x") is None


def test_keys_are_remembered_for_a_day(store):
    store.remember("k", "f", 200, "{}", NOW)
    assert store.remembered("k", NOW + KEY_LIFE - 1) == ("f", 200, "{}")
    assert store.remembered("k", NOW + KEY_LIFE + 1) is None


def test_state_outlives_the_process(tmp_path):
    first = Store(str(tmp_path / "state.db"))
    first.put({"id": "x", "object": "y"})
    first.close()
    second = Store(str(tmp_path / "state.db"))
    assert second.get("y", "x") == {"id": "x", "object": "y"}
    second.close()


def test_the_balance_is_what_is_available_by_then(store):
    for pk, net, day in (("a", 500, 0), ("b", 300, 10), ("c", -100, 0)):
        store.put({"id": pk, "object": "balance_transaction", "net": net, "available_on": NOW + day})
    assert (store.net(), store.net(available_by=NOW)) == (700, 400)


def test_pages_go_back_in_time_and_stop_at_an_object_that_is_not_there(store):
    for number in range(4):
        store.put({"id": f"t{number}", "object": "t", "created": number, "group": "a" if number else "b"})
    page = lambda after, **more: store.page("t", limit=2, after=after, **{"equal": {}, "created": {}, **more})  # noqa: E731
    assert [body["id"] for body in page(None)] == ["t3", "t2"]
    assert [body["id"] for body in page("t2", equal={"group": "a"})] == ["t1"]
    assert [body["id"] for body in page(None, created={"gte": 1, "lt": 3})] == ["t2", "t1"]
    assert page("none") is None
    store.forget("t3")
    assert [body["id"] for body in page(None)] == ["t2", "t1"]


def test_a_key_is_held_by_one_at_a_time(store):
    with store.using("k") as first, store.using("k") as second, store.using("") as nobody, store.using("") as again:
        assert (first, second, nobody, again) == (True, False, True, True)
        with store.using("k") as third:
            assert not third
    with store.using("k") as free:
        assert free
