"""Refunds of deposits: by whoever paid in and nobody else, with a second factor, noted once."""

import pytest

from billing.models import Deposit, Refund
from billing.money import AmountRefused
from billing.wallets import wallet_of
from marketplace import auditing, bell
from marketplace.errors import Forbidden
from marketplace.models import AuditEntry
from marketplace.refunding import request_refund


@pytest.fixture
def deposit(world):
    world.fund(world.rita, "5.00")
    return Deposit.objects.get()


def ask(world, deposit, by, amount=None, key="k"):
    return request_refund(
        deposit_id=deposit.pk, amount=amount, asked_by=by, idempotency_key=key, now=world.now, address="192.0.2.7"
    )


def test_a_requester_asks_and_the_background_is_told_and_it_is_noted_once(world, deposit, monkeypatch):
    rings = []
    monkeypatch.setattr(bell, "ring", lambda *rung: rings.append(rung))
    refund = ask(world, deposit, world.rita, 2_000_000)
    assert ask(world, deposit, world.rita, 2_000_000) == refund
    assert set(rings) == {("send_refund", str(refund.pk))}
    entry = AuditEntry.objects.get(action="refund.requested")
    assert (entry.actor, entry.object_id, entry.address) == (world.rita, str(refund.pk), "192.0.2.7")
    assert entry.after == {"amount": 2_000_000, "currency": "USD", "deposit": str(deposit.pk)}
    assert (wallet_of(owner=world.rita).balance, auditing.audit()) == (3_000_000, [])


def test_nobody_else_may_ask_not_even_one_admin_alone(world, deposit):
    for somebody in (world.rosa, world.ada):
        with pytest.raises(Deposit.DoesNotExist):
            ask(world, deposit, somebody)
    assert not Refund.objects.exists()


def test_it_needs_a_second_factor_and_money(world, deposit, settings):
    with pytest.raises(AmountRefused):
        ask(world, deposit, world.rita, 5_010_000)
    settings.MFA_REQUIRED = True
    with pytest.raises(Forbidden, match="two-step login"):
        ask(world, deposit, world.rita)
    assert not Refund.objects.exists()
    assert not AuditEntry.objects.exists()
