"""A requester's money at a glance."""

import pytest

from billing.models import Deposit
from marketplace import purse as money
from marketplace.closing import close, finish_closing
from marketplace.posting import make_places, publish
from marketplace.purse import purse
from tests.marketplace.test_settling import three_answers

pytestmark = pytest.mark.django_db


def test_a_new_requester_has_nothing(world):
    found = purse(owner=world.rita)
    assert (found.balance, found.held, list(found.lines), found.older, found.waiting) == (0, (), [], None, ())
    assert found.held_total == 0


def test_what_jobs_hold_is_told_apart_by_job(world):
    world.fund(world.rita, "10.00")
    job = world.job(images=2, overlap={"min": 2, "max": 3})
    publish(job=job, now=world.now)
    before = purse(owner=world.rita).held
    make_places(job_id=job.pk, now=world.now)
    after = purse(owner=world.rita)

    assert [(row.job, row.free, row.committed) for row in before] == [(job, 360_000, 0)]
    assert [(row.free, row.committed) for row in after.held] == [(120_000, 240_000)]
    assert (after.balance, after.held_total) == (9_640_000, 360_000)


def test_a_job_that_holds_nothing_any_more_is_left_out(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    close(job=job, now=world.now)
    finish_closing(job_id=job.pk, now=world.now)
    held = {row.job: row.free + row.committed for row in purse(owner=world.rita).held}
    assert held == {job: 60_000}, "the rejected answer's money waits until nobody can appeal"


def test_lines_name_their_job_and_balances_follow_one_another(world):
    job = world.published(images=1, funds="10.00")
    lines = purse(owner=world.rita).lines
    assert [(one.line.words, one.line.amount, one.line.balance, one.job) for one in lines] == [
        ("Held for a job", -180_000, 9_820_000, job),
        ("Deposit by card", 10_000_000, 10_000_000, None),
    ]


def test_the_statement_pages_back_without_a_gap(world, monkeypatch):
    monkeypatch.setattr(money, "LINES", 2)
    for n in range(1, 6):
        world.fund(world.rita, f"{n}.00")
    amounts, before = [], None
    while True:
        found = purse(owner=world.rita, before=before)
        amounts += [moved.line.amount // 1_000_000 for moved in found.lines]
        before = found.older
        if before is None:
            break
    assert amounts == [5, 4, 3, 2, 1]


def test_deposits_that_wait_are_listed_latest_first_and_only_three(world):
    for n in range(5):
        Deposit.objects.create(
            owner=world.rita, amount=(n + 1) * 1_000_000, idempotency_key=str(n), success_url="https://t.test/",
            cancel_url="https://t.test/", created_at=world.later(minutes=1),
        )  # fmt: skip
    Deposit.objects.filter(idempotency_key="4").update(state="expired")
    assert [deposit.amount // 1_000_000 for deposit in purse(owner=world.rita).waiting] == [4, 3, 2]


def test_money_of_others_is_not_in_it(world):
    world.published(images=1, owner=world.rosa)
    found = purse(owner=world.rita)
    assert (found.balance, found.held, list(found.lines)) == (0, (), [])
