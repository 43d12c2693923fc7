from datetime import timedelta

from billing import ledger, payouts
from billing.wallets import earnings_of
from marketplace import bonuses, reversing, topping_up
from marketplace.reports.payouts import SUMMED, payout_report
from marketplace.reports.period import Period
from tests.marketplace.test_settling import CAN, three_answers


def report(world, days=1):
    return payout_report(period=Period(world.now.date() - timedelta(days=days), world.now.date()))


def test_it_adds_up_with_the_ledger(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)

    found = report(world)

    assert [(row.email, row.accepted, row.rejected, row.earned, row.balance) for row in found.rows] == [
        ("wei@example.org", 1, 0, 50_000, 50_000),
        ("wanda@example.org", 1, 0, 50_000, 50_000),
        ("walt@example.org", 0, 1, 0, 0),
    ]
    assert found.totals["balance"] == sum(
        ledger.balance(account_id=earnings_of(worker=worker).pk) for worker in (world.wei, world.wanda)
    )
    assert set(found.totals) == set(SUMMED)


def test_bonuses_and_top_ups_are_earned_too_and_what_was_taken_back_is_not(world, monkeypatch):
    for module in ("fair_pay", "measuring"):
        monkeypatch.setattr(f"marketplace.{module}.WORKERS", 2)
    job = world.published(images=3, overlap=1, fair_pay_reserve_percent=100)
    kept, copied = (world.answer(job, worker, CAN, seconds=45) for worker in (world.wei, world.wanda))
    world.settled(job)
    assert topping_up.look(job_id=job.pk, now=world.now) == 2
    gift = {"amount": 70_000, "reason": "Thanks.", "now": world.now}
    bonuses.give(assignment_id=kept.pk, requester=world.rita, idempotency_key="b", **gift)
    reversing.reverse(assignment_id=copied.pk, by=world.ada, reason="Copied.", now=world.now)

    found = report(world)

    assert [(row.email, row.earned, row.balance) for row in found.rows] == [
        ("wei@example.org", 170_000, 170_000), ("wanda@example.org", 0, 0),
    ]  # fmt: skip
    assert found.off == {}


def test_hourly_pay_is_over_the_accepted_work(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)

    assert [row.hourly for row in report(world).rows] == [6_000_000, 6_000_000, None]


def test_a_requested_payout_shows_as_on_its_way(world):
    job = world.published(images=1, reward="2.00")
    three_answers(world, job)
    world.settled(job)
    payouts.request(worker=world.wei, amount=None, idempotency_key="one", now=world.now)

    row = report(world).rows[0]

    assert (row.pending, row.balance, row.paid_out) == (2_000_000, 0, 0)


def test_work_outside_the_period_is_left_out_but_what_is_owed_is_not(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    world.later(days=60)

    assert [(row.accepted, row.earned, row.balance) for row in report(world).rows] == [(0, 0, 50_000)] * 2
