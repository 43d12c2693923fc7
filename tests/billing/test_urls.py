"""The webhook's address, and a deposit paid through it over real HTTP."""

import datetime as dt
import http.client
import json
import threading
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.db import connections
from django.utils import timezone

from billing import deposits, ledger, reconcile
from billing.models import Event
from billing.sandbox.delivery import signature
from billing.sandbox.server import running
from billing.wallets import wallet_of
from tests.billing.conftest import SECRET

EVENT = json.dumps({"id": "evt_1", "type": "x.y", "data": {"object": {}}}).encode()


def test_a_signed_event_is_taken_and_anything_else_is_not(client, db, settings):
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    header = signature(payload=EVENT, secret=SECRET, timestamp=int(dt.datetime.now(dt.UTC).timestamp()))
    post = {"path": "/webhooks/stripe/", "data": EVENT, "content_type": "application/json"}
    assert client.post(**post, headers={"Stripe-Signature": header}).status_code == 200
    assert client.post(**post, headers={"Stripe-Signature": header[:-1]}).status_code == 400
    assert client.post(**post).status_code == 400
    assert client.get("/webhooks/stripe/").status_code == 405
    assert Event.objects.count() == 1


@pytest.mark.parametrize(("age", "status"), [(0, 200), (295, 200), (-295, 200), (320, 400), (-320, 400), (86_400, 400)])
def test_an_event_kept_and_sent_again_later_is_not_taken(client, db, settings, age, status):
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    header = signature(payload=EVENT, secret=SECRET, timestamp=int(dt.datetime.now(dt.UTC).timestamp()) - age)
    post = {"path": "/webhooks/stripe/", "data": EVENT, "content_type": "application/json"}
    assert client.post(**post, headers={"Stripe-Signature": header}).status_code == status


def test_an_event_that_was_touched_or_signed_by_another_is_not_taken(client, db, settings):
    settings.STRIPE_WEBHOOK_SECRET = SECRET
    now = int(dt.datetime.now(dt.UTC).timestamp())
    own, strange = (signature(payload=EVENT, secret=secret, timestamp=now) for secret in (SECRET, "whsec_other"))
    for body, header in ((EVENT + b" ", own), (EVENT, strange), (EVENT, own.replace(f"t={now}", f"t={now + 1}"))):
        post = {"path": "/webhooks/stripe/", "data": body, "content_type": "application/json"}
        assert client.post(**post, headers={"Stripe-Signature": header}).status_code == 400
    assert not Event.objects.exists()


@pytest.fixture
def site():
    """The site on a port of its own, in a thread; its address."""
    handler = WSGIHandler()

    def app(environ, start_response):
        try:
            return list(handler(environ, start_response))
        finally:
            connections.close_all()

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_):
            pass

    with make_server("127.0.0.1", 0, app, handler_class=Quiet) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_pressing_pay_on_the_page_puts_the_money_into_the_wallet_before_the_person_is_back(site, settings, person):
    rita = person("rita")
    with running(webhook_url=f"{site}/webhooks/stripe/", webhook_secret=SECRET) as sandbox:
        settings.BILLING_GATEWAY, settings.STRIPE_API_BASE = "sandbox", sandbox.url
        settings.STRIPE_WEBHOOK_SECRET = SECRET
        deposit = deposits.start(
            owner=rita, amount=20_000_000, idempotency_key="k", success_url=f"{site}/wallet/?paid=1",
            cancel_url=f"{site}/wallet/", now=timezone.now(),
        )  # fmt: skip
        address = urlsplit(deposit.checkout_url)
        browser = http.client.HTTPConnection(address.hostname, address.port, timeout=10)
        browser.request("POST", f"{address.path}/pay", b"", {"Content-Length": "0"})
        answer = browser.getresponse()
        browser.close()
        assert (answer.status, answer.headers["Location"]) == (303, f"{site}/wallet/?paid=1")
        assert ledger.balance(account_id=wallet_of(owner=rita).pk) == 20_000_000
        deposits.sweep(now=timezone.now())
    assert reconcile.audit() == []
