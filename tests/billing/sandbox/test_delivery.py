"""Events are signed and brought again until they are taken."""

import json
import random
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import stripe

from billing.sandbox.delivery import Deliverer, signature
from tests.billing.sandbox.conftest import NOW


@pytest.fixture
def shop():
    """Somebody who takes events; `answers` are the next statuses, 200 after that."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            server.taken.append((body, self.headers["Stripe-Signature"]))
            self.send_response(server.answers.pop(0) if server.answers else 200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Door) as server:
        server.taken, server.answers = [], []
        server.url = f"http://127.0.0.1:{server.server_port}/hook"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_the_signature_is_the_one_the_real_client_verifies():
    header = signature(payload=b'{"a": "\xc3\xa9"}', secret="s", timestamp=5)
    assert stripe.WebhookSignature.verify_header(b'{"a": "\xc3\xa9"}', header, "s")
    assert header == stripe.WebhookSignature.generate_signature_header('{"a": "é"}', "s", 5)


def test_an_event_is_delivered_once_when_it_is_taken(store, shop):
    deliverer = Deliverer(store=store, url=shop.url, secret="s", clock=lambda: NOW)
    store.add_event({"id": "evt_1"}, NOW)
    assert (deliverer.deliver_due(), deliverer.deliver_due()) == (1, 0)
    [(body, header)] = shop.taken
    assert stripe.WebhookSignature.verify_header(body, header, "s")


def test_what_was_not_taken_comes_again_after_a_longer_wait_each_time(store, shop):
    now = [NOW]
    deliverer = Deliverer(store=store, url=shop.url, secret="s", clock=lambda: now[0])
    store.add_event({"id": "evt_1"}, NOW)
    shop.answers += [500, 400]
    for wait in (1, 2):
        assert deliverer.deliver_due() == 0
        now[0] += wait - 0.5
        assert deliverer.deliver_due() == 0
        now[0] += 0.5
    assert deliverer.deliver_due() == 1
    assert len(shop.taken) == 3


def test_nobody_there_is_waited_for(store):
    deliverer = Deliverer(store=store, url="http://127.0.0.1:9/", secret="s", clock=lambda: NOW)
    store.add_event({"id": "evt_1"}, NOW)
    assert deliverer.deliver_due() == 0
    assert store.due_events(NOW + 1)


def test_events_come_more_than_once_and_in_another_order(store, shop):
    deliverer = Deliverer(store=store, url=shop.url, secret="s", clock=lambda: NOW)
    deliverer.copies, deliverer.dice = 5, random.Random(3)
    for number in range(4):
        store.add_event({"id": f"evt_{number}"}, NOW)
    shop.answers += [500]
    assert deliverer.deliver_due() == 4
    order = [json.loads(body)["id"] for body, _ in shop.taken]
    assert sorted(order) == sorted([f"evt_{number}" for number in range(4)] * 5)
    assert order != sorted(order)
    assert deliverer.deliver_due() == 0, "one refused copy of an event that was taken is not brought again"
