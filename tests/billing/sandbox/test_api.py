"""The double's API: keys, routes, expansion, lists."""

import json
from urllib.parse import urlencode

import pytest

from billing.sandbox import api
from billing.sandbox.api import Request
from tests.billing.sandbox.conftest import NOW


@pytest.fixture
def ask(store, terms):
    def call(method, path, key="", authorization="Bearer sk_test_sandbox", **form):
        request = Request(method, path, urlencode(form), authorization, key)
        return api.answer(store=store, terms=terms, request=request, now=NOW)

    return call


ACCOUNT = {"type": "express", "email": "w@x.org"}


def test_a_known_key_gives_the_first_answer_and_does_nothing(ask, store):
    first = ask("POST", "/v1/accounts", key="k", **ACCOUNT)
    again = ask("POST", "/v1/accounts", key="k", **ACCOUNT)
    assert (first.status, first.replayed, again.replayed, again.body) == (200, False, True, first.body)
    assert len(store.all("account")) == 1
    ask("POST", "/v1/accounts", **ACCOUNT)
    assert len(store.all("account")) == 2


def test_a_key_with_another_body_is_an_idempotency_error(ask):
    ask("POST", "/v1/accounts", key="k", **ACCOUNT)
    other = ask("POST", "/v1/accounts", key="k", type="express", email="other@x.org")
    assert (other.status, json.loads(other.body)["error"]["type"]) == (400, "idempotency_error")


def test_a_malformed_request_frees_its_key_but_a_decision_keeps_it(ask):
    assert ask("POST", "/v1/accounts", key="k", type="nonsense").status == 400
    account = json.loads(ask("POST", "/v1/accounts", key="k", **ACCOUNT).body)["id"]
    transfer = {"amount": "100", "currency": "usd", "destination": account}
    assert ask("POST", "/v1/transfers", key="t", **transfer).replayed is False
    short = ask("POST", "/v1/transfers", key="t", **transfer)
    assert (short.replayed, json.loads(short.body)["error"]["code"]) == (True, "balance_insufficient")


@pytest.mark.parametrize("authorization", ["", "Bearer sk_live_1", "Basic x", "sk_test_1"])
def test_only_test_keys_are_let_in(ask, authorization):
    assert ask("GET", "/v1/balance", authorization=authorization).status == 401


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/nothing"), ("POST", "/v1/balance"), ("DELETE", "/v1/accounts")]
)
def test_an_unknown_address_is_404(ask, method, path):
    assert ask(method, path).status == 404


def test_lists_are_paged_and_filtered(ask):
    for number in range(5):
        ask("POST", "/v1/accounts", type="express", email=f"{number}@x.org")
    assert ask("GET", "/v1/transfers", limit="x").status == 400
    empty = json.loads(ask("GET", "/v1/transfers", transfer_group="g").body)
    assert (empty["data"], empty["has_more"]) == ([], False)
    assert ask("GET", "/v1/transfers", starting_after="tr_none").status == 400


def test_only_named_fields_can_be_expanded(ask):
    account = json.loads(ask("POST", "/v1/accounts", **ACCOUNT).body)["id"]
    assert ask("GET", f"/v1/accounts/{account}").status == 200
    assert ask("GET", f"/v1/accounts/{account}", **{"expand[0]": "owner"}).status == 400


def test_a_malformed_form_is_a_400(ask):
    assert ask("POST", "/v1/accounts", **{"a[": "1"}).status == 400
