"""Deposits: started once a key, paid once however often and in whatever order we are told, cleared at the bank."""

import datetime as dt
import itertools
import random

import pytest

from billing import deposits, gateway, ledger, reconcile
from billing.gateway import GatewayAway
from billing.ledger import AccountKind, KeyReused
from billing.models import Deposit, Outbox, Transfer
from billing.money import AmountRefused
from billing.wallets import wallet_of
from tests.billing.conftest import NOW, deliver, pay, told

pytestmark = pytest.mark.django_db
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def rita(person):
    return person("rita")


@pytest.fixture
def start(rita, sandbox):
    def call(amount=50_000_000, key="k1"):
        return deposits.start(
            owner=rita, amount=amount, idempotency_key=key, success_url="https://tally.test/ok?s={CHECKOUT_SESSION_ID}",
            cancel_url="https://tally.test/no", now=NOW,
        )  # fmt: skip

    return call


def in_wallet(owner):
    return ledger.balance(account_id=wallet_of(owner=owner).pk)


def test_a_deposit_starts_with_a_page_to_pay_on(start, sandbox):
    deposit = start()
    assert deposit.state == "waiting"
    assert deposit.checkout_url == f"{sandbox.url}/c/pay/{deposit.provider_session}"


def test_the_same_key_gives_the_same_deposit_and_no_second_page(start, sandbox):
    assert start() == start()
    assert len(sandbox.store.all("checkout.session")) == 1
    with pytest.raises(KeyReused):
        start(amount=60_000_000)
    assert start(key="k2") != start(key="k3")
    assert start(key="") != start(key="")


@pytest.mark.parametrize(
    ("amount", "rule"), [(490_000, "minimum"), (0, "minimum"), (10_000_010_000, "maximum"), (1_005_000, "whole_cents")]
)
def test_an_amount_a_card_cannot_be_charged_with_is_refused(start, amount, rule):
    with pytest.raises(AmountRefused) as refused:
        start(amount=amount)
    assert refused.value.rule == rule
    assert not Deposit.objects.exists()


def test_a_start_whose_answer_was_lost_goes_on_under_the_same_key(start, sandbox):
    sandbox.faults.extend([("/v1/checkout", "lost")] * 3)
    with pytest.raises(GatewayAway):
        start()
    deposit = start()
    assert deposit.checkout_url
    assert Deposit.objects.count() == len(sandbox.store.all("checkout.session")) == 1


def test_a_paid_deposit_is_in_the_wallet_and_told_upwards(start, rita, sandbox):
    deposit = start()
    pay(sandbox, deposit)
    [event] = told(sandbox)
    assert deliver(event)
    deposit.refresh_from_db()
    assert (deposit.state, deposit.paid_at, in_wallet(rita)) == ("paid", NOW, 50_000_000)
    [message] = Outbox.objects.all()
    assert (message.topic, message.payload["owner"], message.payload["amount"]) == ("deposit.paid", rita.pk, 50_000_000)
    assert reconcile.audit() == []


def test_told_five_times_in_any_order_pays_once(start, rita, sandbox):
    pages = [start(key="a"), start(key="b", amount=7_000_000)]
    gateway.expire_checkout(session_id=pages[1].provider_session)
    [expired] = told(sandbox)
    session = sandbox.store.get("checkout.session", pages[1].provider_session) | {"status": "open"}
    sandbox.store.put(session)
    for page in pages:
        pay(sandbox, page)
    events = told(sandbox)
    assert len(events) == 3
    assert expired in events
    for order in itertools.islice(itertools.permutations(events), 6):
        for event in random.Random(0).sample(list(order) * 5, 15):
            assert deliver(event)
    assert in_wallet(rita) == 57_000_000
    assert Transfer.objects.filter(kind="deposit").count() == Outbox.objects.count() == 2
    assert reconcile.audit() == []


def test_the_event_may_come_before_we_stored_the_page(start, rita, sandbox):
    deposit = start()
    pay(sandbox, deposit)
    Deposit.objects.filter(pk=deposit.pk).update(provider_session=None, checkout_url="")
    assert deliver(told(sandbox)[0])
    deposit.refresh_from_db()
    assert (deposit.state, in_wallet(rita)) == ("paid", 50_000_000)


