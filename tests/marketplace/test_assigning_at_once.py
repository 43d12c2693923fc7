"""Many at one job, each on a connection of their own: what the hand-out promises at any load."""

import threading
import time

import pytest
from django.db import transaction

from marketplace.assigning import claim, claim_at, parameters
from marketplace.auditing import audit
from marketplace.closing import close
from marketplace.enrolling import enrol
from marketplace.errors import Conflict
from marketplace.handouts import desk_of
from marketplace.leases import expire, give_back
from marketplace.models import Assignment, Enrolment, Job, Place, Task, WorkEvent
from marketplace.picking import LOOK_EVERYWHERE
from marketplace.posting import pause, resume
from marketplace.submitting import submit
from tests.marketplace.test_assigning import together, wait_for_waiting
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)
EMPTY = {"schema": 1, "shapes": [], "empty": True}
CLIENTS = 16


def crowd(world, count=CLIENTS):
    return [world.worker(f"Walt{n}") for n in range(count)]


def held_a_while(job, worker, world):
    """A claim whose transaction stays open for 5 ms, as that of a request with an Idempotency-Key does."""
    with transaction.atomic():
        handout = claim(job=job, worker=worker, now=world.now)
        time.sleep(0.005)
    return handout


def answer(world, handout, worker, **more):
    more = {"want_next": False, "now": world.now, **more}
    return submit(assignment_id=handout.assignment_id, worker=worker, payload=EMPTY, **more)


def eligible(job, worker):
    """Open places of tasks that the worker has not had."""
    return Place.objects.filter(job=job, state="open").exclude(task__assignments__worker=worker)


@pytest.mark.parametrize("wants_next", [False, True])
def test_nobody_is_told_that_nothing_is_left_while_there_is_work_for_them(wants_next):
    world = World()
    job = world.published(images=4, overlap=5)
    workers = crowd(world)
    wrongly_told = []

    def act(n):
        given, handout = 0, held_a_while(job, workers[n], world)
        while handout:
            given += 1
            reply = answer(world, handout, workers[n], want_next=wants_next)
            handout = reply.next if wants_next else held_a_while(job, workers[n], world)
        # Nothing comes back in this job, so what is open now was open then.
        wrongly_told.extend(eligible(job, workers[n]))
        return given

    given = together(CLIENTS, act)

    assert wrongly_told == []
    assert sum(given) == 20
    assert set(Task.objects.values_list("answers", flat=True)) == {5}
    assert audit() == []


def restless(world, job, worker, stopped):
    """Answer once, then claim and give back, until the job hands out nothing."""
    answered = False
    while True:
        last = stopped.is_set()
        try:
            handout = claim(job=Job.objects.get(pk=job.pk), worker=worker, now=world.now)
            if handout and not answered:
                answered = True
                with transaction.atomic():
                    handout = answer(world, handout, worker, want_next=True).next
                    time.sleep(0.001)
            if handout:
                give_back(assignment_id=handout.assignment_id, worker=worker, now=world.now)
        except Conflict:
            return
        if last:
            return


def handed_out(job):
    """All that was ever handed out, as anybody can see it by now."""
    shown = WorkEvent.objects.filter(job=job.pk, kind__in=["claimed", "reserved", "taken_over"])
    return set(shown.values_list("pk", flat=True))


def wait_until(true):
    until = time.monotonic() + 10
    while not true():
        assert time.monotonic() < until
        time.sleep(0.002)


def handed_out_after(end, world, job, workers):
    """What sixteen who claim all the time were handed once `end` had returned."""
    stopped, began, before = threading.Event(), len(handed_out(job)), set()

    def act(n):
        if n < CLIENTS:
            return restless(world, job, workers[n], stopped)
        wait_until(lambda: len(handed_out(job)) > began + CLIENTS)
        end(job=job, now=world.now)
        before.update(handed_out(job))
        return stopped.set()

    assert together(CLIENTS + 1, act) == [None] * (CLIENTS + 1)
    assert not Assignment.objects.filter(job=job, state="reserved").exists()
    return handed_out(job) - before


