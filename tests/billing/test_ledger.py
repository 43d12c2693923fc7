"""The ledger: what it posts, what it refuses, and what the database itself refuses."""

import datetime as dt

import pytest
from django.db import DatabaseError, connection, transaction

from billing import ledger
from billing.ledger import AccountKind, InsufficientFunds, KeyReused, Posting
from billing.models import Account, Transfer
from tests.billing.conftest import NOW, fund

pytestmark = pytest.mark.django_db


def pay(source, target, amount, key="k1", kind="publish", **details):
    return Posting(kind, key, source.pk, target.pk, amount, details)


def test_a_posting_moves_money_from_one_account_to_the_other(purse):
    wallet, other = purse(amount=100), purse()
    [transfer] = ledger.post(postings=[pay(wallet, other, 30, note="x")], now=NOW)
    assert ledger.balance(account_id=wallet.pk) == 70
    assert ledger.balance(account_id=other.pk) == 30
    stored = Transfer.objects.get(pk=transfer.pk)
    assert (stored.amount, stored.source_sequence, stored.target_sequence, stored.details, stored.created_at) == (
        30, 2, 1, {"note": "x"}, NOW,
    )  # fmt: skip


def test_an_unguarded_account_carries_no_balance_and_is_summed(purse):
    wallet = purse(amount=100)
    fees, bank = ledger.platform(AccountKind.PLATFORM_FEES), ledger.platform(AccountKind.STRIPE_PENDING)
    ledger.post(postings=[pay(wallet, fees, 7, "a"), pay(wallet, fees, 5, "b")], now=NOW)
    assert fees.balance is None
    assert ledger.balance(account_id=fees.pk) == 12
    assert ledger.balance(account_id=bank.pk) == -100


def test_a_guarded_account_is_never_overdrawn_and_nothing_of_the_call_stays(purse):
    wallet, other = purse(amount=100), purse()
    with pytest.raises(InsufficientFunds) as refused:
        ledger.post(postings=[pay(wallet, other, 60, "a"), pay(wallet, other, 41, "b")], now=NOW)
    assert (refused.value.account.pk, refused.value.wanted, refused.value.available) == (wallet.pk, 41, 40)
    assert ledger.balance(account_id=wallet.pk) == 100
    assert not Transfer.objects.filter(kind="publish").exists()


def test_money_that_came_earlier_in_the_call_can_be_spent_later_in_it(purse):
    wallet, other, third = purse(amount=10), purse(), purse()
    ledger.post(postings=[pay(wallet, other, 10, "a"), pay(other, third, 10, "b")], now=NOW)
    assert ledger.balance(account_id=third.pk) == 10


def test_the_same_posting_again_gives_the_first_transfer_and_moves_nothing(purse):
    wallet, other = purse(amount=100), purse()
    [first] = ledger.post(postings=[pay(wallet, other, 30)], now=NOW)
    [again] = ledger.post(postings=[pay(wallet, other, 30, note="late")], now=NOW + dt.timedelta(days=1))
    assert (again.pk, again.created_at) == (first.pk, NOW)
    assert ledger.balance(account_id=wallet.pk) == 70


def test_a_repeat_needs_no_money_any_more(purse):
    wallet, other = purse(amount=30), purse()
    ledger.post(postings=[pay(wallet, other, 30)], now=NOW)
    ledger.post(postings=[pay(wallet, other, 30)], now=NOW)
    assert ledger.balance(account_id=wallet.pk) == 0


@pytest.mark.parametrize("change", ["amount", "source", "target"])
def test_the_same_key_with_another_body_is_refused(purse, change):
    wallet, other, third = purse(amount=100), purse(amount=100), purse()
    ledger.post(postings=[pay(wallet, other, 30)], now=NOW)
    different = {"amount": pay(wallet, other, 31), "source": pay(third, other, 30), "target": pay(wallet, third, 30)}
    with pytest.raises(KeyReused):
        ledger.post(postings=[different[change]], now=NOW)
    with pytest.raises(KeyReused):
        ledger.post(postings=[pay(wallet, other, 1, "k2"), pay(wallet, other, 2, "k2")], now=NOW)


def test_one_key_may_name_several_movements_of_different_kinds(purse):
    escrow, worker, fees = purse(amount=12), purse(), ledger.platform(AccountKind.PLATFORM_FEES)
    moved = ledger.post(
        postings=[pay(escrow, worker, 10, "a:1", "accepted"), pay(escrow, fees, 2, "a:1", "accepted_fee")], now=NOW
    )
    assert [t.amount for t in moved] == [10, 2]


@pytest.mark.parametrize("amount", [0, -1, 1.5, True, "1"])
def test_an_amount_that_is_not_a_positive_int_is_refused(purse, amount):
    with pytest.raises(ValueError, match="positive int"):
        ledger.post(postings=[pay(purse(amount=5), purse(), amount)], now=NOW)


