"""What is somebody's when they leave, what they leave behind, and what the bank's side forgets."""

import datetime as dt
import json

import pytest

from billing import ledger, parting
from billing.ledger import AccountKind
from billing.models import Deposit, Event, Payout, PayoutAccount
from billing.reconcile import audit
from billing.wallets import earnings_of, wallet_of
from tests.billing.conftest import NOW, fund

pytestmark = pytest.mark.django_db


def test_holdings_are_purses_payouts_on_their_way_and_open_pages(person):
    ada = person()
    fund(wallet_of(owner=ada), 2_500_000)
    fund(earnings_of(worker=ada), 9_999)
    for key, state in (("a", "requested"), ("b", "failed")):
        Payout.objects.create(
            worker=ada, amount=1_000_000, idempotency_key=key, state=state, reason="x", created_at=NOW
        )
    Deposit.objects.create(owner=ada, amount=1_000_000, idempotency_key="d", created_at=NOW)
    found = parting.holdings_of(person=ada, now=NOW)
    assert (found.wallet, found.balance, found.on_its_way, found.owed, found.unpaid_pages) == (
        2_500_000, 9_999, 1_000_000, 0, 1,
    )  # fmt: skip
    assert found.payable == 2_500_000, "no bank moves less than a cent"
    assert parting.holdings_of(person=ada, now=NOW + dt.timedelta(days=2)).unpaid_pages == 0


def test_what_is_given_up_goes_to_the_platform_once(person):
    ada = person()
    fund(wallet_of(owner=ada), 2_500_000)
    fund(earnings_of(worker=ada), 30)
    before = ledger.balance(account_id=ledger.platform(AccountKind.GOODWILL).pk)
    assert parting.give_up(person=ada, now=NOW) == 2_500_030
    assert parting.give_up(person=ada, now=NOW) == 0
    assert ledger.balance(account_id=ledger.platform(AccountKind.GOODWILL).pk) == before + 2_500_030
    fund(earnings_of(worker=ada), 7)
    assert parting.give_up(person=ada, now=NOW) == 7
    assert [fault for fault in audit() if "goodwill" not in fault and "given_up" in fault] == []


def test_the_providers_words_about_somebody_go_and_those_about_others_stay(person):
    ada, bob = person("ada"), person("bob")
    PayoutAccount.objects.create(worker=ada, provider_account="acct_1", updated_at=NOW)
    Deposit.objects.create(
        owner=ada, amount=1_000_000, idempotency_key="d", state="paid", provider_payment="pi_100%", paid_at=NOW,
        created_at=NOW, checkout_url="https://pay.test/1", success_url="https://tally.test/?x=1",
    )  # fmt: skip
    bodies = {
        "mail": {"customer": ada.email.upper()}, "account": {"id": "acct_1"}, "payment": {"id": "pi_100%"},
        "other": {"customer": bob.email, "id": "pi_1000"}, "waiting": {"customer": ada.email},
    }  # fmt: skip
    for name, body in bodies.items():
        state = "received" if name == "waiting" else "done"
        Event.objects.create(id=name, type="t", body=json.dumps(body), state=state, received_at=NOW)
    assert parting.unread(addresses=[ada.email])
    assert not parting.unread(addresses=[bob.email])

    parting.forget(person=ada, addresses=[ada.email])

    kept = {event.id for event in Event.objects.exclude(body="{}")}
    assert kept == {"other", "waiting"}
    assert not PayoutAccount.objects.exists()
    assert Deposit.objects.get().checkout_url == ""
