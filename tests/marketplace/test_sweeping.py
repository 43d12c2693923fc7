from datetime import timedelta

from django.utils import timezone

from billing import ledger
from billing.wallets import wallet_of
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.closing import close
from marketplace.models import Assignment, Job, Place, Task
from marketplace.posting import publish
from marketplace.sweeping import sweep, tidy
from tests.marketplace.test_appealing import contest
from tests.marketplace.test_settling import CAN, three_answers


def test_a_job_whose_bells_were_all_lost_still_comes_to_its_end(world):
    job = world.job(images=1)
    world.fund(world.rita, "1.00")
    publish(job=job, now=world.now)

    assert sweep(now=world.now) == []
    job.refresh_from_db()
    assert job.state == Job.State.OPEN

    three_answers(world, job)
    sweep(now=world.now)
    assert Task.objects.get().state == Task.State.SETTLED

    close(job=job, now=world.now)
    sweep(now=world.later(days=8))
    job.refresh_from_db()
    assert job.state == Job.State.CLOSED
    assert ledger.balance(account_id=wallet_of(owner=world.rita).pk) == 1_000_000 - 120_000
    assert audit() == []


def test_leases_that_ran_out_are_taken_back(world):
    claim(job=world.published(images=1), worker=world.wei, now=world.now)

    sweep(now=world.later(hours=1))

    assert not Place.objects.filter(state="taken").exists()


def test_a_step_that_fails_stops_no_other(world, monkeypatch, caplog):
    claim(job=world.published(images=1), worker=world.wei, now=world.now)
    monkeypatch.setattr("marketplace.sweeping.payouts.sweep", lambda **_: 1 / 0)

    assert sweep(now=world.later(hours=1)) == ["payouts"]
    assert "division by zero" in caplog.text


def test_a_job_is_settled_once_a_sweep_however_many_tasks_wait(world, monkeypatch):
    job = world.published(images=4, overlap=1)
    for _ in range(4):
        world.answer(job, world.wei)
    settled = []
    monkeypatch.setattr("marketplace.sweeping.settling.settle", lambda *, job_id, now: settled.append(job_id))

    sweep(now=world.now)
    assert settled == [job.pk]


def test_pictures_whose_bell_nobody_heard_are_prepared_and_fresh_ones_left_to_their_bell(world):
    job = world.job(images=1)

    sweep(now=timezone.now())
    before = job.tasks.get().image.state
    sweep(now=timezone.now() + timedelta(minutes=3))

    assert (before, job.tasks.get().image.state) == ("checked", "ready")


def test_deadlines_are_kept_without_anybody_asking(world):
    aged = world.answer(world.published(images=1), world.wanda, CAN)
    refused = world.rejected()
    found = contest(world, refused)
    job = world.published(images=1)
    three_answers(world, job)
    Task.objects.filter(job=job).update(answered_at=world.now - timedelta(hours=73))

    assert sweep(now=world.later(days=7)) == []
    found.refresh_from_db()
    assert found.state == "upheld"
    assert set(Assignment.objects.filter(job=job).values_list("state", flat=True)) <= {"accepted", "rejected"}
    tidy(now=world.later(days=14))
    aged.refresh_from_db()
    assert aged.state == "accepted"
    assert audit() == []


def test_what_settling_cannot_judge_is_paid_by_its_deadline(world, monkeypatch):
    job = world.published(images=1)
    three_answers(world, job)
    monkeypatch.setattr("marketplace.settling.settle", lambda **_: 0)

    sweep(now=world.later(hours=71))
    assert set(Assignment.objects.values_list("state", flat=True)) == {"submitted"}
    sweep(now=world.later(hours=2))
    assert set(Assignment.objects.values_list("state", flat=True)) == {"accepted"}
    assert audit() == []
