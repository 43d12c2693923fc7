"""Pay taken back for fraud: what is there at once, what was paid out as a debt; once for each piece of work."""

import pytest
from django.db import IntegrityError, transaction

from billing import clawbacks, ledger, reconcile
from billing.ledger import AccountKind, KeyReused, Posting, platform
from billing.models import Account, Clawback
from billing.wallets import earnings_of
from tests.billing.conftest import NOW, fund
from tests.billing.test_debts import state

pytestmark = pytest.mark.django_db


@pytest.fixture
def market(person, purse):
    """Wen was paid 100 by a job, with a fee of 20."""
    escrow, wen, ada = purse(amount=120), person("wen"), person("ada")
    fees = platform(AccountKind.PLATFORM_FEES)
    paid = [Posting("accepted", "a", escrow.pk, earnings_of(worker=wen).pk, 100)]
    ledger.post(postings=[*paid, Posting("accepted_fee", "a", escrow.pk, fees.pk, 20)], now=NOW)
    return escrow, wen, ada, fees


def take(market, key="assignment:1", reward=100, **changes):
    escrow, wen, ada, _ = market
    asked = {"reason": "Copied.", "decided_by": ada, "now": NOW, "target": escrow.pk, "fee": 20, **changes}
    return clawbacks.take_back(key=key, worker=wen, reward=reward, **asked)


def test_what_is_still_there_goes_back_whole_and_so_does_the_fee(market):
    escrow, wen, _, fees = market
    assert take(market).owed == 0
    assert (Account.objects.get(pk=escrow.pk).balance, state(wen)) == (120, (0, 0))
    assert (ledger.balance(account_id=fees.pk), reconcile.audit()) == (0, [])


def test_what_was_paid_out_is_owed_and_the_requester_has_it_all_the_same(market):
    escrow, wen, _, _ = market
    out = platform(AccountKind.STRIPE_AVAILABLE)
    ledger.post(postings=[Posting("spend", "s", earnings_of(worker=wen).pk, out.pk, 70)], now=NOW)
    assert take(market).owed == 70
    assert (Account.objects.get(pk=escrow.pk).balance, state(wen), reconcile.audit()) == (120, (0, 70), [])


def test_the_same_work_is_reversed_once(market):
    first = take(market)
    assert take(market) == first
    with pytest.raises(KeyReused):
        take(market, reward=99)
    assert Clawback.objects.count() == 1


@pytest.mark.parametrize("wrong", [{"reason": ""}, {"fee": -1}, {"reward": 0}])
def test_the_database_refuses_what_makes_no_sense(market, wrong):
    with pytest.raises((IntegrityError, ValueError)), transaction.atomic():
        take(market, **wrong)


def test_nobody_takes_back_their_own_pay(market):
    with pytest.raises(IntegrityError, match="somebody_else"), transaction.atomic():
        take(market, decided_by=market[1])


def test_other_money_of_the_worker_is_taken_before_anything_is_owed(market):
    wen = market[1]
    fund(earnings_of(worker=wen), 50)
    take(market)
    assert state(wen) == (50, 0)
