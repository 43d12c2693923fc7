import threading
import time

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg.errors import DeadlockDetected

from marketplace.assigning import claim, claim_at, parameters, start, take
from marketplace.enrolling import enrol
from marketplace.errors import Conflict, Forbidden
from marketplace.handouts import desk_of
from marketplace.leases import expire
from marketplace.models import Assignment, Enrolment, Place, Task
from marketplace.posting import pause
from marketplace.sheets import sheet_of
from tests.world import World


def test_a_worker_gets_a_place_under_a_lease(world):
    job = world.published(images=2)

    handout = claim(job=job, worker=world.wei, now=world.now)

    assert (handout.lease_expires_at - world.now).total_seconds() == job.lease_seconds
    assert (handout.image_width, handout.image_height) == (120, 90)
    assert Place.objects.filter(state="taken").count() == 1


def test_claiming_again_gives_the_same_place(world):
    job = world.published(images=2)

    first, again = (claim(job=job, worker=world.wei, now=world.now) for _ in range(2))

    assert first == again
    assert Assignment.objects.count() == 1


def test_nobody_answers_a_task_twice_and_none_is_left_when_all_are_answered(world):
    job = world.published(images=2)

    tasks = [world.answer(job, world.wei).task_id for _ in range(2)]

    assert len(set(tasks)) == 2
    assert claim(job=job, worker=world.wei, now=world.now) is None


def test_nobody_works_on_their_own_job(world):
    job = world.published(images=1)
    world.rita.is_worker = True
    world.rita.save()

    with pytest.raises(Forbidden, match="own job"):
        claim(job=job, worker=world.rita, now=world.now)


def test_only_workers_work(world):
    with pytest.raises(Forbidden, match="not set up for labelling"):
        claim(job=world.published(images=1), worker=world.sam, now=world.now)


def test_a_paused_job_hands_out_nothing_but_what_is_held_stays_held(world):
    job = world.published(images=2)
    mine = claim(job=job, worker=world.wei, now=world.now)
    pause(job=job, now=world.now)
    job.refresh_from_db()

    assert claim(job=job, worker=world.wei, now=world.now) == mine
    with pytest.raises(Conflict):
        claim(job=job, worker=world.wanda, now=world.now)


@pytest.mark.parametrize("state", ["paused", "blocked"])
def test_who_gets_no_new_work_still_gets_what_they_hold_and_nothing_after_it(world, state):
    job = world.published(images=2)
    mine = claim(job=job, worker=world.wei, now=world.now)
    Enrolment.objects.update(state=state)

    assert claim(job=job, worker=world.wei, now=world.now) == mine
    assert start(job=job, worker=world.wei, now=world.now) == mine
    Enrolment.objects.update(state=state)  # coming from the job's page ended the pause
    expire(now=world.later(hours=1))
    with pytest.raises((Conflict, Forbidden)):
        claim(job=job, worker=world.wei, now=world.now)


def test_a_claim_that_finds_its_job_paused_on_the_way_says_so(world):
    job = world.published(images=2)
    enrol(job=job, worker=world.wei, now=world.now)
    desk = desk_of(job_id=job.pk, worker=world.wei, now=world.now)
    pause(job=job, now=world.now)

    with pytest.raises(Conflict) as refused:
        claim_at(desk=desk, now=world.now)
    assert (refused.value.reason, refused.value.extra) == ("job_not_open", {"state": "paused"})


def test_an_assignment_is_its_workers_alone(world):
    handout = claim(job=world.published(images=1), worker=world.wei, now=world.now)

    desks = [desk_of(job_id=handout.job.pk, worker=worker, now=world.now) for worker in (world.wei, world.wanda)]
    assert [desk.held for desk in desks] == [handout, None]
    with pytest.raises(Assignment.DoesNotExist):
        sheet_of(assignment_id=handout.assignment_id, worker=world.wanda)


def test_two_live_claims_of_one_worker_in_one_job_are_refused_by_the_database(world):
    job = world.published(images=2)
    claim(job=job, worker=world.wei, now=world.now)
    other = Place.objects.filter(state="open").exclude(task__assignments__worker=world.wei).first()

    with pytest.raises(IntegrityError, match="assignment_one_claimed"), transaction.atomic():
        Assignment.objects.create(
            place=other, task=other.task, job=job, worker=world.wei, state="claimed", instructions_version=1,
            lease_expires_at=world.now, claimed_at=world.now,
        )  # fmt: skip


def statements(seen):
    """What CaptureQueriesContext saw, without the transactions' own words."""
    return [query["sql"] for query in seen if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))]


def test_a_claim_takes_two_statements(world):
    job = world.published(images=2)
    claim(job=job, worker=world.wanda, now=world.now)
    enrol(job=job, worker=world.wei, now=world.now)

    with CaptureQueriesContext(connection) as seen:
        assert claim(job=job, worker=world.wei, now=world.now)
    assert len(statements(seen)) == 2


def together(count, call):
    """Run `call(n)` in `count` threads at once; what they returned or raised."""
    start, results = threading.Barrier(count), [None] * count

    def run(n):
        try:
            start.wait(10)
            results[n] = call(n)
        except Exception as fault:
            results[n] = fault
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[n]) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


