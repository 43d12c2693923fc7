"""The place after the next one, reserved so that its picture is there before it is asked for."""

import pytest
from django.db import IntegrityError, transaction

from marketplace import lookahead
from marketplace.assigning import claim, parameters, take_ahead
from marketplace.auditing import audit
from marketplace.closing import close
from marketplace.leases import give_back, renew, skip
from marketplace.models import Assignment, Enrolment, Place, User
from marketplace.picking import RESERVE
from marketplace.posting import pause
from marketplace.submitting import submit
from tests.marketplace.test_assigning import together
from tests.world import World

EMPTY = {"schema": 1, "shapes": [], "empty": True}


def answer(world, handout, **more):
    more = {"want_next": True, "now": world.now, **more}
    return submit(assignment_id=handout.assignment_id, worker=world.wei, payload=EMPTY, **more)


def ahead_of(world, **job):
    """Wei's reply to a first answer in a job with work enough: the next place and the one ahead of it."""
    job = world.published(**{"images": 9, "overlap": 1, **job})
    reply = answer(world, claim(job=job, worker=world.wei, now=world.now))
    assert reply.ahead, "there is work enough to look ahead"
    return job, reply


def state_of(handout):
    return Assignment.objects.get(pk=handout.assignment_id).state


def test_an_answer_reserves_the_place_after_the_next_and_the_next_answer_shows_it(world):
    _, reply = ahead_of(world)
    assert (state_of(reply.next), state_of(reply.ahead)) == ("claimed", "reserved")
    assert Assignment.objects.get(state="reserved").shown_at is None

    world.later(minutes=1)
    after = answer(world, reply.next)

    assert after.next.assignment_id == reply.ahead.assignment_id
    shown = Assignment.objects.get(pk=reply.ahead.assignment_id)
    assert (shown.state, shown.claimed_at, shown.shown_at) == ("claimed", world.now, world.now)
    assert (after.next.lease_expires_at - world.now).total_seconds() == 1800
    assert state_of(after.ahead) == "reserved"
    assert len({one.image_id for one in (reply.next, after.next, after.ahead)}) == 3


def test_whoever_skips_is_shown_what_was_reserved(world):
    job, reply = ahead_of(world)
    skip(assignment_id=reply.next.assignment_id, worker=world.wei, reason="blurred", now=world.now)

    assert claim(job=job, worker=world.wei, now=world.now).assignment_id == reply.ahead.assignment_id


def test_the_fifth_skip_in_a_row_gives_back_what_was_reserved(world):
    _, reply = ahead_of(world)
    Enrolment.objects.update(skips_in_a_row=4)
    skip(assignment_id=reply.next.assignment_id, worker=world.wei, reason="", now=world.now)

    assert state_of(reply.ahead) == "given_back"
    assert audit() == []


def test_giving_back_gives_back_both(world):
    _, reply = ahead_of(world)
    give_back(assignment_id=reply.next.assignment_id, worker=world.wei, now=world.now)

    assert (state_of(reply.next), state_of(reply.ahead)) == ("given_back", "given_back")
    assert Place.objects.filter(state="taken").count() == 1, "that of the answer"


def test_pausing_a_job_gives_back_what_was_shown_to_nobody_and_closing_it_cancels_that(world):
    for ended, state in ((pause, "given_back"), (close, "cancelled")):
        job, reply = ahead_of(world)
        ended(job=job, now=world.now)

        assert (state_of(reply.next), state_of(reply.ahead)) == ("claimed", state)
        assert (answer(world, reply.next).next, audit()) == (None, [])


def test_what_is_reserved_lives_as_long_as_what_is_held(world):
    _, reply = ahead_of(world)
    ends = renew(assignment_id=reply.next.assignment_id, worker=world.wei, now=world.later(minutes=11))

    assert set(Assignment.objects.filter(state__in=Assignment.LIVE).values_list("lease_expires_at", flat=True)) == {
        ends
    }


def test_nothing_is_reserved_for_who_does_without(world):
    job = world.published(images=9, overlap=1)
    first = claim(job=job, worker=world.wei, now=world.now)

    assert answer(world, first, want_ahead=False).ahead is None
    assert not Assignment.objects.filter(state="reserved").exists()


