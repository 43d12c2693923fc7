"""Whoever moves money is in the audit log, once, with the row it is about."""

import threading

import pytest
from django.db import connection, transaction

from billing import deposits, gateway, payouts
from billing.gateway import Checkout, GatewayAway
from billing.ledger import KeyReused
from billing.models import Deposit, Payout, PayoutAccount
from billing.money import AmountRefused
from marketplace import banking, bell
from marketplace.auditing import audit
from marketplace.errors import Forbidden
from marketplace.models import Assignment, AuditEntry
from marketplace.sweeping import tidy

PAGE = "https://tally.test/wallet/"
BOX = ("can", [10, 10, 40, 30])


@pytest.fixture
def bank(monkeypatch):
    """The provider's answer to a request for a payment page; `bank.away` makes it not answer."""

    class Bank:
        away = False
        asked = 0

        def create_checkout(self, *, reference, **terms):
            self.asked += 1
            if self.away:
                raise GatewayAway("no answer")
            return Checkout(
                id=f"cs_{reference}",
                url="http://127.0.0.1/pay",
                status="open",
                paid=False,
                payment=None,
                amount=terms["amount"],
            )

    bank = Bank()
    monkeypatch.setattr(gateway, "create_checkout", bank.create_checkout)
    return bank


@pytest.fixture
def rung(monkeypatch):
    """What the background was told of."""
    rings = []
    monkeypatch.setattr(bell, "ring", lambda name, *args: rings.append((name, *args)))
    return rings


def pay_in(world, amount=5_000_000, key="k", **changes):
    asked = {"owner": world.rita, "success_url": PAGE, "cancel_url": PAGE, "now": world.now, **changes}
    return banking.start_deposit(amount=amount, idempotency_key=key, address="192.0.2.7", **asked)


def pay_out(world, amount=None, key="p"):
    return banking.request_payout(
        worker=world.wei, amount=amount, idempotency_key=key, now=world.now, address="192.0.2.8"
    )


@pytest.fixture
def earned(world):
    """Wei has earned 2.00."""
    job = world.published(images=1, overlap=1, reward="2.00")
    world.answer(job, world.wei, BOX)
    world.settled(job)


def test_a_started_deposit_is_noted_with_who_how_much_and_from_where(world, bank):
    deposit = pay_in(world)

    entry = AuditEntry.objects.get(action="deposit.started")
    assert (entry.actor, entry.object_type, entry.object_id) == (world.rita, "billing.deposit", str(deposit.pk))
    assert (entry.after, entry.address) == ({"amount": 5_000_000, "currency": "USD"}, "192.0.2.7")
    assert deposit.checkout_url


def test_a_repeat_is_the_same_deposit_and_no_second_entry(world, bank):
    assert pay_in(world) == pay_in(world)
    assert (bank.asked, AuditEntry.objects.filter(action="deposit.started").count()) == (1, 1)
    with pytest.raises(KeyReused):
        pay_in(world, amount=6_000_000)


def test_without_a_key_each_is_a_deposit_of_its_own(world, bank):
    assert pay_in(world, key="") != pay_in(world, key="")
    assert AuditEntry.objects.filter(action="deposit.started").count() == 2


def test_the_entry_is_there_before_the_provider_is_asked(world, bank):
    bank.away = True
    with pytest.raises(GatewayAway):
        pay_in(world)
    assert AuditEntry.objects.get(action="deposit.started").object_id == str(Deposit.objects.get().pk)


