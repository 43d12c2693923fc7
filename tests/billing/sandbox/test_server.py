"""The sandbox over HTTP: pages, buttons, injected faults."""

import http.client
import json
import socket
import time
from urllib.parse import urlencode

import pytest

from billing.sandbox import purses, refunds, sessions
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
    return sessions.create(sandbox.desk, session_params())


def due(sandbox):
    return [json.loads(body)["type"] for _, body, _ in sandbox.store.due_events(time.time() + 10**6)]


def test_pay_leads_to_the_shop_and_queues_the_event_though_the_shop_is_away(sandbox, session):
    status, headers, _ = ask(sandbox, "POST", f"/c/pay/{session['id']}/pay")
    assert (status, headers["Location"]) == (303, f"https://tally.test/ok?s={session['id']}")
    assert due(sandbox) == ["checkout.session.completed"]


def test_every_answer_carries_a_strict_policy(sandbox, session):
    for path in (f"/c/pay/{session['id']}", "/c/pay/none", "/assets/checkout.css", "/health"):
        _, headers, _ = ask(sandbox, "GET", path)
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"
    policy = ask(sandbox, "GET", f"/c/pay/{session['id']}")[1]["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("form-action 'self' https://tally.test")


@pytest.mark.parametrize("path", ["/x", "/c/pay/cs_none", "/_sandbox", "/v2/x"])
def test_unknown_addresses_are_404(sandbox, path):
    assert ask(sandbox, "GET", path)[0] == ask(sandbox, "POST", path)[0] == 404


KEY = {"Authorization": "Bearer sk_test_x"}


def test_the_control_surface_wants_the_key_and_takes_json(sandbox):
    for body, head, status in (
        ('{"amount": 500}', {}, 401), ('{"amount": 500}', KEY, 200), ("{", KEY, 400), ("[]", KEY, 400),
        ('{"amount": "x"}', KEY, 400), ('{"to": 1}', KEY, 400),
    ):  # fmt: skip
        assert ask(sandbox, "POST", "/_sandbox/top_up", body, **head)[0] == status, body
    assert sandbox.store.net() == 500
    assert ask(sandbox, "POST", "/_sandbox/rob", "", **KEY)[0] == 404
    fault = json.dumps({"path": "/v1/balance", "fault": 503})
    assert ask(sandbox, "POST", "/_sandbox/fault", fault, **KEY)[0] == 200
    assert [ask(sandbox, "GET", "/v1/balance", **KEY)[0] for _ in range(2)] == [503, 200]


def test_what_happens_by_itself_happens_and_one_fault_does_not_stop_the_rest(sandbox, session, monkeypatch):
    payment = sandbox.do("pay", session=session["id"])["payment_intent"]
    taken = []
    monkeypatch.setattr(sandbox.deliverer, "deliver_due", lambda: taken.append(1))
    monkeypatch.setattr(purses, "pay_due", lambda desk: 1 / 0)
    made = refunds.create(sandbox.desk, {"payment_intent": payment})
    assert made["status"] == "pending"
    sandbox.do("top_up", amount=175)
    seen = len(taken)
    while len(taken) < seen + 2:
        time.sleep(0.02)
    monkeypatch.undo()
    while sandbox.desk.find("refund", made["id"])["status"] == "pending":
        time.sleep(0.02)


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
    assert len(sandbox.store.all("account")) == 1
    sandbox.faults.extend([("/v1/accounts", "unheard")])
    with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError)):
        ask(sandbox, "POST", "/v1/accounts", form, **(head | {"Idempotency-Key": "other"}))
    status, headers, _ = ask(sandbox, "POST", "/v1/accounts", form, **head)
    assert (status, headers["Idempotent-Replayed"]) == (200, "true")
    assert len(sandbox.store.all("account")) == 1


def test_overdue_pages_close_by_themselves():
    moment = [1_772_442_000.0]
    with running(clock=lambda: moment[0]) as sandbox:
        session = sessions.create(sandbox.desk, session_params())
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


def test_a_button_pressed_on_another_page_does_nothing(sandbox):
    for headers, status in (
        ({"Origin": "https://evil.test"}, 403), ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 303), ({"Origin": sandbox.url}, 303),
    ):  # fmt: skip
        assert ask(sandbox, "POST", "/do/top-up", "", **headers)[0] == status
    assert sandbox.store.net() == 200_000