def test_nothing_is_handed_out_once_a_job_is_paused_while_sixteen_claim():
    world = World()
    workers = crowd(world)
    job = world.published(images=24, overlap=CLIENTS)
    for _ in range(20):  # each time everybody answers once
        assert handed_out_after(pause, world, job, workers) == set()
        resume(job=job, now=world.now)
    assert audit() == []


def test_nothing_is_handed_out_once_a_job_is_closed_while_sixteen_claim_and_what_is_held_is_taken():
    world = World()
    workers = crowd(world)
    for n in range(5):
        job = world.published(images=3, overlap=CLIENTS, title=f"Shelf {n}")
        kept = claim(job=job, worker=world.wei, now=world.now)
        assert handed_out_after(close, world, job, workers) == set()
        assert answer(world, kept, world.wei, want_next=True).next is None
    assert audit() == []


def at_work_on_the_second_task(world, monkeypatch):
    """A job of which closing withdraws the first task at once, and Wei, whose next place is of the second.

    So no lock on a row makes the two meet, only that on the hand-out.
    """
    monkeypatch.setattr("marketplace.closing.TASKS_A_CHUNK", 1)
    job = world.published(images=2, overlap=1)
    first = Place.objects.get(task__position=1)
    enrol(job=job, worker=world.wei, now=world.now)
    Enrolment.objects.update(cursor=first.position)
    return job


@pytest.mark.parametrize("end", [pause, close])
def test_whoever_pauses_or_closes_a_job_waits_for_the_claims_under_way(end, monkeypatch):
    world = World()
    job = at_work_on_the_second_task(world, monkeypatch)
    claimed = threading.Event()

    def act(n):
        if n:
            claimed.wait(10)
            end(job=job, now=world.now)
            return Assignment.objects.filter(state="claimed").count()
        with transaction.atomic():
            assert claim(job=job, worker=world.wei, now=world.now)
            claimed.set()
            wait_for_waiting(1)
        return "claimed"

    assert together(2, act) == ["claimed", 1]


@pytest.mark.parametrize("end", [pause, close])
def test_a_claim_waits_for_whoever_is_pausing_or_closing_and_hears_what_became_of_the_job(end, monkeypatch):
    world = World()
    job = at_work_on_the_second_task(world, monkeypatch)
    desk = desk_of(job_id=job.pk, worker=world.wei, now=world.now)
    ended = threading.Event()

    def act(n):
        if n:
            ended.wait(10)
            return claim_at(desk=desk, now=world.now)
        with transaction.atomic():
            end(job=job, now=world.now)
            ended.set()
            wait_for_waiting(1)
        return "ended"

    said, refused = together(2, act)
    assert said == "ended"
    assert getattr(refused, "reason", refused) == "job_not_open"
    assert not Assignment.objects.exists()


def test_a_look_under_way_while_its_worker_loses_a_task_does_not_hide_that_task_from_them():
    """The look has passed over the task as theirs; it waits for a place in somebody's hands when the lease ends."""
    world = World()
    job = world.published(images=2, overlap=2)
    assert claim(job=job, worker=world.wei, now=world.now)
    params = parameters(job=job, worker=world.wei, cursors=(0, 0), now=world.now)
    later, held, ended = world.later(hours=1), threading.Event(), threading.Event()

    def act(n):
        if n == 0:
            with transaction.atomic():
                assert Place.objects.filter(task__position=2).update(state="taken") == 2
                held.set()
                ended.wait(10)
            return None
        if n == 1:
            held.wait(10)
            return LOOK_EVERYWHERE.row(**params)
        wait_for_waiting(1)
        expire(now=later)
        return ended.set()

    assert together(3, act) == [None] * 3
    theirs, mine = (claim(job=job, worker=worker, now=later) for worker in (world.wanda, world.wei))
    assert theirs.image_id == mine.image_id
