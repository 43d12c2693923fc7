"""Payouts that come back after they left: once for each reversal, and a debt comes first."""

import pytest

from billing import ledger, payouts, reconcile, returns
from billing.gateway import Reversal
from billing.ledger import AccountKind, platform
from billing.models import Outbox
from billing.wallets import earnings_of
from tests.billing.all_money.bank import Bank
from tests.billing.conftest import NOW, deliver, fund
from tests.billing.test_debts import state, taken

pytestmark = pytest.mark.django_db


@pytest.fixture
def payout(person, monkeypatch):
    """Five dollars that were sent to Wen."""
    Bank(monkeypatch)
    worker = person("wen")
    fund(earnings_of(worker=worker), 5_000_000)
    asked = payouts.request(worker=worker, amount=None, idempotency_key="k", now=NOW)
    return payouts.send(payout_id=asked.pk, now=NOW)


def back(payout, amount=5_000_000, pk="trr_1"):
    done = returns.record(reversal=Reversal(pk, payout.provider_transfer, amount), now=NOW)
    payout.refresh_from_db()
    return done


@pytest.mark.parametrize("seen", [False, True])
def test_the_money_is_the_workers_again_once(payout, seen):
    if seen:
        payouts.sweep(now=NOW)
    assert back(payout)
    assert back(payout)
    assert (payout.state, state(payout.worker)) == ("returned", (5_000_000, 0))
    assert "in your balance again" in payout.reason
    assert ledger.balance(account_id=platform(AccountKind.STRIPE_AVAILABLE).pk) == 0
    assert list(Outbox.objects.values_list("topic", flat=True)) == ["payout.sent", "payout.returned"]
    assert reconcile.audit() == []
    payouts.sweep(now=NOW)
    assert reconcile.audit() == []


def test_a_part_comes_back_and_then_the_rest(payout):
    back(payout, 2_000_000)
    assert (payout.state, payout.reason) == ("paid", "")
    back(payout, 3_000_000, pk="trr_2")
    assert (payout.state, state(payout.worker), reconcile.audit()) == ("returned", (5_000_000, 0), [])


def test_a_debt_is_settled_first(payout):
    taken(payout.worker, 1_200_000)
    back(payout)
    assert (state(payout.worker), reconcile.audit()) == ((3_800_000, 0), [])


def test_the_provider_tells_of_it_by_webhook(payout):
    entry = {"id": "trr_9", "transfer": payout.provider_transfer, "amount": 500}
    for number in range(3):
        body = {"id": payout.provider_transfer, "reversals": {"data": [entry] if number else []}}
        assert deliver({"id": f"evt_{number}", "type": "transfer.reversed", "data": {"object": body}})
    assert state(payout.worker) == (5_000_000, 0)


def test_a_transfer_that_is_not_ours_changes_nothing(payout):
    assert not returns.record(reversal=Reversal("trr_1", "tr_other", 10_000), now=NOW)
    assert state(payout.worker) == (0, 0)
