import pytest
from django.db.models import ProtectedError

from annotation.models import Image
from billing import ledger
from billing.wallets import wallet_of
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.closing import close, finish_closing
from marketplace.drafting import delete_draft
from marketplace.errors import Conflict
from marketplace.leases import expire, give_back
from marketplace.models import Assignment, Job, Place, Task
from marketplace.posting import make_places, publish
from marketplace.settling import finalise_rejections
from marketplace.submitting import submit
from marketplace.uploading import remove_image
from tests.marketplace.test_assigning import together
from tests.world import World

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


def test_a_requester_cannot_be_rid_of_answers_they_have_not_paid(world):
    """F2: neither by closing the job, nor by deleting it or its images, nor by saying nothing."""
    job = world.published(images=1)
    given = world.answer(job, world.wei, CAN)
    with pytest.raises(Conflict):
        delete_draft(job=job)
    with pytest.raises(Conflict):
        remove_image(job=job, task_id=given.task_id)
    with pytest.raises(ProtectedError):
        job.delete()
    close(job=job, now=world.now)
    world.settled(job)

    given.refresh_from_db()
    assert (given.state, given.earned) == ("accepted", 50_000)
    assert audit() == []


def test_closing_twice_is_refused(world):
    job = world.published(images=1)
    close(job=job, now=world.now)

    with pytest.raises(Conflict, match="cannot be closed"):
        close(job=job, now=world.now)


def test_a_job_that_is_still_publishing_can_be_closed(world, monkeypatch):
    monkeypatch.setattr("marketplace.posting.CHUNK", 3)
    job = world.job(images=3)
    world.fund(world.rita, "1.00")
    publish(job=job, now=world.now)
    Image.objects.update(state="ready", digest="0" * 64)
    assert make_places(job_id=job.pk, now=world.now, at_most=1) == 3

    close(job=job, now=world.now)

    assert wallet(world) == 1_000_000
    assert make_places(job_id=job.pk, now=world.now) == 0
    assert finish_closing(job_id=job.pk, now=world.now)
    assert set(Task.objects.values_list("state", flat=True)) == {"cancelled"}
    assert audit() == []


def test_a_large_job_is_withdrawn_chunk_by_chunk_and_every_cent_returns(world, monkeypatch):
    monkeypatch.setattr("marketplace.closing.TASKS_A_CHUNK", 2)
    job = world.published(images=5, overlap=1)
    held = claim(job=job, worker=world.wei, now=world.now)

    close(job=job, now=world.now)
    assert Place.objects.filter(state="cancelled").count() == 2
    assert not finish_closing(job_id=job.pk, now=world.now)
    assert Place.objects.filter(state="cancelled").count() == 4

    give_back(assignment_id=held.assignment_id, worker=world.wei, now=world.now)
    assert finish_closing(job_id=job.pk, now=world.now)
    assert wallet(world) == 100_000_000
    assert audit() == []


def test_a_draft_cannot_be_closed(world):
    with pytest.raises(Conflict, match="cannot be closed"):
        close(job=world.job(images=1), now=world.now)


def test_a_job_that_is_gone_needs_no_closing(world):
    assert not finish_closing(job_id=0, now=world.now)


@pytest.mark.django_db(transaction=True)
def test_closing_while_workers_claim_submit_and_leave_loses_no_money():
    world = World()
    job = world.published(images=6, overlap=2, funds="5.00")
    workers = [world.worker(f"Walt{n}") for n in range(7)]
    payload = {"shapes": [{"type": "box", "label": "can", "bbox": [10, 10, 30, 30]}]}

    def act(n):
        if n == 7:
            return close(job=job, now=world.now)
        for turn in range(4):
            try:
                mine = claim(job=Job.objects.get(), worker=workers[n], now=world.now)
                if mine is None:
                    return None
                if (n + turn) % 3:
                    submit(
                        assignment_id=mine.assignment_id, worker=workers[n], payload=payload, want_next=True,
                        now=world.now,
                    )  # fmt: skip
                else:
                    give_back(assignment_id=mine.assignment_id, worker=workers[n], now=world.now)
            except Conflict:
                return None
        return None

    assert not [fault for fault in together(8, act) if isinstance(fault, Exception)]
    expire(now=world.later(hours=1))
    world.settled(job)
    finalise_rejections(job_id=job.pk, now=world.later(days=8))
    assert finish_closing(job_id=job.pk, now=world.now)
    assert wallet(world) == 5_000_000 - 60_000 * Assignment.objects.filter(state="accepted").count()
    assert audit() == []
