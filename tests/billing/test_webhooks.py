"""Events: only the provider's own are taken, stored word for word, and have their effect once."""

import datetime as dt
import json
import random

import pytest

from billing import webhooks
from billing.models import Event, PayoutAccount
from billing.sandbox.delivery import signature
from tests.billing.conftest import NOW, SECRET, deliver

pytestmark = pytest.mark.django_db
EVENT = {"id": "evt_1", "type": "customer.created", "data": {"object": {"id": "cus_1"}}}


@pytest.fixture(autouse=True)
def _secret(settings):
    settings.STRIPE_WEBHOOK_SECRET = SECRET


def test_an_event_is_stored_as_it_came():
    assert deliver(EVENT)
    event = Event.objects.get()
    assert (event.pk, event.type, event.body, event.state) == (
        "evt_1",
        "customer.created",
        json.dumps(EVENT),
        "ignored",
    )


def refused(case):
    payload, secret, at = json.dumps(EVENT).encode(), SECRET, int(NOW.timestamp())
    header = signature(payload=payload, secret=secret, timestamp=at)
    return {
        "no signature": (payload, ""),
        "nonsense": (payload, "t=now,v1=1"),
        "another's secret": (payload, signature(payload=payload, secret="whsec_other", timestamp=at)),
        "one byte changed": (payload.replace(b"cus_1", b"cus_2"), header),
        "signed too long ago": (payload, signature(payload=payload, secret=secret, timestamp=at - 301)),
        "signed in the future": (payload, signature(payload=payload, secret=secret, timestamp=at + 301)),
        "time changed": (payload, header.replace(f"t={at}", f"t={at + 1}")),
        "not utf-8": (b"\xff" + payload, header),
        "not json": (b"{", signature(payload=b"{", secret=secret, timestamp=at)),
        "not an event": (b"[]", signature(payload=b"[]", secret=secret, timestamp=at)),
        "no id": (b'{"type": "x"}', signature(payload=b'{"type": "x"}', secret=secret, timestamp=at)),
    }[case]


CASES = (
    "no signature", "nonsense", "another's secret", "one byte changed", "signed too long ago", "signed in the future",
    "time changed", "not utf-8", "not json", "not an event", "no id",
)  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_the_provider_did_not_sign_changes_nothing(case):
    payload, header = refused(case)
    assert not webhooks.handle(payload=payload, signature=header, now=NOW)
    assert not Event.objects.exists()


def test_an_empty_secret_accepts_nothing(settings):
    settings.STRIPE_WEBHOOK_SECRET = ""
    assert not deliver(EVENT, secret="")


def test_the_same_event_again_is_taken_and_does_nothing(django_assert_max_num_queries):
    for _ in range(5):
        assert deliver(EVENT)
    assert Event.objects.get().attempts == 1


def test_a_fault_in_processing_keeps_the_event_for_the_sweeper(monkeypatch):
    monkeypatch.setitem(webhooks._MEANINGS, "customer.created", lambda *_: 1 / 0)
    assert deliver(EVENT), "the provider is told that we have it"
    event = Event.objects.get()
    assert (event.state, event.attempts) == ("received", 1)
    assert event.problem.startswith("ZeroDivisionError")
    assert webhooks.process_pending(now=NOW) == 0, "not again at once"
    later = NOW + dt.timedelta(minutes=1)
    assert webhooks.process_pending(now=later) == 0
    monkeypatch.setitem(webhooks._MEANINGS, "customer.created", lambda *_: True)
    assert webhooks.process_pending(now=later + dt.timedelta(minutes=1)) == 1
    event.refresh_from_db()
    assert (event.state, event.problem, event.attempts) == ("done", "", 3)


def test_an_event_stored_but_never_processed_is_found():
    payload = json.dumps(EVENT).encode()
    header = signature(payload=payload, secret=SECRET, timestamp=int(NOW.timestamp()))
    webhooks.receive(payload=payload, signature=header, now=NOW)
    assert Event.objects.get().state == "received"
    assert webhooks.process_pending(now=NOW + dt.timedelta(minutes=1)) == 1


@pytest.mark.parametrize(
    ("kind", "subject"),
    [
        ("account.updated", {"id": "acct_1", "payouts_enabled": True}),
        ("account.external_account.updated", {"id": "ba_1", "account": "acct_1"}),
        ("payout.paid", {"id": "po_1"}),
    ],
)
def test_news_of_an_account_is_no_fact_but_has_it_looked_at(person, kind, subject):
    PayoutAccount.objects.create(worker=person(), provider_account="acct_1", payouts_enabled=False, updated_at=NOW)
    assert deliver({"id": "evt_2", "type": kind, "account": "acct_1", "data": {"object": subject}})
    account = PayoutAccount.objects.get()
    assert (account.told_at, account.payouts_enabled) == (NOW, False)
    assert Event.objects.get().state == "done"


def test_a_page_that_is_not_ours_is_ignored():
    session = {"id": "cs_1", "payment_status": "paid", "payment_intent": "pi_1", "amount_total": 500, "metadata": {}}
    assert deliver({"id": "evt_3", "type": "checkout.session.completed", "data": {"object": session}})
    assert Event.objects.get().state == "ignored"


def test_events_of_any_shape_never_break_the_door():
    dice = random.Random(7)
    shapes = [None, [], "x", 1, {}, {"object": None}, {"object": []}, {"object": {"metadata": None}}]
    for number in range(60):
        kind = dice.choice([*webhooks._MEANINGS, "x.y"])
        assert deliver({"id": f"evt_f{number}", "type": kind, "data": dice.choice(shapes)})
    assert Event.objects.count() == 60
