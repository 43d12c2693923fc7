"""A statement leads from what an account held before some days to what it held after, line by line."""

import datetime as dt
import random

import pytest
from django.db import connection

from billing import ledger, statements
from billing.ledger import AccountKind, Posting
from billing.models import Transfer
from billing.statements import SumsDiffer
from tests.billing.conftest import NOW

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def wallet(purse):
    """A wallet that moved on ten days, up and down, several times at once."""
    wallet, bank = purse(), ledger.platform(AccountKind.STRIPE_PENDING)
    escrow = purse(kind=AccountKind.WORKER_BALANCE)
    dice = random.Random(5)
    for day in range(10):
        ups = [Posting("deposit", f"{day}:{n}", bank.pk, wallet.pk, dice.randint(50, 99)) for n in range(4)]
        downs = [Posting("bonus", f"{day}:{n}", wallet.pk, escrow.pk, dice.randint(1, 40)) for n in range(3)]
        ledger.post(postings=ups + downs, now=NOW + day * DAY)
    return wallet


def test_opening_lines_and_closing_add_up_however_the_days_are_cut(wallet):
    whole = statements.statement_of(account=wallet, since=NOW, until=NOW + 10 * DAY)
    assert (whole.opening, whole.closing, whole.count) == (0, ledger.balance(account_id=wallet.pk), 70)
    before = 0
    for first, days in ((0, 1), (1, 4), (5, 5)):
        part = statements.statement_of(account=wallet, since=NOW + first * DAY, until=NOW + (first + days) * DAY)
        lines = statements.lines(statement=part, offset=0, limit=100)
        assert part.opening == before
        assert part.opening + sum(line.amount for line in lines) == part.closing == lines[-1].balance
        assert part.came_in - part.went_out == part.closing - part.opening
        assert [day.balance for day in statements.days(statement=part)][-1] == part.closing
        before = part.closing
    later = statements.statement_of(account=wallet, since=NOW + 20 * DAY, until=NOW + 21 * DAY)
    assert (later.opening, later.closing, later.count) == (before, before, 0)
    assert list(statements.all_lines(statement=later)) == []


def test_read_in_chunks_it_is_the_same_and_what_comes_meanwhile_is_left_out(wallet):
    whole = statements.statement_of(account=wallet, since=NOW, until=NOW + 30 * DAY)
    chunks = statements.all_lines(statement=whole, chunk=9)
    read = list(next(chunks))
    bank = ledger.platform(AccountKind.STRIPE_PENDING)
    ledger.post(postings=[Posting("deposit", "late", bank.pk, wallet.pk, 1_000)], now=NOW)
    read += [line for chunk in chunks for line in chunk]
    assert read == list(statements.lines(statement=whole, offset=0, limit=100))
    assert "late" not in [line.key for line in read]


def test_lines_of_one_moment_are_in_the_order_of_their_keys_not_of_their_writing(purse):
    account, bank = purse(), ledger.platform(AccountKind.STRIPE_PENDING)
    for_keys = [Posting("deposit", key, bank.pk, account.pk, 1) for key in ("c", "a", "b")]
    ledger.post(postings=for_keys, now=NOW)
    found = statements.statement_of(account=account, since=NOW, until=NOW + DAY)
    lines = statements.lines(statement=found, offset=0, limit=9)
    assert [(line.key, line.balance) for line in lines] == [("a", 1), ("b", 2), ("c", 3)]


def test_books_that_do_not_add_up_give_no_statement(wallet):
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        Transfer.objects.filter(target=wallet).order_by("pk")[0].delete()
        cursor.execute("SET session_replication_role = DEFAULT")
    with pytest.raises(SumsDiffer):
        statements.statement_of(account=wallet, since=NOW, until=NOW + DAY)


def test_an_account_without_a_balance_has_none():
    with pytest.raises(ValueError, match="no statement"):
        statements.statement_of(account=ledger.platform(AccountKind.PLATFORM_FEES), since=NOW, until=NOW)
