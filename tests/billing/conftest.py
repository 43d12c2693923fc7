"""People and purses for the tests of money."""

import datetime as dt
import itertools

import pytest

from billing import ledger
from billing.ledger import AccountKind, Posting

NOW = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
_numbers = itertools.count(1)


@pytest.fixture
def now():
    return NOW


@pytest.fixture
def person(django_user_model):
    def make(name="ada", **fields):
        return django_user_model.objects.create_user(email=f"{name}-{next(_numbers)}@example.org", **fields)

    return make


@pytest.fixture
def purse(person):
    """Opens a guarded account, with money in it from the bank when an amount is given."""

    def make(*, amount=0, kind=AccountKind.WALLET, owner=None):
        account = ledger.open_account(kind=kind, owner_id=(owner or person()).pk)
        if amount:
            fund(account, amount)
        return account

    return make


def fund(account, amount):
    bank = ledger.platform(AccountKind.STRIPE_PENDING)
    posting = Posting("deposit", f"fund:{next(_numbers)}", bank.pk, account.pk, amount)
    return ledger.post(postings=[posting], now=NOW)[0]