def test_a_posting_to_itself_to_nowhere_or_across_currencies_is_refused(purse, person):
    wallet = purse(amount=5)
    euros = ledger.open_account(kind=AccountKind.WALLET, owner_id=person().pk, currency="EUR")
    with pytest.raises(ValueError, match="same account"):
        ledger.post(postings=[pay(wallet, wallet, 1)], now=NOW)
    with pytest.raises(ValueError, match="no such account"):
        ledger.post(postings=[Posting("publish", "k", wallet.pk, 10**12, 1)], now=NOW)
    with pytest.raises(ValueError, match="do not mix"):
        ledger.post(postings=[pay(wallet, euros, 1)], now=NOW)


def test_a_batch_of_a_thousand_takes_as_few_statements_as_one(purse, django_assert_max_num_queries):
    escrow, fees = purse(amount=10_000_000), ledger.platform(AccountKind.PLATFORM_FEES)
    workers = [purse(kind=AccountKind.WORKER_BALANCE) for _ in range(5)]
    batch = []
    for number in range(500):
        batch += [pay(escrow, workers[number % 5], 10, f"a:{number}", "accepted")]
        batch += [pay(escrow, fees, 2, f"a:{number}", "accepted_fee")]
    with django_assert_max_num_queries(7):  # savepoint, lock, read, known, insert, update, release
        ledger.post(postings=batch, now=NOW)
    assert ledger.balance(account_id=workers[0].pk) == 1000
    assert ledger.balance(account_id=fees.pk) == 1000


def test_nothing_to_post_is_nothing_done(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert ledger.post(postings=[], now=NOW) == []


def test_opening_an_account_twice_gives_the_same_account(person):
    owner = person()
    first = ledger.open_account(kind=AccountKind.ESCROW_FREE, owner_id=owner.pk, scope="job:1")
    assert ledger.open_account(kind=AccountKind.ESCROW_FREE, owner_id=owner.pk, scope="job:1") == first
    assert ledger.open_account(kind=AccountKind.ESCROW_COMMITTED, owner_id=owner.pk, scope="job:1") != first


@pytest.mark.parametrize(
    ("kind", "scope", "owned"),
    [("wallet", "", False), ("wallet", "job:1", True), ("escrow_free", "", True), ("platform_fees", "", True)],
)
def test_an_account_belongs_to_whom_its_kind_says(person, kind, scope, owned):
    with pytest.raises(DatabaseError, match="account_belongs"), transaction.atomic():
        ledger.open_account(kind=AccountKind(kind), owner_id=person().pk if owned else None, scope=scope)


REFUSED = {
    "a transfer is changed": "UPDATE billing_transfer SET amount = amount + 1",
    "a transfer is deleted": "DELETE FROM billing_transfer",
    "transfers are truncated": "TRUNCATE billing_transfer",
    "accounts are truncated": "TRUNCATE billing_account CASCADE",
    "an account is deleted": "DELETE FROM billing_account",
    "an account changes hands": "UPDATE billing_account SET owner_id = owner_id + 1 WHERE kind = 'wallet'",
    "an account changes kind": "UPDATE billing_account SET kind = 'payout_pending' WHERE kind = 'wallet'",
    "a wallet is overdrawn": "UPDATE billing_account SET balance = -1 WHERE kind = 'wallet'",
    "a guarded account drops its guard": "UPDATE billing_account SET balance = NULL WHERE kind = 'wallet'",
    "a transfer of nothing": "{insert} 0, 'USD', 90, 91, '{{}}', now())",
    "a transfer back to itself": "{itself} 1, 'USD', 90, 91, '{{}}', now())",
    "another currency": "{insert} 1, 'EUR', 90, 91, '{{}}', now())",
    "no place in the history": "{insert} 1, 'USD', NULL, 91, '{{}}', now())",
    "a place taken before": "{again} 1, 'USD', 3, 91, '{{}}', now())",
    "an account that is not there": "{nowhere} 1, 'USD', 90, 91, '{{}}', now())",
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_itself_refuses_when(purse, what):
    wallet, other = purse(amount=5), purse()
    fund(wallet, 1)
    ledger.post(postings=[pay(wallet, other, 1)], now=NOW)
    start = (
        "INSERT INTO billing_transfer (kind, key, source_id, target_id, amount, currency, source_sequence, "
        "target_sequence, details, created_at) VALUES ('x', 'y', "
    )
    statement = REFUSED[what].format(
        insert=f"{start}{other.pk}, {wallet.pk},",
        itself=f"{start}{other.pk}, {other.pk},",
        again=f"{start}{wallet.pk}, {other.pk},",
        nowhere=f"{start}{other.pk}, 999999999,",
    )
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Account.objects.get(pk=wallet.pk).balance >= 5
