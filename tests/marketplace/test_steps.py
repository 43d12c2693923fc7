"""The steps of an assignment, put together from its row and the platform's history of events."""

from datetime import timedelta

import pytest

from marketplace import leases, overturning
from marketplace.assigning import claim
from marketplace.models import Assignment, WorkEvent
from marketplace.reviewing import Said, decide
from marketplace.steps import steps_of
from marketplace.submitting import submit
from tests.marketplace.test_appealing import contest
from tests.marketplace.test_settling import CAN, three_answers

pytestmark = pytest.mark.django_db


def happened(kind, assignment, at):
    """One event more in the history."""
    WorkEvent.objects.create(
        kind=kind,
        assignment=assignment.pk,
        job=assignment.job_id,
        task=assignment.task_id,
        worker=assignment.worker_id,
        at=at,
    )


def told(assignment):
    return [(step.kind, step.times) for step in steps_of(assignment=assignment)]


def test_an_answer_goes_from_being_shown_to_being_judged(world):
    job = world.published(images=1)
    shown = world.now
    three_answers(world, job)
    world.later(minutes=5)
    world.settled(job)
    steps = steps_of(assignment=job.assignments.get(worker=world.wei))
    assert [step.words for step in steps] == ["Image shown to you", "Submitted", "Judged"]
    assert [step.at for step in steps] == [shown, shown + timedelta(seconds=30), world.now]


def test_steps_alike_in_a_row_are_told_as_one(world):
    answer = world.answer(world.published(images=1), world.wei, CAN, seconds=3600)
    times = [answer.claimed_at + timedelta(minutes=minutes) for minutes in (10, 20, 30)]
    for at in times:
        happened("renewed", answer, at)
    happened("expired", answer, answer.claimed_at + timedelta(minutes=58))
    assert told(answer) == [("claimed", 1), ("renewed", 3), ("expired", 1), ("submitted", 1)]
    renewed = steps_of(assignment=answer)[1]
    assert (renewed.at, renewed.until) == (times[0], times[-1])


def test_what_a_worker_did_in_earnest_is_found(world):
    handout = claim(job=world.published(images=1), worker=world.wei, now=world.now)
    leases.renew(assignment_id=handout.assignment_id, worker=world.wei, now=world.later(minutes=20))
    leases.renew(assignment_id=handout.assignment_id, worker=world.wei, now=world.later(minutes=20))
    payload = {"schema": 1, "shapes": [], "empty": True}
    now = world.later(minutes=5)
    submit(assignment_id=handout.assignment_id, worker=world.wei, payload=payload, want_next=False, now=now)
    answer = Assignment.objects.get(pk=handout.assignment_id)
    assert told(answer) == [("claimed", 1), ("renewed", 2), ("submitted", 1)]


def test_what_the_row_says_already_is_not_told_twice(world):
    answer = world.answer(world.published(images=1), world.wei, CAN)
    for kind, at in (
        ("reserved", answer.claimed_at),
        ("claimed", answer.claimed_at),
        ("submitted", answer.submitted_at),
    ):
        happened(kind, answer, at)
    assert told(answer) == [("claimed", 1), ("submitted", 1)]


def test_other_peoples_steps_at_the_same_time_are_theirs(world):
    job = world.published(images=1)
    mine, theirs = world.answer(job, world.wei, CAN), world.answer(job, world.wanda, CAN)
    happened("renewed", theirs, mine.submitted_at)
    assert told(mine) == [("claimed", 1), ("submitted", 1)]


def test_an_assignment_that_came_to_nothing_ends_with_what_became_of_it(world):
    handout = claim(job=world.published(images=1), worker=world.wei, now=world.now)
    held = Assignment.objects.get(pk=handout.assignment_id)
    happened("expired", held, held.lease_expires_at + timedelta(seconds=20))
    assert told(held) == [("claimed", 1), ("expired", 1)]


def test_only_the_time_in_which_it_lived_is_read_and_no_more_than_a_day_of_it(world, django_assert_num_queries):
    answer = world.answer(world.published(images=1), world.wei, CAN)
    happened("renewed", answer, answer.claimed_at - timedelta(minutes=2))
    happened("renewed", answer, answer.submitted_at + timedelta(minutes=2))
    with django_assert_num_queries(1):
        assert told(answer) == [("claimed", 1), ("submitted", 1)]
    answer.claimed_at -= timedelta(days=9)
    happened("renewed", answer, answer.submitted_at - timedelta(days=2))
    happened("renewed", answer, answer.submitted_at - timedelta(hours=2))
    assert told(answer) == [("claimed", 1), ("renewed", 2), ("submitted", 1)]


@pytest.mark.parametrize("kind", sorted(set(WorkEvent.Kind.values) - {"reserved"}))
def test_every_kind_of_step_has_words(world, kind):
    answer = world.answer(world.published(images=1), world.wei, CAN)
    happened(kind, answer, answer.submitted_at)
    assert all(step.words for step in steps_of(assignment=answer))


def test_an_appeal_and_its_end_are_steps_after_the_verdict(world):
    refused = world.rejected()
    told = refused.settled_at
    world.later(hours=2)
    found = contest(world, refused)
    overturning.uphold(appeal_id=found.pk, decider=world.ada, answer="Yes.", adopt=False, now=world.later(days=1))
    refused.refresh_from_db()
    steps = steps_of(assignment=refused)[-3:]
    assert [(step.kind, step.at) for step in steps] == [
        ("judged", told), ("appealed", found.opened_at), ("upheld", world.now),
    ]  # fmt: skip
    assert [step.words for step in steps] == ["Judged", "You contested the rejection", "Your appeal was upheld"]


def test_an_answer_that_was_sent_back_is_told_from_its_first_showing_on(world):
    job = world.published(images=1, overlap=1, policy={"judge": "requester"})
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    said = Said("return", note="Closer.")
    back = decide(assignment_id=given.pk, reviewer=world.rita, said=said, now=world.later(hours=1))
    assert told(back) == [("claimed", 1), ("submitted", 1), ("returned", 1)]
    claim(job=job, worker=world.wei, now=world.later(hours=1))
    payload = {"schema": 1, "shapes": [], "empty": True}
    submit(assignment_id=given.pk, worker=world.wei, payload=payload, want_next=False, now=world.later(minutes=5))
    given.refresh_from_db()
    again = [("claimed", 1), ("submitted", 1), ("returned", 1), ("claimed", 1), ("submitted", 1)]
    assert told(given) == again
