"""The walk through everything Tally asks of the provider, here with the sandbox in the provider's place."""

import re
import urllib.parse
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

from billing import gateway, rehearsal, webhooks
from billing.models import Deposit, Transfer
from billing.rehearsal import Kind, LiveKey, rehearse
from tests.billing.conftest import NOW, deliver, told

pytestmark = pytest.mark.django_db
SITE = "http://127.0.0.1:9"


@pytest.fixture
def sandbox(sandbox, settings):
    settings.STRIPE_API_KEY = "sk_test_walk"
    webhook = f"{SITE}/webhooks/stripe/"
    object.__setattr__(sandbox.terms, "onboarding", True)
    object.__setattr__(sandbox.terms, "webhook_url", webhook)
    return sandbox


def walk(sandbox, *, person=True, hear=True, patience=30):
    """What is found, with a person who does what they are asked to and a site that hears events, or without."""
    found, left = [], [patience]

    def wait():
        left[0] -= 1
        if person and found and found[-1].kind is Kind.DO:
            obey(found[-1].text, sandbox)
        for event in told(sandbox) if hear else []:
            deliver(event)
        return left[0] > 0

    for finding in rehearse(token="t", site=SITE, account="", wait=wait, clock=lambda: NOW):
        left[0] = patience
        found.append(finding)
    return found


def obey(text, sandbox):
    url = re.search(r"http://\S+", text)[0]
    button, form = ("pay", {}) if "/c/pay/" in url else ("finish", {"number": "000123456789"})
    with suppress(OSError):  # the site they are led back to is not there
        urllib.request.urlopen(f"{url}/{button}", urllib.parse.urlencode(form).encode(), timeout=5)


def texts(found, kind):
    return [finding.text for finding in found if finding.kind is kind]


def test_everything_that_can_be_proved_is_proved_and_the_rest_is_named(sandbox):
    found = walk(sandbox)
    assert texts(found, Kind.FAILED) == []
    proved = "\n".join(texts(found, Kind.PROVED))
    for word in (
        "manual",
        "same key",
        "was paid",
        "event came",
        "refund",
        "fingerprint",
        "taken back",
        "check-t-payout",
    ):
        assert word in proved
    assert texts(found, Kind.DO)[-len(rehearsal.BY_HAND) :] == rehearsal.BY_HAND
    assert len(sandbox.store.all("transfer")) == 1
    assert not Deposit.objects.exists()
    assert set(Transfer.objects.values_list("kind", flat=True)) <= {"unplaced"}


def test_without_a_person_and_events_it_says_what_was_not_seen(sandbox):
    failed = texts(walk(sandbox, person=False, hear=False, patience=2), Kind.FAILED)
    assert [text.split(" ")[0] for text in failed] == ["10.00", "it", "its"]
    heard = texts(walk(sandbox, hear=False, patience=2), Kind.FAILED)
    assert len(heard) == 2
    assert all("event came" in text for text in heard)


def test_what_is_set_up_wrong_is_named(sandbox, settings, monkeypatch):
    settings.STRIPE_COUNTRY = "DE"
    endpoint = gateway.Endpoint(f"{SITE}/webhooks/stripe/", True, frozenset(webhooks.WANTED[1:]), "")
    monkeypatch.setattr(gateway, "inspect", lambda: gateway.Setup("acct_1", "US", "daily", (endpoint,)))
    failed = texts(walk(sandbox, person=False, hear=False, patience=1), Kind.FAILED)
    assert "STRIPE_COUNTRY says DE" in failed[0]
    assert "payouts are daily" in failed[1]
    assert f"do not send: {webhooks.WANTED[0]}" in failed[2]


def test_a_provider_that_is_away_or_refuses_fails_each_step_and_stops_none(sandbox):
    sandbox.faults.often("/v1/", 503, share=1.0, seed=1)
    failed = texts(walk(sandbox, person=False, hear=False, patience=1), Kind.FAILED)
    assert [text.split(":")[0] for text in failed] == ["setup", "checkout", "recipient", "books"]


@pytest.mark.parametrize("key", ["sk_live_1", "rk_live_1", ""])
def test_a_key_that_moves_real_money_is_refused_before_anything_is_asked(sandbox, settings, key):
    settings.STRIPE_API_KEY = key
    with pytest.raises(LiveKey):
        walk(sandbox)
    assert sandbox.store.all("checkout.session") == []


def test_the_docs_name_every_event_that_is_listened_to_and_no_other():
    page = (Path(__file__).parents[2] / "docs" / "payments.md").read_text()
    table = [line for line in page.splitlines() if line.startswith(("| your account", "| connected accounts"))]
    assert sorted(re.findall(r"`([a-z_.]+)`", " ".join(table))) == list(webhooks.WANTED)
