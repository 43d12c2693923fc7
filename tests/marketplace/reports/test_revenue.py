"""The revenue report adds up with the ledger, day by day."""

from datetime import timedelta

import pytest

from billing import ledger
from billing.ledger import AccountKind, Posting
from marketplace.reports.period import Period
from marketplace.reports.revenue import EARNED, HELD, revenue_report
from tests.marketplace.test_settling import three_answers

pytestmark = pytest.mark.django_db


def test_each_day_has_what_was_earned_in_it_and_what_was_held_at_its_end(world):
    job = world.published(images=1, funds="10.00")
    first = world.now.date()
    three_answers(world, job)
    world.later(days=2)
    world.settled(job)
    purse = ledger.open_account(kind=AccountKind.WORKER_BALANCE, owner_id=world.wei.pk)
    kinds = (AccountKind.STRIPE_FEES, AccountKind.STRIPE_PENDING, AccountKind.GOODWILL)
    costs, bank, goodwill = (ledger.platform(kind).pk for kind in kinds)
    spent = [Posting("deposit_fee", "1", costs, bank, 9_000), Posting("goodwill", "1", goodwill, purse.pk, 2_000)]
    ledger.post(postings=spent, now=world.now)
    last = world.now.date()

    report = revenue_report(period=Period(first, last))

    assert [row.day for row in report.rows] == [last, first]
    late, early = report.rows
    assert (early.fees, early.in_wallets, early.in_escrow, early.owed_to_workers) == (0, 9_820_000, 180_000, 0)
    assert (late.fees, late.bank_fees, late.goodwill, late.losses, late.result) == (20_000, 9_000, 2_000, 0, 9_000)
    assert (late.in_wallets, late.in_escrow, late.owed_to_workers) == (9_820_000, 60_000, 102_000)
    assert (report.total.result, report.total.in_escrow) == (9_000, 60_000)
    before = revenue_report(period=Period(first, first))
    assert before.rows == (early,), "what came later changes no former day"
    assert revenue_report(period=Period(last + timedelta(days=9), last + timedelta(days=9))).total.in_escrow == 60_000
    assert revenue_report(period=Period(first - timedelta(days=9), first - timedelta(days=9))).total.in_escrow == 0


def test_no_account_is_counted_twice():
    named = [kind for _, kinds in EARNED.values() for kind in kinds] + [k for kinds in HELD.values() for k in kinds]
    assert len(named) == len(set(named))
