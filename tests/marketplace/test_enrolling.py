from datetime import timedelta

import pytest

from marketplace.assigning import claim
from marketplace.blocking import block
from marketplace.closing import close
from marketplace.enrolling import cap_reached, enrol, may_know, obstacle, standing
from marketplace.errors import Conflict, Forbidden
from marketplace.inviting import invite, withdraw
from marketplace.models import Enrolment, Job
from marketplace.submitting import submit

EMPTY = {"schema": 1, "shapes": [], "empty": True}


def refused(job, worker, world, **key):
    with pytest.raises(Forbidden) as found:
        enrol(job=job, worker=worker, now=world.now, **key)
    return found.value.reason


def test_enrolling_twice_is_one_standing(world):
    job = world.published(images=1)

    assert enrol(job=job, worker=world.wei, now=world.now) == enrol(job=job, worker=world.wei, now=world.now)


def test_a_closed_job_takes_nobody(world):
    job = close(job=world.published(images=1), now=world.now)

    with pytest.raises(Conflict, match="no new workers"):
        enrol(job=job, worker=world.wei, now=world.now)


def test_a_requester_who_also_works_cannot_enter_their_own_job(world):
    job = world.published(images=1, visibility="link")
    world.rita.is_worker = True

    assert refused(job, world.rita, world, key=job.invite_key) == "own_job"
    assert obstacle(job=job, worker=world.rita, now=world.now)


def test_who_does_not_label_is_told_how_to_begin(world):
    assert refused(world.published(images=1), world.rosa, world) == "not_a_worker"


def test_an_invited_job_takes_only_who_is_on_its_list(world):
    job = world.published(images=1, visibility="invited")
    invite(job=job, addresses=[world.wei.email], now=world.now)

    assert enrol(job=job, worker=world.wei, now=world.now).state == "ready"
    assert refused(job, world.wanda, world) == "not_invited"
    assert not Enrolment.objects.filter(worker=world.wanda).exists()


def test_the_key_of_an_invited_job_opens_nothing(world):
    job = world.published(images=1, visibility="link")
    Job.objects.filter(pk=job.pk).update(visibility="invited")
    job.refresh_from_db()

    assert refused(job, world.wei, world, key=job.invite_key) == "not_invited"


@pytest.mark.parametrize("wrong", ["", "é", "x" * 24])
def test_a_job_open_by_link_takes_who_has_its_key_and_nobody_else(world, wrong):
    job = world.published(images=1, visibility="link")

    assert refused(job, world.wanda, world, key=wrong) == "not_invited"
    assert enrol(job=job, worker=world.wei, now=world.now, key=job.invite_key).state == "ready"


def test_who_is_in_needs_neither_key_nor_invitation_any_more(world):
    job = world.published(images=1, visibility="link")
    enrol(job=job, worker=world.wei, now=world.now, key=job.invite_key)

    assert standing(job=job, worker=world.wei, now=world.now).state == "ready"
    assert claim(job=job, worker=world.wei, now=world.now)


def test_who_is_blocked_finishes_what_they_hold_and_gets_nothing_new(world):
    job = world.published(images=3)
    held = claim(job=job, worker=world.wei, now=world.now)
    block(requester=world.rita, pseudonym=world.wei.pseudonym, now=world.now)
    assert claim(job=job, worker=world.wei, now=world.now) == held

    world.later(seconds=30)
    done = submit(assignment_id=held.assignment_id, worker=world.wei, payload=EMPTY, want_next=True, now=world.now)

    assert (done.state, done.next) == ("submitted", None)
    assert refused(job, world.wei, world) == "blocked"


@pytest.mark.parametrize(("visibility", "knows"), [("public", True), ("invited", False), ("link", False)])
def test_a_private_job_does_not_exist_for_strangers(world, visibility, knows):
    job = world.published(images=1, visibility=visibility)

    assert may_know(job=job, person=world.wei) is knows
    assert may_know(job=job, person=world.rita)


def test_looking_a_job_up_costs_nothing_more_when_it_is_public_and_one_statement_for_who_is_in(
    world, django_assert_num_queries
):
    public, private = world.published(images=1), world.published(images=1, visibility="link")
    enrol(job=private, worker=world.wei, now=world.now, key=private.invite_key)

    with django_assert_num_queries(0):
        assert may_know(job=public, person=world.wei)
    with django_assert_num_queries(1):
        assert may_know(job=private, person=world.wei)


def test_a_draft_exists_for_no_worker_even_with_its_key(world):
    job = world.job(images=1, visibility="link")

    assert not may_know(job=job, person=world.wei, key=job.invite_key)


def test_a_private_job_exists_for_who_was_in_it_also_when_they_are_blocked(world):
    job = world.published(images=1, visibility="invited")
    [row] = invite(job=job, addresses=[world.wei.email], now=world.now).added
    assert may_know(job=job, person=world.wei)
    enrol(job=job, worker=world.wei, now=world.now)
    withdraw(job=job, invitation_id=row.pk, now=world.now)

    assert may_know(job=job, person=world.wei)
    assert obstacle(job=job, worker=world.wei, now=world.now) == "You cannot work on this job."


def test_what_keeps_a_worker_away_is_one_sentence_and_nothing_when_nothing_does(world):
    job = world.published(images=1, visibility="link")

    assert "invited" in obstacle(job=job, worker=world.wei, now=world.now)
    assert obstacle(job=job, worker=world.wei, now=world.now, key=job.invite_key) == ""
    enrol(job=job, worker=world.wei, now=world.now, key=job.invite_key)
    assert obstacle(job=job, worker=world.wei, now=world.now) == ""


def test_a_daily_cap_is_reached_on_its_day_and_forgotten_on_the_next(world):
    job = world.published(images=1, limits={"answers_per_day": 2})
    known = enrol(job=job, worker=world.wei, now=world.now)
    known.answers_on, known.answers_today = world.now.date(), 1
    assert cap_reached(job=job, enrolment=known, now=world.now) is None

    known.answers_today = 2
    known.save()

    reached = cap_reached(job=job, enrolment=known, now=world.now)
    assert (reached.reason, "2 answers a day that" in reached.message) == ("daily_cap", True)
    assert obstacle(job=job, worker=world.wei, now=world.now) == reached.message
    assert cap_reached(job=job, enrolment=known, now=world.now + timedelta(days=1)) is None


def test_a_share_of_the_job_is_reached_for_good(world):
    job = world.published(images=1, limits={"share_percent": 10})
    job.worker_cap = 1
    known = enrol(job=job, worker=world.wei, now=world.now)
    assert cap_reached(job=job, enrolment=known, now=world.now) is None

    known.answers = 1

    reached = cap_reached(job=job, enrolment=known, now=world.now + timedelta(days=9))
    assert (reached.reason, "the 1 answer that" in reached.message) == ("share_cap", True)
