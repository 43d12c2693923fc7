"""Accounts: one of each, opened when first asked for."""

import pytest

from billing.accounts import open_account, open_accounts, platform
from billing.models import Account, AccountKind

pytestmark = pytest.mark.django_db


def test_many_are_found_or_opened_at_once(person, django_assert_num_queries):
    people = [person() for _ in range(3)]
    first = open_account(kind=AccountKind.WORKER_BALANCE, owner_id=people[0].pk)
    found = open_accounts(kind=AccountKind.WORKER_BALANCE, owner_ids=[one.pk for one in people])
    assert found[people[0].pk] == first.pk
    assert Account.objects.filter(pk__in=found.values(), balance=0, sequence=0).count() == 3
    with django_assert_num_queries(1):
        assert open_accounts(kind=AccountKind.WORKER_BALANCE, owner_ids=[one.pk for one in people]) == found


def test_the_platform_has_one_of_each_kind_and_currency():
    fees = platform(AccountKind.PLATFORM_FEES)
    assert (fees.balance, fees.owner_id) == (None, None)
    assert platform(AccountKind.PLATFORM_FEES) == fees
    assert platform(AccountKind.PLATFORM_FEES, currency="EUR") != fees