def test_a_closed_page_is_expired_but_a_late_payment_still_wins(start, rita, sandbox):
    deposit = start()
    assert deposits.cancel(deposit_id=deposit.pk, now=NOW).state == "expired"
    assert in_wallet(rita) == 0
    page = gateway.find_checkout(session_id=deposit.provider_session)
    late = gateway.Checkout(page.id, "", "complete", True, 50_000_000, "pi_late")
    assert deposits.record(page=late, reference=str(deposit.pk), now=NOW)
    deposit.refresh_from_db()
    assert (deposit.state, in_wallet(rita)) == ("paid", 50_000_000)


def test_cancelling_what_was_paid_meanwhile_finds_it_paid(start, rita, sandbox):
    deposit = start()
    pay(sandbox, deposit)
    assert deposits.cancel(deposit_id=deposit.pk, now=NOW).state == "paid"
    assert in_wallet(rita) == 50_000_000


def test_a_refused_payment_says_why(start, sandbox):
    deposit = start()
    page = gateway.find_checkout(session_id=deposit.provider_session)
    assert deposits.record(page=page, reference=str(deposit.pk), now=NOW, failure="Refused.")
    deposit.refresh_from_db()
    assert (deposit.state, deposit.reason) == ("failed", "Refused.")


@pytest.mark.parametrize("wrong", ["amount", "reference"])
def test_money_that_cannot_be_placed_goes_to_suspense_and_alarms(start, rita, wrong):
    deposit = start()
    amount = 49_000_000 if wrong == "amount" else 50_000_000
    reference = str(deposit.pk) if wrong == "amount" else "no-such-deposit"
    page = gateway.Checkout("cs_1", "", "complete", True, amount, "pi_1")
    for _ in range(2):
        assert deposits.record(page=page, reference=reference, now=NOW)
    assert in_wallet(rita) == 0
    assert ledger.balance(account_id=ledger.platform(AccountKind.SUSPENSE).pk) == amount
    assert any("suspense" in fault for fault in reconcile.audit())


def test_an_unpaid_page_of_nobody_is_none_of_ours(db):
    page = gateway.Checkout("cs_1", "", "expired", False, 0, None)
    assert not deposits.record(page=page, reference=None, now=NOW)


def test_the_sweeper_asks_about_payments_we_were_not_told_of(start, rita, sandbox):
    deposit = start()
    pay(sandbox, deposit)
    deposits.sweep(now=NOW)
    assert in_wallet(rita) == 0
    sandbox.moment[0] = NOW + HOUR
    deposits.sweep(now=NOW + HOUR)
    assert in_wallet(rita) == 50_000_000


def test_a_deposit_is_cleared_less_the_banks_fee(start, sandbox):
    deposit = start()
    pay(sandbox, deposit)
    deliver(told(sandbox)[0])
    for _ in range(2):
        deposits.sweep(now=NOW)
    deposit.refresh_from_db()
    assert (deposit.cleared_at, deposit.fee) == (NOW, 1_750_000)
    balances = {kind: ledger.balance(account_id=ledger.platform(AccountKind(kind)).pk) for kind in (
        "stripe_pending", "stripe_available", "stripe_fees")}  # fmt: skip
    assert balances == {"stripe_pending": 0, "stripe_available": -48_250_000, "stripe_fees": -1_750_000}
    assert sandbox.store.net() == 4825
    assert reconcile.audit() == []


def test_an_absent_provider_stops_the_sweep_without_harm(start, sandbox):
    deposit = start()
    pay(sandbox, deposit)
    sandbox.faults.extend([("/v1/", 503)] * 3)
    deposits.sweep(now=NOW + HOUR)
    deposit.refresh_from_db()
    assert deposit.state == "waiting"


def test_asked_and_told_is_one_payment_and_one_message(start, rita, sandbox):
    deposit = start()
    pay(sandbox, deposit)
    deposits.sweep(now=NOW + HOUR)
    event = told(sandbox)[0]
    assert deliver(event)
    assert deliver(event | {"id": "evt_other", "type": "checkout.session.async_payment_succeeded"})
    deposit.refresh_from_db()
    assert (deposit.paid_at, in_wallet(rita), Outbox.objects.count()) == (NOW + HOUR, 50_000_000, 1)
