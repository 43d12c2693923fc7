"""The double's API: keys, routes, lists; and its answers in the shapes of the provider's own library."""

import json
import threading
import typing
from urllib.parse import urlencode

import pytest
import stripe

from billing.sandbox import api, books, controls
from billing.sandbox.api import Request
from billing.sandbox.desk import shown
from tests.billing.sandbox.conftest import NOW, account, paid


@pytest.fixture
def ask(store, terms):
    def call(method, path, key="", authorization="Bearer sk_test_sandbox", fault=None, now=NOW, **form):
        request = Request(method, path, urlencode(form), authorization, key)
        return api.answer(store=store, terms=terms, request=request, now=now, fault=fault)

    return call


ACCOUNT = {"type": "express", "email": "w@x.org"}


def test_a_known_key_gives_the_first_answer_and_does_nothing(ask, store):
    first = ask("POST", "/v1/accounts", key="k", **ACCOUNT)
    again = ask("POST", "/v1/accounts", key="k", **ACCOUNT)
    assert (first.status, first.replayed, again.replayed, again.body) == (200, False, True, first.body)
    assert len(store.all("account")) == 1
    ask("POST", "/v1/accounts", **ACCOUNT)
    assert len(store.all("account")) == 2
    ask("POST", "/v1/accounts", key="k", now=NOW + 25 * 3600, **ACCOUNT)
    assert len(store.all("account")) == 3, "a key is forgotten after a day"


def test_a_key_with_another_body_is_an_idempotency_error(ask):
    ask("POST", "/v1/accounts", key="k", **ACCOUNT)
    other = ask("POST", "/v1/accounts", key="k", type="express", email="other@x.org")
    assert (other.status, json.loads(other.body)["error"]["type"]) == (400, "idempotency_error")


def test_a_key_at_work_is_in_use(ask, store):
    replies = []
    slow = threading.Thread(
        target=lambda: replies.append(ask("POST", "/v1/accounts", key="k", fault="slow:0.3", **ACCOUNT))
    )
    slow.start()
    while not store._in_use:
        pass
    early = ask("POST", "/v1/accounts", key="k", **ACCOUNT)
    slow.join()
    late = ask("POST", "/v1/accounts", key="k", **ACCOUNT)
    assert (early.status, json.loads(early.body)["error"]["code"]) == (409, "idempotency_key_in_use")
    assert (replies[0].status, late.replayed, late.body == replies[0].body) == (200, True, True)
    assert len(store.all("account")) == 1


def test_a_malformed_request_frees_its_key_but_a_decision_keeps_it(ask):
    assert ask("POST", "/v1/accounts", key="k", type="nonsense").status == 400
    pk = json.loads(ask("POST", "/v1/accounts", key="k", **ACCOUNT).body)["id"]
    transfer = {"amount": "100", "currency": "usd", "destination": pk}
    assert ask("POST", "/v1/transfers", key="t", **transfer).replayed is False
    short = ask("POST", "/v1/transfers", key="t", **transfer)
    assert (short.replayed, json.loads(short.body)["error"]["code"]) == (True, "balance_insufficient")


def test_a_fault_of_the_double_itself_is_remembered_like_the_providers(ask, store):
    for fault in ("broken", None):
        assert ask("POST", "/v1/accounts", key="k", fault=fault, **ACCOUNT).status == 500
    assert store.all("account") == []


def test_an_unknown_parameter_is_refused_by_name(ask):
    refused = json.loads(ask("POST", "/v1/accounts", nickname="x", **ACCOUNT).body)["error"]
    assert (refused["code"], refused["param"]) == ("parameter_unknown", "nickname")


@pytest.mark.parametrize("authorization", ["", "Bearer sk_live_1", "Basic x", "sk_test_1"])
def test_only_test_keys_are_let_in(ask, authorization):
    assert ask("GET", "/v1/balance", authorization=authorization).status == 401


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/v1/nothing"), ("POST", "/v1/balance"), ("DELETE", "/v1/accounts")]
)
def test_an_unknown_address_is_404(ask, method, path):
    assert ask(method, path).status == 404


def test_lists_are_paged_filtered_and_cut_by_time(ask, desk):
    for number in range(5):
        books.enter(desk, "stripe_fee" if number % 2 else "topup", None, number + 1)
    seen, after = [], {}
    while True:
        page = json.loads(ask("GET", "/v1/balance_transactions", limit="2", **after).body)
        seen += [line["amount"] for line in page["data"]]
        if not page["has_more"]:
            break
        after = {"starting_after": page["data"][-1]["id"]}
    assert seen == [5, 4, 3, 2, 1]
    fees = json.loads(ask("GET", "/v1/balance_transactions", type="stripe_fee").body)["data"]
    assert [line["amount"] for line in fees] == [4, 2]
    for bounds, found in (({"gte": 0, "lt": 1}, 5), ({"gte": 1}, 0), ({"lt": 0}, 0), ({"gt": 0}, 0), ({"lte": 0}, 5)):
        span = {f"created[{sign}]": int(NOW) + moved for sign, moved in bounds.items()}
        assert len(json.loads(ask("GET", "/v1/balance_transactions", **span).body)["data"]) == found
    assert ask("GET", "/v1/transfers", limit="x").status == 400
    assert ask("GET", "/v1/transfers", starting_after="tr_none").status == 400


def test_a_malformed_form_is_a_400(ask):
    assert ask("POST", "/v1/accounts", **{"a[": "1"}).status == 400
    assert ask("GET", f"/v1/accounts/{'x' * 5}", **{"expand[0]": "owner"}).status == 403


THEIRS = {
    "account": stripe.Account, "balance_transaction": stripe.BalanceTransaction, "charge": stripe.Charge,
    "checkout.session": stripe.checkout.Session, "dispute": stripe.Dispute, "payment_intent": stripe.PaymentIntent,
    "payout": stripe.Payout, "refund": stripe.Refund, "topup": stripe.Topup, "transfer": stripe.Transfer,
    "transfer_reversal": stripe.TransferReversal,
}  # fmt: skip


def test_the_double_answers_in_the_shapes_of_the_providers_own_library(ask, desk):
    payment, pk = paid(desk), account(desk)
    act = lambda action, **arguments: controls.act(desk, action, arguments)  # noqa: E731
    act("top_up", amount=5000)
    act("pay_platform", amount=100)
    form = {"amount": "400", "currency": "usd", "destination": pk}
    transfer = json.loads(ask("POST", "/v1/transfers", **form).body)["id"]
    ask("POST", f"/v1/transfers/{transfer}/reversals", amount="100")
    refund = json.loads(ask("POST", "/v1/refunds", payment_intent=payment, amount="100").body)["id"]
    act("fail_refund", refund=refund)
    act("close_dispute", dispute=act("open_dispute", payment=payment)["id"], won=True)
    act("run_payouts")
    for kind, theirs in THEIRS.items():
        bodies = [shown(body, NOW) for body in desk.store.all(kind)]
        assert bodies, kind
        hints = {name: hint for base in theirs.__mro__ for name, hint in vars(base).get("__annotations__", {}).items()}
        for body in bodies:
            assert [name for name in body if name not in hints] == [], kind
            assert [name for name, value in body.items() if value is None and not optional(hints[name])] == [], kind


def optional(hint):
    return type(None) in typing.get_args(hint)