def test_a_deposit_without_its_entry_cannot_be(world, bank, monkeypatch):
    monkeypatch.setattr(banking.auditlog, "record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        pay_in(world)
    assert not Deposit.objects.exists()
    assert not bank.asked


def test_a_refused_amount_leaves_nothing_behind(world, bank):
    with pytest.raises(AmountRefused):
        pay_in(world, amount=1)
    assert not AuditEntry.objects.exists()


def test_paying_in_needs_a_second_factor(world, bank, settings):
    settings.MFA_REQUIRED = True
    with pytest.raises(Forbidden, match="two-step login"):
        pay_in(world)
    assert not Deposit.objects.exists()


def test_a_payout_is_noted_once_and_the_background_is_told(world, earned, rung):
    payout = pay_out(world)
    assert pay_out(world) == payout

    entry = AuditEntry.objects.get(action="payout.requested")
    assert (entry.actor, entry.object_id) == (world.wei, str(payout.pk))
    assert (entry.after, entry.address) == ({"amount": 2_000_000, "currency": "USD"}, "192.0.2.8")
    assert set(rung) >= {("send_payout", str(payout.pk))}


def test_a_payout_that_was_sent_rings_no_bell(world, earned, rung):
    payout = pay_out(world)
    rung.clear()
    Payout.objects.filter(pk=payout.pk).update(state=Payout.State.SENDING, called_at=world.now)
    pay_out(world)
    assert not rung


def test_a_payout_and_its_entry_stand_or_fall_together(world, earned, monkeypatch):
    monkeypatch.setattr(banking.auditlog, "record", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        pay_out(world)
    assert not Payout.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_ten_equal_requests_at_once_are_one_payout_and_one_entry(world, earned):
    made, faults = [], []

    def ask():
        try:
            made.append(pay_out(world).pk)
        except Exception as fault:
            faults.append(fault)
        finally:
            connection.close()

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults
    assert (len(made), len(set(made))) == (10, 1)
    assert AuditEntry.objects.filter(action="payout.requested").count() == 1


def test_a_reservation_takes_part_in_its_callers_transaction(world):
    with transaction.atomic():
        deposit, is_new = deposits.reserve(
            owner=world.rita, amount=5_000_000, idempotency_key="k", success_url=PAGE, cancel_url=PAGE, now=world.now
        )
        assert (deposit.state, is_new) == ("waiting", True)
        transaction.set_rollback(True)
    assert not Deposit.objects.exists()


def test_a_large_payout_wants_a_fresh_login_and_nothing_is_reserved_without(world, earned, settings):
    settings.PAYOUT_FRESH_LOGIN_ABOVE = "1.00"
    with pytest.raises(Forbidden, match="who you are"):
        pay_out(world, 1_500_000)
    assert not Payout.objects.exists()
    assert pay_out(world, 1_000_000, "small").state == Payout.State.REQUESTED
    fresh = {"worker": world.wei, "amount": None, "idempotency_key": "rest", "now": world.now, "fresh": True}
    settings.PAYOUT_FRESH_LOGIN_ABOVE = "0.00"
    assert banking.request_payout(**fresh).amount == 1_000_000


def leave(world, **account):
    world.wei.is_active = False
    world.wei.save()
    values = {"provider_account": "acct_1", "payouts_enabled": True, "updated_at": world.now, **account}
    PayoutAccount.objects.create(worker=world.wei, **values)


def test_who_is_suspended_is_paid_to_the_last_cent(world, earned):
    pay_out(world, 1_200_000)
    leave(world)
    for _ in range(2):
        tidy(now=world.now)
    assert sorted(Payout.objects.values_list("amount", flat=True)) == [800_000, 1_200_000]
    entry = AuditEntry.objects.filter(action="payout.requested").latest("pk")
    assert (entry.actor, entry.after["amount"]) == (None, 800_000)
    assert audit() == []


def test_what_failed_for_the_suspended_is_tried_again_when_something_changed(world, earned):
    leave(world)
    assert banking.pay_who_left(now=world.now) == 1
    payout = Payout.objects.get()
    Payout.objects.update(state="sending")
    payouts.fail(payout_id=payout.pk, attempt=0, reason="Closed.", code="account_closed", now=world.now)
    assert banking.pay_who_left(now=world.later(days=1)) == 0
    PayoutAccount.objects.update(turned_at=world.now)
    assert banking.pay_who_left(now=world.now) == 1


def test_an_account_that_takes_no_money_and_held_money_wait(world, earned, settings):
    leave(world, payouts_enabled=False)
    assert banking.pay_who_left(now=world.now) == 0
    PayoutAccount.objects.update(payouts_enabled=True)
    settings.RISK_HOLD_DAYS = 7
    assert banking.pay_who_left(now=world.now) == 0
    Deposit.objects.update(cleared_at=world.now)
    assert banking.pay_who_left(now=world.later(days=7)) == 1


def test_the_last_of_ones_money_is_kept_by_no_minimum(world, earned, settings):
    settings.PAYOUT_MINIMUM = "5.00"
    asked = {"worker": world.wei, "amount": None, "now": world.now, "last": True}
    job = world.published(images=2, overlap=1)
    answer = world.answer(job, world.wei, BOX)
    with pytest.raises(AmountRefused, match="least payout"):
        banking.request_payout(idempotency_key="waits", **asked)
    Assignment.objects.filter(worker=world.wei, state="reserved").delete()
    world.settled(job)
    answer.refresh_from_db()
    assert answer.state == "accepted"
    with pytest.raises(AmountRefused, match="least payout"):
        banking.request_payout(idempotency_key="part", **asked | {"amount": 1_000_000})
    assert banking.request_payout(idempotency_key="last", **asked).amount == 2_050_000
    more = world.published(images=1, overlap=1)
    world.answer(more, world.wei, BOX)
    world.settled(more)
    with pytest.raises(AmountRefused, match="least payout"):
        banking.request_payout(idempotency_key="again", **asked)
    later = asked | {"now": world.later(days=31)}
    assert banking.request_payout(idempotency_key="a month on", **later).amount == 50_000
