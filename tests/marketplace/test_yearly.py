"""Calendar years: what was earned, and what left for a bank."""

from datetime import UTC, datetime

import pytest

from billing import ledger, payouts
from billing.ledger import AccountKind, Posting
from billing.wallets import earnings_of
from marketplace import yearly
from marketplace.yearly import Year
from tests.marketplace.test_settling import CAN

pytestmark = pytest.mark.django_db


def earn(world, worker, reward):
    job = world.published(images=1, overlap=1, reward=reward)
    world.answer(job, worker, CAN)
    world.settled(job)


def pay_out(world, worker, key):
    payout = payouts.request(worker=worker, amount=None, idempotency_key=key, now=world.now)
    type(payout).objects.filter(pk=payout.pk).update(state="sending")
    payouts.record_sent(payout_id=payout.pk, transfer=f"tr_{key}", now=world.now)
    return payout


def test_every_kind_of_account_is_one_side_of_a_workers_year():
    named = [*yearly.OWN, *yearly.PAYERS, *yearly.BANKS, *yearly.CORRECTIONS]
    assert sorted(named) == sorted(AccountKind), "say in marketplace.yearly what money of this kind is to a worker"


def test_a_year_ends_at_midnight_utc(world):
    world.now = datetime(2025, 12, 31, 23, 58, tzinfo=UTC)
    earn(world, world.wei, "2.00")
    world.now = datetime(2026, 1, 1, 0, 0, tzinfo=UTC)
    pay_out(world, world.wei, "one")
    earn(world, world.wei, "3.00")
    earn(world, world.wanda, "1.00")
    assert yearly.years_of(worker=world.wei) == [Year(2026, 3_000_000, 2_000_000), Year(2025, 2_000_000, 0)]
    report = yearly.year_report(year=2026)
    assert [(row.email, row.earned, row.paid_out) for row in report.rows] == [
        ("wei@example.org", 3_000_000, 2_000_000), ("wanda@example.org", 1_000_000, 0),
    ]  # fmt: skip
    assert (report.years, report.earned, report.paid_out) == ((2026, 2025), 4_000_000, 2_000_000)
    assert yearly.year_report(year=2024).rows == ()


def test_what_is_asked_for_and_not_sent_is_not_paid_and_what_failed_neither(world):
    earn(world, world.wei, "2.00")
    payout = payouts.request(worker=world.wei, amount=None, idempotency_key="k", now=world.now)
    assert yearly.years_of(worker=world.wei) == [Year(2026, 2_000_000, 0)]
    type(payout).objects.filter(pk=payout.pk).update(state="sending")
    payouts.fail(payout_id=payout.pk, attempt=payout.attempt, reason="No.", now=world.now)
    assert yearly.years_of(worker=world.wei) == [Year(2026, 2_000_000, 0)]


def test_pay_taken_back_and_money_that_came_back_count_against_it(world):
    earn(world, world.wei, "2.00")
    pay_out(world, world.wei, "one")
    own, bank = earnings_of(worker=world.wei), ledger.platform(AccountKind.STRIPE_AVAILABLE)
    escrow = ledger.open_account(kind=AccountKind.ESCROW_FREE, owner_id=world.rita.pk, scope="job:1")
    back = [Posting("payout_returned", "1", bank.pk, own.pk, 500_000), Posting("clawback", "1", own.pk, escrow.pk, 7)]
    ledger.post(postings=back, now=world.now)
    assert yearly.years_of(worker=world.wei) == [Year(2026, 1_999_993, 1_500_000)]
