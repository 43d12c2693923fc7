import threading

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.enrolling import enrol
from marketplace.errors import Conflict, Forbidden
from marketplace.leases import expire, give_back, renew, skip
from marketplace.models import Assignment, Enrolment, Place
from marketplace.submitting import submit
from marketplace.turns import next_positions
from tests.marketplace.test_assigning import together, wait_for_waiting
from tests.world import World

EMPTY = {"schema": 1, "shapes": [], "empty": True}


def test_renewing_gives_the_full_time_again(world):
    handout = claim(job=world.published(images=1), worker=world.wei, now=world.now)

    world.later(minutes=20)
    ends = renew(assignment_id=handout.assignment_id, worker=world.wei, now=world.now)

    assert (ends - world.now).total_seconds() == 1800


def test_a_lease_that_ran_out_goes_to_the_next_worker_first(world):
    job = world.published(images=3, overlap=1)
    mine = claim(job=job, worker=world.wei, now=world.now)
    task = Assignment.objects.get(pk=mine.assignment_id).task_id

    assert expire(now=world.later(minutes=29)) == 0
    assert expire(now=world.later(minutes=2)) == 1

    theirs = claim(job=job, worker=world.wanda, now=world.now)
    assert Assignment.objects.get(pk=theirs.assignment_id).task_id == task
    with pytest.raises(Conflict, match="ran out"):
        renew(assignment_id=mine.assignment_id, worker=world.wei, now=world.now)


def test_a_skipped_task_never_comes_back_to_who_skipped_it(world):
    job = world.published(images=1, overlap=1)
    handout = claim(job=job, worker=world.wei, now=world.now)

    skip(assignment_id=handout.assignment_id, worker=world.wei, reason="blurred", now=world.now)

    assert claim(job=job, worker=world.wei, now=world.now) is None
    assert claim(job=job, worker=world.wanda, now=world.now)


def test_a_task_given_back_may_come_again(world):
    job = world.published(images=1, overlap=1)
    handout = claim(job=job, worker=world.wei, now=world.now)

    give_back(assignment_id=handout.assignment_id, worker=world.wei, now=world.now)

    assert claim(job=job, worker=world.wei, now=world.now).assignment_id != handout.assignment_id


def test_five_skips_in_a_row_pause_the_worker_until_they_ask_again(world):
    job = world.published(images=7, overlap=1)
    for _ in range(5):
        handout = claim(job=job, worker=world.wei, now=world.now)
        skip(assignment_id=handout.assignment_id, worker=world.wei, reason="", now=world.now)

    assert job.enrolments.get().state == "paused"
    with pytest.raises(Conflict, match="5 images in a row"):
        claim(job=job, worker=world.wei, now=world.now)

    enrol(job=job, worker=world.wei, now=world.now)
    assert job.enrolments.get().state == "ready"
    assert claim(job=job, worker=world.wei, now=world.now)


def test_all_that_ran_out_is_taken_back_a_few_in_each_transaction(world):
    job = world.published(images=1, overlap=7)
    for n in range(7):
        claim(job=job, worker=world.worker(f"Walt{n}"), now=world.now)
    world.later(hours=1)

    with CaptureQueriesContext(connection) as seen:
        assert expire(now=world.now, limit=3) == 7

    assert Place.objects.filter(state="open").count() == 7
    locked = [query["sql"] for query in seen if "SKIP LOCKED" in query["sql"]]
    assert ["LIMIT 3" in sql for sql in locked] == [True] * 3


@pytest.mark.parametrize("leave", [skip, give_back])
def test_what_is_not_held_cannot_be_left(world, leave):
    job = world.published(images=1, overlap=1)
    handout = claim(job=job, worker=world.wei, now=world.now)
    more = {"reason": "x"} if leave is skip else {}

    with pytest.raises(Assignment.DoesNotExist):
        leave(assignment_id=handout.assignment_id, worker=world.wanda, now=world.now, **more)
    leave(assignment_id=handout.assignment_id, worker=world.wei, now=world.now, **more)
    with pytest.raises(Conflict):
        leave(assignment_id=handout.assignment_id, worker=world.wei, now=world.now, **more)
    assert Place.objects.get().state == "open"


def test_a_blocked_worker_is_told_so(world):
    job = world.published(images=1)
    enrol(job=job, worker=world.wei, now=world.now)
    job.enrolments.update(state="blocked")

    with pytest.raises(Forbidden, match="cannot work on this job"):
        claim(job=job, worker=world.wei, now=world.now)


def leaving(world, handout, way):
    more = {"reason": "blurred"} if way is skip else {}
    return way(assignment_id=handout.assignment_id, worker=world.wei, now=world.now, **more)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", [skip, give_back])
def test_leaving_a_task_while_the_sweeper_ends_what_is_reserved_ahead_is_no_circle(way):
    """The sweeper locks what ran out, marks its worker, then draws turns; whoever leaves a task keeps to that order."""
    world = World()
    job = world.published(images=9, overlap=1)
    first = claim(job=job, worker=world.wei, now=world.now)
    mine = submit(
        assignment_id=first.assignment_id, worker=world.wei, payload=EMPTY, want_next=True, now=world.now
    ).next
    Enrolment.objects.update(skips_in_a_row=4, exhausted_to=1)
    locked = threading.Event()

    def act(n):
        if n:
            locked.wait(10)
            return leaving(world, mine, way)
        with transaction.atomic():
            reserved = Assignment.objects.select_for_update().get(state="reserved")
            locked.set()
            wait_for_waiting(1)
            Enrolment.objects.update(exhausted_to=0)
            next_positions(job_id=job.pk, count=1)
        return reserved.state

    assert together(2, act) == ["reserved", None]
    assert not Assignment.objects.filter(state__in=["reserved", "claimed"]).exists()
    assert audit() == []
