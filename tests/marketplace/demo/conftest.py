"""What the demo's tests stand on: a bank in this process, and a background that works without a broker."""

import threading

import pytest
from django.db import connections
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from billing import gateway
from billing.sandbox.server import running
from marketplace import bell
from marketplace.sweeping import sweep


@pytest.fixture
def bank(settings):
    """The sandbox; its events reach nobody."""
    with running() as server:
        settings.BILLING_GATEWAY, settings.STRIPE_API_BASE = "sandbox", server.url
        yield server
    gateway._client_for.cache_clear()


@pytest.fixture
def market(settings, transactional_db, monkeypatch):
    """A whole running market: the web server, the bank whose events reach it, and a sweeper for a background."""
    monkeypatch.setattr(bell, "ring", lambda name, *args: None)
    # Not the `live_server` fixture: that one lives for the session and starts before the settings of a test.
    site = LiveServer("localhost")
    settings.SITE_URL = site.url
    stopped = threading.Event()

    def background():
        while not stopped.wait(0.05):
            sweep(now=timezone.now())
        connections.close_all()

    sweeper = threading.Thread(target=background)
    with running(webhook_url=f"{site.url}/webhooks/stripe/") as server:
        settings.BILLING_GATEWAY, settings.STRIPE_API_BASE = "sandbox", server.url
        sweeper.start()
        yield site
        stopped.set()
        sweeper.join()
        site.stop()
    gateway._client_for.cache_clear()