def test_what_was_reserved_is_shown_also_to_who_does_without_by_now(world):
    _, reply = ahead_of(world)

    after = answer(world, reply.next, want_ahead=False)

    assert (after.next.assignment_id, after.ahead) == (reply.ahead.assignment_id, None)


def test_an_answer_that_asks_for_nothing_leaves_what_is_reserved_for_the_next_claim(world):
    job, reply = ahead_of(world)
    assert answer(world, reply.next, want_next=False).next is None
    assert state_of(reply.ahead) == "reserved"

    assert claim(job=job, worker=world.wei, now=world.now).assignment_id == reply.ahead.assignment_id


@pytest.mark.parametrize(("places", "workers", "enough"), [(0, 0, False), (1, 0, True), (4, 2, True), (3, 2, False)])
def test_there_is_plenty_with_twice_as_many_open_places_as_workers(world, places, workers, enough):
    job = world.published(images=1, overlap=places + workers) if places + workers else world.job(images=1)
    for n in range(workers):
        claim(job=job, worker=world.worker(f"Walt{n}"), now=world.now)

    assert lookahead.plenty(job_id=job.pk) is enough


def test_the_count_is_remembered_for_a_moment(world, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr(lookahead.time, "monotonic", lambda: clock[0])
    job = world.published(images=1, overlap=2)
    assert lookahead.plenty(job_id=job.pk)
    Place.objects.update(state="taken")

    clock[0] += lookahead.SECONDS - 0.1
    assert lookahead.plenty(job_id=job.pk)
    clock[0] += 0.2
    assert not lookahead.plenty(job_id=job.pk)


def test_what_is_remembered_of_many_jobs_does_not_grow_for_ever(world, monkeypatch):
    monkeypatch.setattr(lookahead, "_known", dict.fromkeys(range(-10_001, 0), (0.0, True)))

    lookahead.plenty(job_id=world.job(images=0).pk)

    assert len(lookahead._known) == 1


def test_near_the_end_of_a_job_nothing_is_kept_from_others(world):
    job = world.published(images=3, overlap=1)
    first = claim(job=job, worker=world.wei, now=world.now)
    claim(job=job, worker=world.wanda, now=world.now)

    reply = answer(world, first)

    assert reply.next
    assert reply.ahead is None


def test_one_worker_has_one_place_reserved_in_a_job_by_a_rule_of_the_database(world):
    job, _ = ahead_of(world)
    other = Place.objects.filter(state="open").first()

    with pytest.raises(IntegrityError, match="assignment_one_claimed_one_reserved"), transaction.atomic():
        Assignment.objects.create(
            place=other, task=other.task, job=job, worker=world.wei, state="reserved", instructions_version=1,
            lease_expires_at=world.now, claimed_at=world.now,
        )  # fmt: skip
    params = parameters(job=job, worker=world.wei, cursors=(0, 0), now=world.now)
    assert take_ahead(job=job, worker=world.wei, params=params) is None, "what the worker holds is not ahead of itself"


def test_a_place_is_never_reserved_in_a_task_that_is_on_the_workers_desk(world):
    job = world.published(images=2, overlap=5)
    first = claim(job=job, worker=world.wei, now=world.now)
    reply = answer(world, first)

    assert reply.next.image_id != first.image_id
    assert reply.ahead is None
    params = parameters(job=job, worker=world.wei, cursors=(0, 0), now=world.now)
    assert RESERVE.row(**params) is None


@pytest.mark.django_db(transaction=True)
def test_the_same_answer_ten_times_at_once_is_one_annotation_one_next_place_and_one_ahead():
    world = World()
    job = world.published(images=40, overlap=1)
    handout = claim(job=job, worker=world.wei, now=world.now)
    wei = User.objects.get(pk=world.wei.pk)

    replies = together(10, lambda n: answer(world, handout))

    assert {getattr(reply, "state", reply) for reply in replies} == {"submitted"}
    assert len({reply.next.assignment_id for reply in replies}) == 1
    assert Assignment.objects.filter(worker=wei, state="reserved").count() == 1
    ahead = {reply.ahead.assignment_id for reply in replies if reply.ahead}
    assert ahead == {Assignment.objects.get(state="reserved").pk}
    assert audit() == []
