"""One caller at a time, and after a day a look first."""

import datetime as dt

import pytest

from billing import calling, gateway
from billing.models import Payout
from tests.billing.conftest import NOW

MINUTE = dt.timedelta(minutes=1)


def test_a_lease_outlives_all_tries_of_one_call():
    waits = dt.timedelta(seconds=2)
    assert (gateway.RETRIES + 1) * 2 * dt.timedelta(seconds=gateway.TIMEOUT) + waits < calling.LEASE


@pytest.mark.django_db
def test_one_calls_until_its_lease_is_over_and_what_is_short_waits(person):
    payout = Payout.objects.create(worker=person(), amount=10_000, idempotency_key="k", created_at=NOW)
    rows = Payout.objects.filter(pk=payout.pk)

    def take(minutes):
        now = NOW + minutes * MINUTE
        return calling.take(rows=rows, where=calling.to_begin(now=now) | calling.cut_short(now=now), now=now)

    assert [take(minutes) for minutes in (0, 0, 1, 2, 3, 3)] == [True, False, False, False, True, False]
    payout.refresh_from_db()
    assert (payout.first_called_at, payout.called_at) == (NOW, NOW + 3 * MINUTE)
    rows.update(state="waiting_for_funds", first_called_at=None)
    assert [take(minutes) for minutes in (12, 13, 14)] == [False, False, True]
    payout.refresh_from_db()
    assert payout.first_called_at == NOW + 14 * MINUTE


def test_a_key_is_trusted_for_less_than_the_day_that_the_provider_keeps_it():
    assert [
        calling.is_forgotten(row=Payout(first_called_at=first), now=NOW)
        for first in (None, NOW, NOW - 22 * 60 * MINUTE, NOW - 23 * 60 * MINUTE - MINUTE)
    ] == [False, False, False, True]
