"""Which place a worker is given, how far the statements look for it, and what they remember."""

from __future__ import annotations

import json
import threading
import time

import pytest
from django.db import connection, transaction
from django.db.models import F

from marketplace.assigning import claim, parameters, take
from marketplace.closing import close
from marketplace.enrolling import enrol
from marketplace.errors import Conflict
from marketplace.leases import expire, give_back, renew, skip
from marketplace.models import Assignment, Enrolment, Job, Place, Task, WorkEvent
from marketplace.picking import CLAIM, LOOK_EVERYWHERE, PROBED, PROMOTE, RESERVE, WRITTEN_EVERY
from marketplace.posting import pause
from marketplace.submitting import submit
from tests.marketplace.test_assigning import together
from tests.world import World

EMPTY = {"schema": 1, "shapes": [], "empty": True}


def numbered(job):
    """The job with turns from 1 on, whatever turns were given before."""
    for turn, place in enumerate(Place.objects.filter(job=job).order_by("position"), 1):
        Place.objects.filter(pk=place.pk).update(position=turn)
    return job


def task_of(handout):
    return handout and Assignment.objects.get(pk=handout.assignment_id).task.position


def taken(world, job, worker=None):
    """The image of the job, counted from 1, that the worker is given now; None for none."""
    return task_of(claim(job=Job.objects.get(pk=job.pk), worker=worker or world.wei, now=world.now))


def answered(world, worker=None, **more):
    """The worker answers what they hold; what they are handed next."""
    mine = Assignment.objects.get(worker=worker or world.wei, state="claimed")
    more = {"want_next": True, "now": world.now, **more}
    return submit(assignment_id=mine.pk, worker=worker or world.wei, payload=EMPTY, **more)


def passed(job, worker, images):
    """As if the worker had passed on these images."""
    Assignment.objects.bulk_create(
        Assignment(
            place=task.places.first(), task=task, job=job, worker=worker, state="skipped", instructions_version=1,
            lease_expires_at=job.published_at, claimed_at=job.published_at,
        )
        for task in Task.objects.filter(job=job, position__in=images)
    )  # fmt: skip


def places_read(world, job, statement, worker=None):
    """How many rows of places a statement touches, by its own account; what it did is undone."""
    worker = worker or world.wei
    cursors = Enrolment.objects.values_list("cursor", "cursor_first").get(job=job, worker=worker)
    params = parameters(job=job, worker=worker, cursors=cursors, now=world.now)
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT before_looking")
        # The plan of a large job: a table of a page is read whole, if it was analysed while it was empty.
        for way in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement.sql}", params)
        plan = cursor.fetchone()[0]
        cursor.execute("ROLLBACK TO SAVEPOINT before_looking")

    def rows(node):
        mine = 0
        if node.get("Relation Name") == "marketplace_place" and node["Node Type"] != "ModifyTable":
            mine = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        return mine + sum(rows(inner) for inner in node.get("Plans", []))

    return rows((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])


def mark(worker):
    return Enrolment.objects.get(worker=worker).exhausted_to


# --- the order ------------------------------------------------------------------------------------------------------


def test_tasks_already_begun_are_handed_out_before_new_ones(world):
    job = world.published(images=2)

    first = world.answer(job, world.wei)
    second = world.answer(job, world.wanda)

    assert first.task_id == second.task_id


def test_reopened_and_extra_places_are_handed_out_first(world):
    job = world.published(images=3, overlap=1)
    Place.objects.filter(task__position=3).update(lane=1)

    assert [taken(world, job), task_of(answered(world).next), task_of(answered(world).next)] == [3, 1, 2]


def test_a_claim_looks_at_a_bounded_number_of_the_first_places_and_passes_over_them(world):
    job = numbered(world.published(images=50, overlap=1))
    Place.objects.filter(task__position__lte=40).update(lane=1)
    passed(job, world.wei, range(1, 41))
    enrol(job=job, worker=world.wei, now=world.now)

    assert places_read(world, job, CLAIM) <= 2 * PROBED + 5
    assert taken(world, job) == 41
    assert Assignment.objects.get(state="claimed").cursor_first == PROBED
    assert task_of(answered(world, want_ahead=False).next) == 42
    assert Assignment.objects.get(state="claimed").cursor_first == 2 * PROBED


def test_a_place_beyond_all_that_is_looked_at_first_is_found_when_nothing_else_is_left(world):
    job = numbered(world.published(images=40, overlap=1))
    Place.objects.update(lane=1)
    passed(job, world.wei, range(1, 40))

    assert taken(world, job) == 40
    assert Assignment.objects.get(state="claimed").cursor_first == 40


# --- the cursors ----------------------------------------------------------------------------------------------------


