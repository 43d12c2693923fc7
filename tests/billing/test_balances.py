"""What an account holds: carried, or counted from the last checkpoint on; now, and at any time before."""

import datetime as dt
import threading
from random import Random

import pytest
from django.db import DatabaseError, connection, transaction

from billing import balances, ledger
from billing.ledger import AccountKind, Posting
from billing.models import Checkpoint, Transfer
from tests.billing.conftest import NOW

DAY = dt.timedelta(days=1)


def moved(account, *, until=None):
    """Counted one by one in Python."""
    rows = [t for t in Transfer.objects.all() if until is None or t.created_at <= until]
    return sum(t.amount * ((t.target_id == account.pk) - (t.source_id == account.pk)) for t in rows)


@pytest.fixture
def history(db, purse):
    """Thirty transfers out of a wallet and back into it, of fees and their returns, not quite in the order of time."""
    dice = Random("history")
    wallet, fees = purse(amount=10**9), ledger.platform(AccountKind.PLATFORM_FEES)
    for number in range(30):
        ends = (wallet.pk, fees.pk) if dice.random() < 0.7 or number < 3 else (fees.pk, wallet.pk)
        late = dt.timedelta(hours=dice.randint(-30, 30))
        ledger.post(
            postings=[Posting("publish", f"h{number}", *ends, dice.randint(1, 10**6))], now=NOW + number * DAY + late
        )
    return wallet, fees


def test_whole_stretches_are_summed_and_nothing_changes_by_it(history):
    before = [ledger.balance(account_id=account.pk) for account in history]
    assert before == [moved(account) for account in history]
    assert balances.write_checkpoints(now=NOW, stretch=7) == 8  # four full sevens of thirty (thirty-one) transfers each
    assert balances.write_checkpoints(now=NOW, stretch=7) == 0
    wallet, fees = history
    own = Checkpoint.objects.filter(account=fees).order_by("position")
    assert [one.entries for one in own] == [7, 7, 7, 7]
    assert own[3].balance == sum(one.amount for one in own)
    assert [ledger.balance(account_id=account.pk) for account in history] == before
    ledger.post(postings=[Posting("publish", "later", wallet.pk, fees.pk, 5)], now=NOW)
    assert ledger.balance(account_id=fees.pk) == before[1] + 5 == moved(fees)


def test_only_what_came_after_the_checkpoint_is_counted(history):
    fees = history[1]
    balances.write_checkpoints(now=NOW, stretch=7)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE billing_checkpoint SET balance = balance + 1000 WHERE account_id = %s", [fees.pk])
    assert ledger.balance(account_id=fees.pk) == moved(fees) + 1000


def test_the_past_is_exact_to_the_moment_with_and_without_checkpoints(history):
    moments = [NOW - 9 * DAY, *(NOW + n * DAY / 2 for n in range(-2, 64)), NOW + 90 * DAY]
    expected = {(account.pk, at): moved(account, until=at) for account in history for at in moments}
    for stretch in (None, 7):
        if stretch:
            balances.write_checkpoints(now=NOW, stretch=stretch)
        assert {(pk, at): ledger.balance_at(account_id=pk, at=at) for pk, at in expected} == expected


def test_a_checkpoint_is_never_changed(history):
    balances.write_checkpoints(now=NOW, stretch=7)
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
        Checkpoint.objects.update(balance=0)


@pytest.mark.django_db(transaction=True)
def test_a_transfer_that_commits_after_a_larger_one_is_in_no_checkpoint_before_it_is_there(purse):
    """Ids are drawn before the commit: had the checkpoint gone up to the largest id, the small one would be lost."""
    one, other, fees = purse(amount=100), purse(amount=100), ledger.platform(AccountKind.PLATFORM_FEES)
    drawn, seen = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            ledger.post(postings=[Posting("publish", "small id", one.pk, fees.pk, 7)], now=NOW)
            drawn.set()
            assert seen.wait(30)
        connection.close()

    writer = threading.Thread(target=slow)
    writer.start()
    assert drawn.wait(30)
    ledger.post(postings=[Posting("publish", "large id", other.pk, fees.pk, 5)], now=NOW)
    try:
        assert balances.write_checkpoints(now=NOW, stretch=1) == 3  # of the purses; the fees have to wait
        assert not Checkpoint.objects.filter(account=fees).exists()
        assert ledger.balance(account_id=fees.pk) == 5
    finally:
        seen.set()
        writer.join()
    assert ledger.balance(account_id=fees.pk) == 12
    assert balances.write_checkpoints(now=NOW, stretch=1) >= 2
    assert [c.amount for c in Checkpoint.objects.filter(account=fees).order_by("position")] == [7, 5]
    assert ledger.balance(account_id=fees.pk) == 12


@pytest.mark.django_db(transaction=True)
def test_an_old_snapshot_is_refused():
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with pytest.raises(RuntimeError, match="old snapshot"):
            balances.write_checkpoints(now=NOW)
