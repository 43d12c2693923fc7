"""Repeats of a submission, and answers that come after their lease ran out."""

import threading
import time

import pytest
from django.db import transaction

from annotation.models import Annotation
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.closing import close
from marketplace.errors import Conflict
from marketplace.leases import expire, give_back
from marketplace.models import Assignment, Draft, Enrolment, Job, Place, Task, WorkEvent
from marketplace.workdrafts import save_draft
from tests.marketplace.test_assigning import together, wait_for_waiting
from tests.marketplace.test_submitting import ANSWER, CAN, sent
from tests.world import World


def test_a_place_that_was_given_on_refuses_the_late_answer_with_the_reason_and_keeps_the_draft(world):
    job = world.published(images=1, overlap=1)
    handout = claim(job=job, worker=world.wei, now=world.now)
    save_draft(assignment_id=handout.assignment_id, worker=world.wei, body=ANSWER, revision=0, now=world.now)
    expire(now=world.later(hours=1))
    assert claim(job=job, worker=world.wanda, now=world.now)

    with pytest.raises(Conflict, match="ran out") as lost:
        sent(world, handout)
    assert lost.value.reason == "place_given_on"
    assert Draft.objects.get().body == ANSWER


def test_a_late_answer_whose_place_is_still_free_is_taken(world):
    job = world.published(images=1, overlap=1)
    handout = claim(job=job, worker=world.wei, now=world.now)
    expire(now=world.later(hours=1))

    assert sent(world, handout).state == "submitted"
    assert (Place.objects.get().state, Task.objects.get().state) == ("taken", "answered")
    assert audit() == []


def test_a_late_answer_does_not_pass_by_the_same_workers_new_claim_of_the_task(world):
    job = world.published(images=1, overlap=2)
    late = claim(job=job, worker=world.wei, now=world.now)
    expire(now=world.later(hours=1))
    again = claim(job=job, worker=world.wei, now=world.now)
    assert again.assignment_id != late.assignment_id

    for state in ("claimed", "submitted"):
        with pytest.raises(Conflict, match="you were given it again since") as lost:
            sent(world, late)
        assert lost.value.reason == "image_given_again"
        assert sent(world, again).state == "submitted"
        assert Assignment.objects.get(pk=again.assignment_id).state == "submitted", state
    assert Task.objects.get().answers == 1
    assert audit() == []


def test_a_place_withdrawn_by_closing_takes_no_late_answer(world):
    job = world.published(images=1)
    handout = claim(job=job, worker=world.wei, now=world.now)
    expire(now=world.later(hours=1))
    close(job=job, now=world.now)

    with pytest.raises(Conflict, match="the job has ended since") as lost:
        sent(world, handout)
    assert lost.value.reason == "place_withdrawn"
    assert Annotation.objects.count() == 1
    assert audit() == []


@pytest.mark.parametrize("cap", [{"worker_cap": 1}, {"daily_cap": 1}])
@pytest.mark.parametrize("first", ["late", "asked for"])
def test_a_late_answer_leaves_the_last_of_a_cap_to_what_was_claimed_since(world, cap, first):
    job = world.published(images=2, overlap=1)
    Job.objects.update(**cap)
    late = claim(job=Job.objects.get(), worker=world.wei, now=world.now)
    expire(now=world.later(hours=1))
    Place.objects.filter(lane=1).update(lane=0)  # so that the claim takes the other image
    asked_for = claim(job=Job.objects.get(), worker=world.wei, now=world.now)
    assert asked_for.image_id != late.image_id
    if first == "asked for":
        assert sent(world, asked_for).state == "submitted"

    for _ in range(2):
        with pytest.raises(Conflict, match="all that this job takes from one person") as refused:
            sent(world, late)
    assert refused.value.reason == "late_beyond_cap"
    assert sent(world, asked_for).state == "submitted"

    assert job.enrolments.get().answers == 1
    assert Annotation.objects.count() == 2
    assert Place.objects.filter(state="open").count() == 1
    assert audit() == []


def test_a_late_answer_is_taken_while_the_cap_has_room_for_what_is_held_too(world):
    job = world.published(images=2, overlap=1)
    Job.objects.update(worker_cap=2)
    late = claim(job=Job.objects.get(), worker=world.wei, now=world.now)
    expire(now=world.later(hours=1))
    Place.objects.filter(lane=1).update(lane=0)
    asked_for = claim(job=Job.objects.get(), worker=world.wei, now=world.now)

    assert [sent(world, one).state for one in (late, asked_for)] == ["submitted", "submitted"]
    assert job.enrolments.get().answers == 2


def test_another_answer_to_the_same_image_is_refused_and_the_first_counts(world):
    handout = claim(job=world.published(images=1), worker=world.wei, now=world.now)
    sent(world, handout)

    assert sent(world, handout, payload={**ANSWER, "timing": {"elapsed_ms": 1, "active_ms": 1}}).state == "submitted"
    with pytest.raises(Conflict) as other:
        sent(world, handout, payload={"shapes": [{**CAN, "bbox": [50, 50, 20, 20]}]})
    assert other.value.reason == "already_answered"
    assert Annotation.objects.get().body["shapes"][0]["bbox"] == [10, 10, 30, 30]


