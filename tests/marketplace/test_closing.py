import pytest

from billing import ledger
from billing.wallets import wallet_of
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.closing import close, finish_closing
from marketplace.errors import Conflict
from marketplace.leases import expire
from marketplace.models import Job, Place, Task
from marketplace.settling import finalise_rejections
from marketplace.submitting import submit

CAN = ("can", [10, 10, 30, 30])


def wallet(world):
    return ledger.balance(account_id=wallet_of(owner=world.rita).pk)


def test_closing_an_untouched_job_returns_everything(world):
    job = world.published(images=2, overlap={"min": 2, "max": 3}, funds="1.00")

    close(job=job, now=world.now)

    assert wallet(world) == 1_000_000
    assert finish_closing(job_id=job.pk, now=world.now)
    assert set(Task.objects.values_list("state", flat=True)) == {"cancelled"}
    assert audit() == []


def test_work_already_held_is_taken_judged_and_paid_after_closing(world):
    job = world.published(images=1, funds="1.00")
    world.answer(job, world.wei, CAN)
    mine = claim(job=job, worker=world.wanda, now=world.now)

    close(job=job, now=world.now)
    assert not finish_closing(job_id=job.pk, now=world.now)
    payload = {"shapes": [{"type": "box", "label": "can", "bbox": [10, 10, 30, 30]}]}
    submit(assignment_id=mine.assignment_id, worker=world.wanda, payload=payload, want_next=True, now=world.now)
    assert world.settled(job) == 1

    assert finish_closing(job_id=job.pk, now=world.now)
    assert wallet(world) == 1_000_000 - 2 * 60_000
    assert audit() == []


def test_nothing_is_handed_out_after_closing(world):
    job = world.published(images=1)
    close(job=job, now=world.now)
    job.refresh_from_db()

    with pytest.raises(Conflict):
        claim(job=job, worker=world.wei, now=world.now)


def test_a_task_with_some_answers_is_settled_with_what_it_has(world):
    job = world.published(images=1)
    world.answer(job, world.wei, CAN)

    close(job=job, now=world.now)

    assert Task.objects.get().state == "answered"
    assert world.settled(job) == 1
    assert finish_closing(job_id=job.pk, now=world.now)
    assert audit() == []


def test_a_lease_that_runs_out_after_closing_does_not_keep_the_job_open(world):
    job = world.published(images=1, overlap=1, funds="1.00")
    claim(job=job, worker=world.wei, now=world.now)
    close(job=job, now=world.now)
    expire(now=world.later(hours=1))

    assert finish_closing(job_id=job.pk, now=world.now)
    assert wallet(world) == 1_000_000
    assert not Place.objects.exclude(state="cancelled").exists()
    assert audit() == []


def test_a_rejection_keeps_the_job_closing_until_it_is_final(world):
    job = world.published(images=1, funds="1.00")
    for worker, box in ((world.wei, CAN), (world.wanda, CAN), (world.worker("Walt"), ("bag", [70, 50, 20, 20]))):
        world.answer(job, worker, box)
    world.settled(job)
    close(job=job, now=world.now)

    assert not finish_closing(job_id=job.pk, now=world.now)
    finalise_rejections(job_id=job.pk, now=world.later(days=8))
    assert finish_closing(job_id=job.pk, now=world.now)
    assert wallet(world) == 1_000_000 - 2 * 60_000
    job.refresh_from_db()
    assert job.state == Job.State.CLOSED
    assert audit() == []


def test_closing_twice_is_refused(world):
    job = world.published(images=1)
    close(job=job, now=world.now)

    with pytest.raises(Conflict, match="cannot be closed"):
        close(job=job, now=world.now)