def test_the_exact_cursor_travels_on_the_assignments_and_the_enrolments_is_written_now_and_then(world):
    job = numbered(world.published(images=3, overlap=1))
    for image, turn in ((2, WRITTEN_EVERY), (3, WRITTEN_EVERY + 1)):
        Place.objects.filter(task__position=image).update(position=turn)

    assert taken(world, job) == 1
    seen = [(Assignment.objects.get(state="claimed").cursor, Enrolment.objects.get().cursor)]
    for _ in range(2):
        assert answered(world, want_ahead=False).next
        seen.append((Assignment.objects.get(state="claimed").cursor, Enrolment.objects.get().cursor))

    assert seen == [(1, 0), (WRITTEN_EVERY, 0), (WRITTEN_EVERY + 1, WRITTEN_EVERY + 1)]


def test_a_claim_reads_the_same_few_places_however_many_its_worker_has_answered(world):
    job = numbered(world.published(images=60, overlap=2))
    for worker in (world.wei, world.wanda):
        enrol(job=job, worker=worker, now=world.now)
    passed(job, world.wei, range(1, 51))
    Enrolment.objects.filter(worker=world.wei).update(cursor=100)

    assert places_read(world, job, CLAIM) <= places_read(world, job, CLAIM, world.wanda) <= 5


def test_what_lies_behind_the_cursor_is_found_when_nothing_lies_ahead(world):
    job = numbered(world.published(images=3, overlap=2))
    enrol(job=job, worker=world.wei, now=world.now)
    Enrolment.objects.update(cursor=6)

    assert taken(world, job) == 1


@pytest.mark.parametrize("way", ["gives it back", "lets it run out", "is overtaken"])
def test_the_other_places_of_a_task_that_its_worker_lost_are_open_to_them_again(world, way):
    job = world.published(images=1, overlap=3)
    mine = claim(job=job, worker=world.wei, now=world.now)
    Enrolment.objects.update(exhausted_to=10**9, cursor=10**9)
    if way == "gives it back":
        give_back(assignment_id=mine.assignment_id, worker=world.wei, now=world.now)
    elif way == "lets it run out":
        expire(now=world.later(hours=1))
    else:
        Place.objects.filter(state="open").update(position=10**9 + 1)
        for worker in (world.wanda, world.worker("Walt")):
            world.answer(job, worker)
        assert taken(world, job, world.worker("Willa")) is None
        world.later(hours=1)
        assert taken(world, job, world.worker("Wim")) == 1
        assert Assignment.objects.get(pk=mine.assignment_id).state == "expired"
        assert mark(world.wei) == 0
        return

    assert mark(world.wei) == 0
    assert taken(world, job) == 1


@pytest.mark.django_db(transaction=True)
def test_a_place_that_was_passed_over_in_somebodys_hands_and_came_back_is_found_at_the_end():
    world = World()
    job = world.published(images=2, overlap=1)
    enrol(job=job, worker=world.wei, now=world.now)
    held, asked = threading.Event(), threading.Event()

    def act(n):
        if n:
            held.wait(10)
            first = taken(world, job)
            asked.set()
            return first
        with transaction.atomic():
            Place.objects.select_for_update().get(task__position=1)
            held.set()
            return asked.wait(10)

    assert together(2, act) == [True, 2]
    assert task_of(answered(world).next) == 1


@pytest.mark.django_db(transaction=True)
def test_whoever_finds_the_last_place_in_somebodys_hands_waits_and_gets_it_when_it_comes_back():
    world = World()
    job = world.published(images=1, overlap=1)
    enrol(job=job, worker=world.wei, now=world.now)
    held = threading.Event()

    def act(n):
        if n:
            held.wait(10)
            return taken(world, job)
        with transaction.atomic():
            Place.objects.select_for_update().get()
            Place.objects.update(state="taken")
            held.set()
            time.sleep(0.1)
            transaction.set_rollback(True)
        return None

    assert together(2, act) == [None, 1]


# --- exhausted ------------------------------------------------------------------------------------------------------


def exhausted(world, images=30):
    """A job with open places, none of them for Wei, who has looked at all of them."""
    job = world.published(images=images, overlap=1)
    passed(job, world.wei, range(1, images + 1))
    assert taken(world, job) is None
    return job


def test_a_look_that_found_nothing_is_remembered_and_not_made_again(world):
    job = world.published(images=30, overlap=1)
    passed(job, world.wei, range(1, 31))
    enrol(job=job, worker=world.wei, now=world.now)

    assert places_read(world, job, LOOK_EVERYWHERE) >= 30
    assert taken(world, job) is None
    assert mark(world.wei) == max(Place.objects.values_list("position", flat=True))
    # The two ends of the hand-out, and nothing between.
    assert places_read(world, job, LOOK_EVERYWHERE) <= 2
    assert places_read(world, job, CLAIM) == 0


def test_a_newer_place_is_found_by_who_had_seen_everything(world):
    job = exhausted(world)
    handout = claim(job=job, worker=world.wanda, now=world.now)
    Assignment.objects.filter(worker=world.wei, task__position=1).delete()

    give_back(assignment_id=handout.assignment_id, worker=world.wanda, now=world.now)

    assert taken(world, job) == 1


