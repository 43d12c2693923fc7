"""The ledger when everybody posts at the same moment, on real connections."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction

from billing import ledger, reconcile
from billing.ledger import AccountKind, InsufficientFunds, KeyReused, Posting
from billing.models import Account, Transfer
from tests.billing.conftest import NOW

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count, call):
    """Run `call(number)` in threads that start together; what each returned or raised."""
    start = threading.Barrier(count)

    def run(number):
        try:
            start.wait(timeout=30)
            return call(number)
        except Exception as fault:
            return fault
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


def test_of_640_tries_to_spend_200_units_exactly_200_succeed(purse):
    wallet, shop = purse(amount=200), purse()

    def spend(client):
        done = 0
        for number in range(20):
            try:
                ledger.post(postings=[Posting("spend", f"{client}:{number}", wallet.pk, shop.pk, 1)], now=NOW)
                done += 1
            except InsufficientFunds:
                pass
        return done

    results = at_once(32, spend)
    assert all(isinstance(result, int) for result in results), results
    assert sum(results) == 200
    assert (ledger.balance(account_id=wallet.pk), ledger.balance(account_id=shop.pk)) == (0, 200)
    assert reconcile.audit() == []


def test_opposite_directions_never_deadlock(purse):
    one, two = purse(amount=10_000), purse(amount=10_000)
    fees = ledger.platform(AccountKind.PLATFORM_FEES)

    def post(client):
        source, target = (one, two) if client % 2 else (two, one)
        for number in range(25):
            key = f"{client}:{number}"
            there, fee = Posting("there", key, source.pk, target.pk, 3), Posting("fee", key, target.pk, fees.pk, 1)
            ledger.post(postings=[there, fee], now=NOW)

    assert at_once(8, post) == [None] * 8
    assert ledger.balance(account_id=fees.pk) == 200
    assert reconcile.audit() == []


def test_fifty_equal_postings_at_once_are_one(purse):
    wallet, shop = purse(amount=50), purse()
    results = at_once(
        20, lambda _: ledger.post(postings=[Posting("spend", "same", wallet.pk, shop.pk, 5)], now=NOW)[0].pk
    )
    assert len(set(results)) == 1
    assert ledger.balance(account_id=shop.pk) == 5


def test_equal_postings_between_unguarded_accounts_are_one_too():
    bank, fees = ledger.platform(AccountKind.STRIPE_PENDING), ledger.platform(AccountKind.STRIPE_FEES)
    results = at_once(20, lambda _: ledger.post(postings=[Posting("fee", "same", fees.pk, bank.pk, 5)], now=NOW)[0].pk)
    assert len(set(results)) == 1, results
    assert ledger.balance(account_id=bank.pk) == 5


def test_one_key_with_different_bodies_at_once_is_taken_once_and_else_refused(purse):
    wallets, shop = [purse(amount=50) for _ in range(12)], purse()
    other = purse()

    def post(client):
        target = shop if client % 2 else other
        return ledger.post(postings=[Posting("spend", "same", wallets[client].pk, target.pk, 5)], now=NOW)[0].pk

    results = at_once(12, post)
    assert sum(isinstance(result, int) for result in results) == 1
    assert sum(isinstance(result, KeyReused) for result in results) == 11, results
    assert reconcile.audit() == []


def test_opening_one_account_many_times_at_once_opens_one(person):
    ada = person()
    results = at_once(12, lambda _: ledger.open_account(kind=AccountKind.WALLET, owner_id=ada.pk).pk)
    assert len(set(results)) == 1, results
    assert Account.objects.count() == 1


def test_a_call_whose_caller_is_rolled_back_leaves_nothing(purse):
    wallet, gift = purse(amount=50), ledger.platform(AccountKind.GOODWILL)
    with transaction.atomic():
        ledger.post(postings=[Posting("spend", "gone", wallet.pk, gift.pk, 5)], now=NOW)
        transaction.set_rollback(True)
    assert ledger.balance(account_id=wallet.pk) == 50
    assert not Transfer.objects.filter(key="gone").exists()
    assert reconcile.audit() == []
