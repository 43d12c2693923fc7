"""Fair pay from end to end: enough people's real times prove a job too cheap, and its reserve makes it up."""

import pytest

from billing import ledger
from billing.models import Outbox, Transfer
from marketplace import closing, topping_up
from marketplace.auditing import audit
from marketplace.models import Assignment, AuditEntry, Flag, TopUp
from tests.marketplace.test_settling import CAN, earned


@pytest.fixture(autouse=True)
def three_people_prove(monkeypatch):
    """As ten do: fewer to wait for."""
    monkeypatch.setattr("marketplace.fair_pay.WORKERS", 3)
    monkeypatch.setattr("marketplace.measuring.WORKERS", 3)


def worked(world, *, people=3, seconds=45, **changes):
    """A job of one answer an image, each by somebody new in so many seconds, all paid 5 cents."""
    job = world.published(images=people + 1, overlap=1, **changes)
    for number in range(people):
        world.answer(job, world.worker(f"W{number}"), CAN, seconds=seconds)
    world.settled(job)
    job.refresh_from_db()
    return job


def reserve_of(job):
    return ledger.balance(account_id=job.fair_pay_reserve_id)


def test_real_times_below_the_floor_top_up_every_paid_answer_once(world):
    job = worked(world, fair_pay_reserve_percent=100)
    held = reserve_of(job)

    assert topping_up.look(job_id=job.pk, now=world.now) == 3
    assert topping_up.look(job_id=job.pk, now=world.later(minutes=10)) == 0

    # 45 seconds at 8 dollars an hour are 10 cents: as much again, and the fee on it.
    assert held == 4 * 60_000
    assert held - reserve_of(job) == 3 * 60_000
    first = TopUp.objects.earliest("created_at")
    assert (first.amount, first.fee, first.median_ms, first.floor) == (50_000, 10_000, 45_000, 8_000_000)
    assert earned(first.worker) == 100_000
    assert audit() == []


def test_its_requester_is_told_once_with_a_row_in_the_log(world):
    job = worked(world)

    for _ in range(2):
        topping_up.look(job_id=job.pk, now=world.now)

    assert Outbox.objects.filter(topic=topping_up.UNDERPAID).count() == 1
    assert AuditEntry.objects.get(action="job.underpaid").object_id == str(job.pk)
    assert not TopUp.objects.exists()


@pytest.mark.parametrize(("people", "seconds"), [(2, 45), (3, 22)])
def test_too_few_people_or_fair_pay_prove_nothing(world, people, seconds):
    job = worked(world, people=people, seconds=seconds, fair_pay_reserve_percent=50)

    assert topping_up.look(job_id=job.pk, now=world.now) == 0

    job.refresh_from_db()
    assert job.underpaid_at is None


def test_a_short_reserve_tops_up_whole_answers_those_paid_first_and_says_what_it_lacks(world):
    job = worked(world, fair_pay_reserve_percent=55)  # 0.132: two top-ups of 0.06

    assert topping_up.look(job_id=job.pk, now=world.now) == 2

    assert reserve_of(job) == 12_000
    assert topping_up.lacking_in_reserve(job=job) == 60_000 - 12_000
    paid_first = Assignment.objects.filter(job=job, state="accepted").order_by("settled_at", "pk")[:2]
    assert set(TopUp.objects.values_list("pk", flat=True)) == {one.pk for one in paid_first}
    assert audit() == []


def test_who_is_suspected_of_spam_waits_until_that_is_decided(world):
    job = worked(world, people=4, fair_pay_reserve_percent=100)
    suspect = Assignment.objects.filter(job=job).latest("submitted_at").worker
    flag = Flag.objects.create(
        job=job, worker=suspect, kind="run", evidence={}, weight=1, created_at=world.now, seen_at=world.now
    )

    assert topping_up.look(job_id=job.pk, now=world.now) == 3
    Flag.objects.filter(pk=flag.pk).update(state="dismissed", decided_at=world.now, decided_by=world.ada)
    assert topping_up.look(job_id=job.pk, now=world.now) == 1


def test_the_last_answers_are_topped_up_before_the_reserve_goes_back(world):
    job = worked(world, fair_pay_reserve_percent=100)
    wallet = ledger.balance(account_id=Transfer.objects.filter(kind="publish").latest("pk").source_id)
    closing.close(job=job, now=world.now)

    assert closing.finish_closing(job_id=job.pk, now=world.now)

    assert TopUp.objects.count() == 3
    back = Transfer.objects.get(kind="close_reserve")
    assert back.amount == 60_000
    assert ledger.balance(account_id=back.target_id) - wallet == 60_000 + 60_000  # and the place nobody took
    assert audit() == []


def test_what_runs_is_looked_at_now_and_then(world, monkeypatch):
    answered, _quiet = world.published(images=1), world.published(images=1)
    world.answer(answered, world.wei, CAN)
    given = iter([True, False])
    monkeypatch.setattr("marketplace.topping_up.cache.add", lambda *_: next(given))

    assert topping_up.due() == [answered.pk]
    assert topping_up.due() == []