def test_nothing_is_remembered_of_a_look_that_was_not_allowed(world):
    job = world.published(images=3, overlap=2, limits={"answers_per_day": 1})
    enrol(job=job, worker=world.wei, now=world.now)
    for fields in ({"answers_on": world.now.date(), "answers_today": 1}, {"state": "paused"}, {"state": "blocked"}):
        with transaction.atomic():
            Enrolment.objects.update(**fields)
            assert looked(world, job) is None
            assert mark(world.wei) == 0
            transaction.set_rollback(True)
    pause(job=job, now=world.now)
    assert looked(world, job) is None
    close(job=job, now=world.now)
    assert looked(world, job) is None
    assert mark(world.wei) == 0


def looked(world, job):
    """What the statements themselves give, whatever the rules before them say."""
    params = parameters(job=job, worker=world.wei, cursors=(0, 0), now=world.now)
    return take(PROMOTE, CLAIM, RESERVE, LOOK_EVERYWHERE, job=job, worker=world.wei, params=params)


# --- what others hold too long --------------------------------------------------------------------------------------


def test_a_lease_that_ran_out_goes_to_who_finds_nothing_else_without_the_sweeper(world):
    job = world.published(images=1, overlap=1)
    lost = claim(job=job, worker=world.wei, now=world.now)
    assert taken(world, job, world.wanda) is None

    world.later(seconds=job.lease_seconds + 1)

    assert taken(world, job, world.wanda) == 1
    assert Assignment.objects.get(pk=lost.assignment_id).state == "expired"
    kinds = WorkEvent.objects.filter(assignment=lost.assignment_id).values_list("kind", flat=True)
    assert sorted(kinds) == ["claimed", "taken_over"]
    assert expire(now=world.now) == 0


@pytest.mark.parametrize(("minutes", "renewed", "given"), [(14, False, None), (16, False, 2), (16, True, None)])
def test_what_is_reserved_for_somebody_idle_may_be_taken_and_from_nobody_else(world, minutes, renewed, given):
    """Idle is who let half of the 30 minutes pass without a sign."""
    job = world.published(images=2, overlap=1)
    mine = claim(job=job, worker=world.wei, now=world.now)
    Enrolment.objects.update(cursor=0)
    params = parameters(job=job, worker=world.wei, cursors=(0, 0), now=world.now)
    assert RESERVE.row(**params)[0] == "reserved"

    world.later(minutes=minutes)
    if renewed:
        renew(assignment_id=mine.assignment_id, worker=world.wei, now=world.now)

    assert taken(world, job, world.wanda) == given
    assert Assignment.objects.filter(worker=world.wei, state="claimed").exists()


def test_nobody_takes_over_a_task_they_passed_or_what_is_their_own(world):
    job = world.published(images=1, overlap=2)
    handout = claim(job=job, worker=world.wei, now=world.now)
    skip(assignment_id=handout.assignment_id, worker=world.wei, reason="", now=world.now)
    claim(job=job, worker=world.wanda, now=world.now)
    world.later(hours=1)

    assert taken(world, job) is None
    assert Assignment.objects.get(worker=world.wanda).state == "claimed"


# --- caps -----------------------------------------------------------------------------------------------------------


def test_a_day_of_answers_is_a_day_in_utc(world):
    job = world.published(images=4, overlap=1, limits={"answers_per_day": 2})
    world.later(hours=14, minutes=59)  # 23:59
    assert taken(world, job) == 1
    assert [bool(answered(world).next) for _ in range(2)] == [True, False]
    with pytest.raises(Conflict, match="2 answers a day"):
        taken(world, job)

    world.later(minutes=1)

    assert taken(world, job) == 3
    assert [bool(answered(world).next) for _ in range(2)] == [True, False]
    assert Enrolment.objects.get().answers == 4


@pytest.mark.parametrize("cap", [{"worker_cap": 3}, {"daily_cap": 3}])
def test_neither_the_next_place_nor_the_one_ahead_goes_beyond_a_cap(world, cap):
    job = world.published(images=12, overlap=1)
    Job.objects.update(**cap)
    assert taken(world, job)

    given = [answered(world) for _ in range(3)]

    assert [(bool(one.next), bool(one.ahead)) for one in given] == [(True, True), (True, False), (False, False)]
    assert Assignment.objects.filter(worker=world.wei).count() == 3
    with pytest.raises(Conflict, match="3 answers"):
        taken(world, job)


def test_what_is_reserved_is_not_shown_beyond_a_cap_that_was_lowered_meanwhile(world):
    job = world.published(images=12, overlap=1)
    taken(world, job)
    assert answered(world).ahead
    Job.objects.update(worker_cap=1)
    Enrolment.objects.update(answers=F("answers") + 1)

    assert answered(world).next is None
    assert Assignment.objects.filter(state="reserved").exists()


@pytest.mark.parametrize("state", ["paused", "blocked"])
def test_who_may_not_work_gets_nothing_with_their_answer_either(world, state):
    job = world.published(images=9, overlap=1)
    taken(world, job)
    assert answered(world).ahead
    Enrolment.objects.update(state=state)

    reply = answered(world)

    assert (reply.state, reply.next, reply.ahead) == ("submitted", None, None)
    assert looked(world, job) is None
