"""The sandbox over HTTP: pages, buttons, injected faults."""

import http.client
import json
import socket
import time
from urllib.parse import urlencode

import pytest

from billing.sandbox import resources
from billing.sandbox.server import running
from tests.billing.sandbox.conftest import session_params


@pytest.fixture
def sandbox():
    with running() as server:
        yield server


def ask(sandbox, method, path, body="", **headers):
    connection = http.client.HTTPConnection(*sandbox.server_address, timeout=10)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


@pytest.fixture
def session(sandbox):
    return resources.create_session(sandbox.store, sandbox.terms, session_params(), time.time())


def due(sandbox):
    return [json.loads(body)["type"] for _, body, _ in sandbox.store.due_events(time.time() + 10**6)]


def test_pay_leads_to_the_shop_and_queues_the_event_though_the_shop_is_away(sandbox, session):
    status, headers, _ = ask(sandbox, "POST", f"/c/pay/{session['id']}/pay")
    assert (status, headers["Location"]) == (303, f"https://tally.test/ok?s={session['id']}")
    assert due(sandbox) == ["checkout.session.completed"]


def test_pressing_pay_twice_pays_once(sandbox, session):
    for _ in range(2):
        assert ask(sandbox, "POST", f"/c/pay/{session['id']}/pay")[0] == 303
    assert len(sandbox.store.all("charge")) == 1


def test_cancel_leads_back_and_the_page_can_still_be_paid(sandbox, session):
    status, headers, _ = ask(sandbox, "POST", f"/c/pay/{session['id']}/cancel")
    assert (status, headers["Location"]) == (303, "https://tally.test/no")
    assert due(sandbox) == []
    assert "Pay $50.00" in ask(sandbox, "GET", f"/c/pay/{session['id']}")[2]


def test_a_closed_page_cannot_be_paid(sandbox, session):
    resources.expire_session(sandbox.store, sandbox.terms, {}, time.time(), session["id"])
    status, _, html = ask(sandbox, "POST", f"/c/pay/{session['id']}/pay")
    assert (status, "has closed" in html) == (200, True)
    assert sandbox.store.all("charge") == []
    assert ask(sandbox, "POST", f"/c/pay/{session['id']}/back")[1]["Location"] == "https://tally.test/no"


def test_every_answer_carries_a_strict_policy(sandbox, session):
    for path in (f"/c/pay/{session['id']}", "/c/pay/none", "/assets/checkout.css", "/health"):
        _, headers, _ = ask(sandbox, "GET", path)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
    assert "default-src 'none'" in ask(sandbox, "GET", f"/c/pay/{session['id']}")[1]["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/", "/c/pay/", "/c/pay/cs_none", "/c/pay/../x", "/c/pay/cs_none/pay"])
def test_unknown_addresses_are_404(sandbox, path):
    assert ask(sandbox, "GET", path)[0] == 404
    assert ask(sandbox, "POST", path)[0] == 404


def test_an_unknown_button_does_nothing(sandbox, session):
    assert ask(sandbox, "POST", f"/c/pay/{session['id']}/refund")[0] == 404
    assert ask(sandbox, "GET", f"/c/pay/{session['id']}/pay")[0] == 404
    assert sandbox.store.all("charge") == []


def test_a_body_that_is_too_large_is_refused(sandbox):
    assert ask(sandbox, "POST", "/v1/accounts", "", **{"Content-Length": "9" * 9})[0] == 413


def test_injected_faults_hit_the_next_request_to_their_path(sandbox):
    form = urlencode({"type": "express", "email": "w@x.org"})
    head = {"Authorization": "Bearer sk_test_x", "Idempotency-Key": "k"}
    sandbox.faults.extend([("/v1/accounts", 503), ("/v1/accounts", "lost")])
    assert ask(sandbox, "GET", "/v1/balance", **head)[0] == 200
    assert ask(sandbox, "POST", "/v1/accounts", form, **head)[0] == 503
    assert sandbox.store.all("account") == []
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(sandbox, "POST", "/v1/accounts", form, **head)
    status, headers, _ = ask(sandbox, "POST", "/v1/accounts", form, **head)
    assert (status, headers["Idempotent-Replayed"]) == (200, "true")
    assert len(sandbox.store.all("account")) == 1


def test_overdue_pages_close_by_themselves():
    moment = [1_772_442_000.0]
    with running(clock=lambda: moment[0]) as sandbox:
        session = resources.create_session(sandbox.store, sandbox.terms, session_params(), moment[0])
        moment[0] += 90_000
        deadline = time.monotonic() + 5
        while sandbox.store.get("checkout.session", session["id"])["status"] == "open":
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_it_stops_listening_when_the_context_ends():
    with running() as sandbox:
        address = sandbox.server_address
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(address, timeout=2)