@pytest.mark.django_db(transaction=True)
def test_eight_claims_of_one_worker_at_once_give_one_assignment():
    world = World()
    job, wei = world.published(images=5), world.wei

    handouts = together(8, lambda n: claim(job=job, worker=wei, now=world.now))

    assert {getattr(handout, "assignment_id", handout) for handout in handouts} == {Assignment.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_six_workers_at_the_last_six_places_each_get_one():
    world = World()
    job = world.published(images=2)
    workers = [world.worker(f"Walt{n}") for n in range(6)]

    handouts = together(6, lambda n: claim(job=job, worker=workers[n], now=world.now))

    assert len({getattr(handout, "assignment_id", None) for handout in handouts} - {None}) == 6
    assert not Place.objects.filter(state="open").exists()


@pytest.mark.django_db(transaction=True)
def test_whoever_waits_for_the_last_places_never_waits_in_a_circle():
    """Two cursors apart, and every open place in somebody's hands at the moment both ask."""
    world = World()
    job = world.published(images=4, overlap=1)
    middle = Place.objects.order_by("position")[1].position
    workers = [world.worker("Walt"), world.worker("Willa")]
    for worker, cursor in zip(workers, (0, middle), strict=True):
        enrol(job=job, worker=worker, now=world.now)
        Enrolment.objects.filter(worker=worker).update(cursor=cursor)

    def act(n):
        if n < 2:
            time.sleep(0.2)
            return claim(job=job, worker=workers[n], now=world.now)
        with transaction.atomic():
            list(Place.objects.select_for_update().filter(job=job))
            Place.objects.filter(job=job).update(state="taken")
            wait_for_waiting(2)
        return None

    assert together(3, act) == [None] * 3


def wait_for_waiting(count):
    """Until `count` others of this database wait for a lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    for _ in range(100):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # else a transaction sees the same picture each time
            cursor.execute(waiting)
            if cursor.fetchone()[0] >= count:
                return
        time.sleep(0.05)
    raise AssertionError(f"{count} should wait")


def test_coming_from_the_jobs_page_ends_a_pause(world):
    job = world.published(images=2)
    claim(job=job, worker=world.wei, now=world.now)
    job.enrolments.update(state="paused")

    assert start(job=job, worker=world.wei, now=world.now)
    assert job.enrolments.get().state == "ready"


@pytest.mark.django_db(transaction=True)
def test_eight_claims_of_one_worker_at_once_give_the_last_place_to_all_of_them():
    world = World()
    job = world.published(images=1, overlap=1)
    enrol(job=job, worker=world.wei, now=world.now)

    handouts = together(8, lambda n: claim(job=job, worker=world.wei, now=world.now))

    mine = Assignment.objects.get().pk
    assert [getattr(handout, "assignment_id", handout) for handout in handouts] == [mine] * 8


@pytest.mark.django_db(transaction=True)
def test_a_claim_that_meets_the_sweeper_at_its_own_lost_lease_gives_another_place():
    world = World()
    job = world.published(images=2, overlap=1)
    mine = claim(job=job, worker=world.wei, now=world.now)
    world.later(hours=1)
    locked = threading.Event()

    def act(n):
        if n:
            locked.wait(10)
            return claim(job=job, worker=world.wei, now=world.now).assignment_id != mine.assignment_id
        with transaction.atomic():
            ended = expire(now=world.now)
            locked.set()
            wait_for_waiting(1)
        return ended

    assert together(2, act) == [1, True]


@pytest.mark.django_db(transaction=True)
def test_a_claim_that_cannot_be_made_is_no_claim_that_found_nothing():
    """A circle of waiting that does not end is told as such: the worker asks again, instead of leaving the job."""
    world = World()
    job = world.published(images=1)
    params = parameters(job=job, worker=world.wei, cursors=(0, 0), now=world.now)

    with pytest.raises(OperationalError, match="deadlock"):
        take(Circle(), job=job, worker=world.wei, params=params)
    assert Circle.met == 3


class Circle:
    """A statement that always meets a circle."""

    met = 0

    def row(self, **_):
        Circle.met += 1
        raise OperationalError("deadlock detected") from DeadlockDetected()


BROKEN = {
    "assignment_state_known": (Assignment, "state = 'lost'"),
    "assignment_answered_has_annotation": (Assignment, "state = 'submitted'"),
    "assignment_accepted_means_paid": (Assignment, "earned = 1"),
    "assignment_returned_has_annotation": (Assignment, "state = 'returned'"),
    "assignment_final_only_if_rejected": (Assignment, "final_at = claimed_at"),
    "place_state_known": (Place, "state = 'answered'"),
    "place_ordinal_range": (Place, "ordinal = 51"),
    "place_held_not_negative": (Place, "held = -1"),
    "place_open_is_paid_for": (Place, "state = 'open', held = 0"),
    "place_cancelled_holds_nothing": (Place, "state = 'cancelled'"),
    "task_state_known": (Task, "state = 'taken'"),
    "task_answers_within_wanted": (Task, "answers = wanted + 1"),
}


def test_the_database_refuses_unsound_rows_and_names_the_rule(world):
    claim(job=world.published(images=1), worker=world.wei, now=world.now)
    changes = {rule: f"UPDATE {model._meta.db_table} SET {change}" for rule, (model, change) in BROKEN.items()}
    changes["work_event_kind_known"] = (
        "INSERT INTO marketplace_workevent (kind, assignment, job, task, worker, at) "
        "SELECT 'lost', assignment, job, task, worker, at FROM marketplace_workevent LIMIT 1"
    )
    for rule, sql in changes.items():
        with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)
        assert refused.value.__cause__.diag.constraint_name == rule
