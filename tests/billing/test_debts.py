"""Debts: made when a purse holds too little, settled by what comes in; a worker keeps half of what they earn."""

import pytest

from billing import debts, ledger, payouts, reconcile
from billing.ledger import AccountKind, Posting, platform
from billing.models import Transfer
from billing.wallets import earnings_of, wallet_of
from tests.billing.conftest import NOW, fund

pytestmark = pytest.mark.django_db
WALLET, EARNINGS = AccountKind.WALLET, AccountKind.WORKER_BALANCE


@pytest.fixture
def wen(person):
    return person("wen")


def taken(person, amount, kind=EARNINGS, key="t"):
    purse = debts.lock(kind=kind, owner_id=person.pk)
    posting = Posting("taken", key, purse.account, platform(AccountKind.LOSSES).pk, amount)
    ledger.post(postings=purse.take(posting), now=NOW)


def state(person, kind=EARNINGS):
    purse = debts.lock(kind=kind, owner_id=person.pk)
    return purse.holds, purse.owed


def test_what_a_purse_holds_is_taken_and_the_rest_is_owed(wen):
    fund(earnings_of(worker=wen), 30)
    taken(wen, 100)
    assert state(wen) == (0, 70)
    assert [(t.kind, t.key, t.amount) for t in Transfer.objects.order_by("pk")[1:]] == [
        ("debt_made", "taken:t", 70), ("taken", "t", 100),
    ]  # fmt: skip
    assert debts.owed(kind=EARNINGS, owner_id=wen.pk) == 70
    assert reconcile.audit() == []


def test_nobody_owes_before_anything_was_taken(wen, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert debts.owed_by_requester(owner_id=wen.pk) == 0


def test_half_of_what_a_worker_earns_goes_to_the_debt_and_half_stays(wen):
    taken(wen, 100)
    for amount, left in ((31, (16, 85)), (30, (31, 70))):
        fund(earnings_of(worker=wen), amount)
        debts.sweep(now=NOW)
        assert state(wen) == left
    debts.sweep(now=NOW)
    assert state(wen) == (31, 70), "once for what was earned"
    fund(earnings_of(worker=wen), 1_000)
    debts.sweep(now=NOW)
    assert state(wen) == (961, 0)
    assert (debts.debtors(), reconcile.audit()) == ([], [])


def test_who_asks_to_be_paid_has_half_of_new_earnings_netted_first(wen):
    taken(wen, 9_000_000)
    fund(earnings_of(worker=wen), 4_000_000)
    assert payouts.request(worker=wen, amount=None, idempotency_key="k", now=NOW).amount == 2_000_000
    assert (state(wen), reconcile.audit()) == ((0, 7_000_000), [])


def test_what_came_without_work_is_not_halved(wen):
    taken(wen, 100)
    gift, purse = platform(AccountKind.GOODWILL).pk, earnings_of(worker=wen).pk
    kinds = ("goodwill", "payout_failed")
    ledger.post(postings=[Posting(kind, "x", gift, purse, 40) for kind in kinds], now=NOW)
    assert debts.settle_from_earnings(worker_id=wen.pk, now=NOW) == 0
    assert state(wen) == (80, 100)


def test_no_more_is_netted_than_there_is(wen):
    taken(wen, 100)
    purse, shop = earnings_of(worker=wen), platform(AccountKind.STRIPE_PENDING)
    fund(purse, 50)
    ledger.post(postings=[Posting("spend", "s", purse.pk, shop.pk, 45)], now=NOW)
    assert debts.settle_from_earnings(worker_id=wen.pk, now=NOW) == 5


def test_a_requesters_wallet_settles_the_whole_debt(wen):
    taken(wen, 100, kind=WALLET)
    assert debts.debtors() == [(WALLET, wen.pk)]
    fund(wallet_of(owner=wen), 60)
    debts.sweep(now=NOW)
    fund(wallet_of(owner=wen), 60)
    debts.sweep(now=NOW)
    assert state(wen, WALLET) == (20, 0)
    assert debts.settle_from_wallet(owner_id=wen.pk, now=NOW) == 0
    assert reconcile.audit() == []


def test_nobody_can_be_forgiven_or_pay_more_than_they_owe(wen):
    taken(wen, 100)
    purse = debts.lock(kind=EARNINGS, owner_id=wen.pk)
    for amount in (0, 101):
        with pytest.raises(ValueError, match="of 100"):
            debts.forgive(purse=purse, amount=amount, key="k", details={})
        with pytest.raises(ValueError, match="of 100"):
            purse.settle(source=1, key="k", amount=amount)


def test_forgiven_is_forgiven_until_it_comes_back(wen):
    taken(wen, 100)
    purse = debts.lock(kind=EARNINGS, owner_id=wen.pk)
    ledger.post(postings=[debts.forgive(purse=purse, amount=60, key="k", details={})], now=NOW)
    assert (state(wen), debts.written_off(purse=purse)) == ((0, 40), 60)