def test_a_repeat_after_settling_tells_what_became_of_the_answer(world):
    job = world.published(images=1, overlap=1)
    handout = claim(job=job, worker=world.wei, now=world.now)
    sent(world, handout)
    world.settled(job)

    assert sent(world, handout, want_next=True).state == "accepted"
    assert audit() == []


def test_of_several_late_answers_to_one_lost_place_the_first_is_kept_and_noted_once(world):
    handout = claim(job=world.published(images=1, overlap=1), worker=world.wei, now=world.now)
    expire(now=world.later(hours=1))
    assert claim(job=handout.job, worker=world.wanda, now=world.now)

    for _ in range(2):
        with pytest.raises(Conflict, match="does not count"):
            sent(world, handout)
        with pytest.raises(Conflict, match="does not count"):
            sent(world, handout, payload={"shapes": [], "empty": True})

    assert len(Annotation.objects.get().body["shapes"]) == 1
    assert WorkEvent.objects.filter(kind="late").count() == 1
    assert Assignment.objects.get(worker=world.wei).state == "expired"
    assert audit() == []


@pytest.mark.parametrize(("left", "reason"), [(give_back, "assignment_given_back")])
def test_what_its_worker_left_takes_no_answer_and_keeps_the_draft(world, left, reason):
    handout = claim(job=world.published(images=1), worker=world.wei, now=world.now)
    save_draft(assignment_id=handout.assignment_id, worker=world.wei, body=ANSWER, revision=0, now=world.now)
    left(assignment_id=handout.assignment_id, worker=world.wei, now=world.now)

    with pytest.raises(Conflict) as refused:
        sent(world, handout)
    assert refused.value.reason == reason
    assert Draft.objects.exists()
    assert not Annotation.objects.exists()


def test_a_late_answer_counts_towards_the_cap_and_ends_a_row_of_skips(world):
    job = world.published(images=3, limits={"answers_per_day": 2})
    handout = claim(job=job, worker=world.wei, now=world.now)
    Enrolment.objects.update(skips_in_a_row=3)
    expire(now=world.later(hours=1))

    sent(world, handout)

    mine = Enrolment.objects.get()
    assert (mine.answers, mine.answers_today, mine.answers_on, mine.skips_in_a_row) == (1, 1, world.now.date(), 0)


@pytest.mark.django_db(transaction=True)
def test_a_late_answer_and_its_next_place_in_one_transaction_never_meet_a_closing_job_in_a_circle():
    """A request with an Idempotency-Key is one transaction: its answer holds rows when it asks for the next place."""
    world = World()
    job = world.published(images=3, overlap=2)
    handout = claim(job=job, worker=world.wei, now=world.now)
    expire(now=world.later(hours=1))
    stored = threading.Event()

    def act(n):
        if n:
            stored.wait(10)
            return close(job=job, now=world.now).state
        with transaction.atomic():
            sent(world, handout)
            stored.set()
            wait_for_waiting(1)
            return claim(job=job, worker=world.wei, now=world.now) is not None

    assert together(2, act) == [True, "closing"]
    assert audit() == []


@pytest.mark.django_db(transaction=True)
def test_a_late_answer_that_meets_its_workers_new_claim_of_the_same_task_is_refused_in_words():
    """The claim has the task, uncommitted, when the late answer looks: only the unique index knows."""
    world = World()
    job = world.published(images=1, overlap=2)
    handout = claim(job=job, worker=world.wei, now=world.now)
    expire(now=world.later(hours=1))
    # The place that ran out has the last turn, so that the claim takes the other one.
    Place.objects.exclude(assignments=handout.assignment_id).update(lane=1, position=1)
    claimed = threading.Event()

    def act(n):
        if n:
            claimed.wait(10)
            return sent(world, handout)
        with transaction.atomic():
            mine = claim(job=job, worker=world.wei, now=world.now)
            claimed.set()
            wait_for_waiting(1)
        return mine.assignment_id != handout.assignment_id

    new, late = together(2, act)
    assert new is True
    assert (type(late), getattr(late, "reason", late)) == (Conflict, "image_given_again")
    assert Task.objects.get().answers == 0
    assert audit() == []


@pytest.mark.django_db(transaction=True)
def test_late_answers_claims_and_the_sweeper_at_once_give_every_place_one_answer():
    world = World()
    job = world.published(images=4, overlap=2)
    workers = [world.worker(f"Walt{n}") for n in range(8)]
    late = [claim(job=job, worker=worker, now=world.now) for worker in workers]
    world.later(hours=1)

    def act(n):
        time.sleep(0.002 * (n % 5))
        if n >= 14:
            return expire(now=world.now, limit=3)
        try:
            if n < 8:
                return sent(world, late[n], worker=workers[n]).state
            mine = claim(job=job, worker=workers[n - 8], now=world.now)
            return mine and sent(world, mine, worker=workers[n - 8], want_next=True).state
        except Conflict as refused:
            return refused.reason

    said = together(16, act)

    assert not [fault for fault in said if isinstance(fault, Exception)]
    assert audit() == []
