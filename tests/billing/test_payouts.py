"""Payouts: reserved, sent once whatever is lost or dies on the way, or given back with a reason."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from billing import gateway, ledger, payout_accounts, payouts, reconcile
from billing.ledger import AccountKind, KeyReused
from billing.models import Outbox, Payout, PayoutAccount, Transfer
from billing.money import AmountRefused
from billing.wallets import earnings_of, on_its_way_of
from tests.billing.conftest import NOW, deliver, fill_bank, fund

pytestmark = pytest.mark.django_db
MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)


@pytest.fixture
def wen(person, sandbox):
    worker = person("wen")
    fund(earnings_of(worker=worker), 5_004_321)
    fill_bank(sandbox)
    return worker


@pytest.fixture
def blocked(person, sandbox):
    """A worker whose account at the provider cannot be paid."""
    worker = person("bo", is_active=True)
    worker.email = "bo+payouts-off@example.org"
    worker.save()
    fund(earnings_of(worker=worker), 5_000_000)
    fill_bank(sandbox)
    return worker


def ask(worker, amount=None, key="k1"):
    return payouts.request(worker=worker, amount=amount, idempotency_key=key, now=NOW)


def purses(worker):
    earned, pending = earnings_of(worker=worker), on_its_way_of(worker=worker)
    return earned.balance, pending.balance


def send(payout, now=NOW):
    return payouts.send(payout_id=payout.pk, now=now)


def test_all_whole_cents_are_reserved_and_the_rest_stays(wen):
    payout = ask(wen)
    assert (payout.amount, payout.state) == (5_000_000, "requested")
    assert purses(wen) == (4_321, 5_000_000)
    assert reconcile.audit() == []


def test_the_same_key_asks_once(wen):
    first = ask(wen, 2_000_000)
    assert ask(wen, 2_000_000) == first
    with pytest.raises(KeyReused):
        ask(wen, 3_000_000)
    assert purses(wen) == (3_004_321, 2_000_000)


@pytest.mark.parametrize(
    ("amount", "rule"),
    [(990_000, "minimum"), (0, "minimum"), (-1_000_000, "minimum"), (1_005_000, "whole_cents"), (6_000_000, "balance")],
)
def test_what_cannot_be_paid_out_is_refused_naming_the_rule(wen, amount, rule):
    with pytest.raises(AmountRefused) as refused:
        ask(wen, amount)
    assert (refused.value.field, refused.value.rule) == ("amount", rule)
    assert not Payout.objects.exists()


def test_a_balance_below_the_minimum_waits(person):
    with pytest.raises(AmountRefused, match=r"least payout is 1\.00"):
        ask(person())


def test_a_payout_is_sent_and_then_seen_at_the_bank(wen, sandbox):
    payout = send(ask(wen))
    [transfer] = sandbox.store.all("transfer")
    assert (payout.state, payout.provider_transfer, payout.sent_at) == ("sent", transfer["id"], NOW)
    assert (transfer["amount"], transfer["metadata"]["tally_payout"]) == (500, str(payout.pk))
    assert purses(wen) == (4_321, 0)
    assert ledger.balance(account_id=ledger.platform(AccountKind.TRANSFERS_IN_TRANSIT).pk) == 5_000_000
    assert reconcile.audit() == []
    for _ in range(2):
        payouts.sweep(now=NOW + MINUTE)
    payout.refresh_from_db()
    assert (payout.state, payout.finished_at) == ("paid", NOW + MINUTE)
    assert ledger.balance(account_id=ledger.platform(AccountKind.TRANSFERS_IN_TRANSIT).pk) == 0
    assert [message.topic for message in Outbox.objects.filter(topic__startswith="payout.")] == ["payout.sent"]
    assert reconcile.audit() == []


def test_sending_twice_sends_once(wen, sandbox):
    payout = ask(wen)
    send(payout)
    assert send(payout, NOW + HOUR).state == "sent"
    assert len(sandbox.store.all("transfer")) == 1


def test_a_reserved_payout_nobody_sent_is_sent_by_the_sweeper(wen, sandbox):
    payout = ask(wen)
    payouts.sweep(now=NOW + MINUTE)
    payout.refresh_from_db()
    assert payout.state in ("sent", "paid")


def test_a_lost_answer_is_asked_for_again_and_the_money_moves_once(wen, sandbox):
    payout = ask(wen)
    sandbox.faults.extend([("/v1/transfers", "lost")] * 3)
    assert send(payout).state == "sending"
    assert len(sandbox.store.all("transfer")) == 1
    assert purses(wen) == (4_321, 5_000_000)
    payouts.sweep(now=NOW + MINUTE)
    payout.refresh_from_db()
    assert payout.state == "sending", "another sender may still be at it"
    payouts.sweep(now=NOW + 3 * MINUTE)
    payout.refresh_from_db()
    assert payout.state == "paid"
    assert len(sandbox.store.all("transfer")) == 1
    assert reconcile.audit() == []


@pytest.mark.parametrize("fault", [500, 503, 429, 409])
def test_a_fault_of_the_provider_is_no_decision(wen, sandbox, fault):
    sandbox.faults.extend([("/v1/transfers", fault)] * 3)
    payout = send(ask(wen))
    assert payout.state == "sending"
    sandbox.faults.clear()  # the client does not try again by itself after a 429
    assert send(payout, NOW + 3 * MINUTE).state == "sent"


def test_a_crash_before_the_answer_was_recorded_is_repaired(wen, sandbox, monkeypatch):
    payout = ask(wen)
    with monkeypatch.context() as patch:
        patch.setattr(payouts, "record_sent", lambda **_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            send(payout)
    payouts.sweep(now=NOW + 3 * MINUTE)
    payout.refresh_from_db()
    assert payout.state == "paid"
    assert len(sandbox.store.all("transfer")) == 1


def test_when_the_provider_forgot_the_key_we_look_before_we_send(wen, sandbox):
    payout = ask(wen)
    sandbox.faults.extend([("/v1/transfers", "lost")] * 3)
    send(payout)
    late = NOW + 25 * HOUR
    sandbox.moment[0] = late
    assert send(payout, late).state == "sent"
    assert len(sandbox.store.all("transfer")) == 1


def test_what_never_reached_the_provider_is_sent_even_a_day_later(wen, sandbox):
    payout = ask(wen)
    sandbox.faults.extend([("/v1/transfers", 503)] * 3)
    send(payout)
    late = NOW + 25 * HOUR
    sandbox.moment[0] = late
    assert send(payout, late).state == "sent"
    assert len(sandbox.store.all("transfer")) == 1


def test_a_lookup_that_is_refused_decides_nothing(wen, sandbox, monkeypatch):
    payout = ask(wen)
    sandbox.faults.extend([("/v1/transfers", "lost")] * 3)
    send(payout)

    def refuse(**_):
        raise gateway.GatewayRefused("resource_missing", "no")

    monkeypatch.setattr(gateway, "find_transfer", refuse)
    assert send(payout, NOW + 25 * HOUR).state == "sending"


def test_a_refused_payout_puts_the_money_back_with_a_reason(blocked):
    payout = send(ask(blocked))
    assert (payout.state, payout.reason) == ("failed", "Your payout account cannot receive money yet.")
    assert purses(blocked) == (5_000_000, 0)
    assert [message.topic for message in Outbox.objects.all()] == ["payout.failed"]
    assert reconcile.audit() == []
    assert send(payout, NOW + HOUR).state == "failed"
    assert purses(blocked) == (5_000_000, 0)


def test_an_account_that_became_ready_can_be_paid(blocked, sandbox):
    send(ask(blocked))
    account = PayoutAccount.objects.get(worker=blocked)
    ready = sandbox.store.get("account", account.provider_account)
    sandbox.store.put(ready | {"payouts_enabled": True, "capabilities": {"transfers": "active"}})
    with pytest.raises(AmountRefused) as refused:
        ask(blocked, key="k2")
    assert refused.value.rule == "account", "nobody looked yet"
    payout_accounts.look(account=account, now=NOW + MINUTE)
    assert send(ask(blocked, key="k2")).state == "sent"


def test_an_account_switched_off_after_a_lost_answer_does_not_pay_twice(wen, sandbox):
    payout = ask(wen)
    sandbox.faults.extend([("/v1/transfers", "lost")] * 3)
    send(payout)
    account = PayoutAccount.objects.get(worker=wen)
    off = {"payouts_enabled": False, "capabilities": {"transfers": "inactive"}}
    sandbox.store.put(sandbox.store.get("account", account.provider_account) | off)
    event = {"id": "evt_1", "type": "account.updated", "data": {"object": {"id": account.provider_account} | off}}
    assert deliver(event)
    assert send(payout, NOW + 3 * MINUTE).state == "sent"
    assert purses(wen) == (4_321, 0)


def test_a_short_bank_makes_the_payout_wait_and_go_on_by_itself(wen, sandbox):
    sandbox.store.put({"id": "txn_out", "object": "balance_transaction", "net": -1_000_000, "available_on": 0})
    payout = send(ask(wen))
    assert payout.state == "waiting_for_funds"
    assert "waiting for funds" in payout.reason
    assert purses(wen) == (4_321, 5_000_000)
    assert reconcile.audit() == []
    payouts.sweep(now=NOW + MINUTE)
    fill_bank(sandbox)
    payouts.sweep(now=NOW + 11 * MINUTE)
    payout.refresh_from_db()
    assert (payout.state, payout.attempt, payout.reason) == ("paid", 1, "")
    assert len(sandbox.store.all("transfer")) == 1


def test_a_late_refusal_of_an_older_attempt_changes_nothing(wen):
    payout = ask(wen)
    Payout.objects.filter(pk=payout.pk).update(state="sending", attempt=1)
    assert not payouts.fail(payout_id=payout.pk, attempt=0, reason="old", now=NOW)
    payouts._wait_for_funds(payout, "old")
    payout.refresh_from_db()
    assert (payout.state, payout.attempt) == ("sending", 1)


def test_one_account_at_the_provider_serves_all_payouts(wen, sandbox):
    send(ask(wen, 1_000_000, key="a"))
    send(ask(wen, 1_000_000, key="b"))
    assert len(sandbox.store.all("account")) == PayoutAccount.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_askers_and_senders_at_once_move_the_money_once(wen, sandbox):
    def run(number):
        try:
            payout = ask(wen, 5_000_000, key="same")
            return send(payout).state
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        states = list(pool.map(run, range(8)))
    assert set(states) <= {"sending", "sent"}
    assert len(sandbox.store.all("transfer")) == 1
    assert Transfer.objects.filter(kind="payout_sent").count() == 1
    assert reconcile.audit() == []
