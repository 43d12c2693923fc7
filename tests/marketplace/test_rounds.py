"""Rounds: what a worker holds in a job is of one round, and an old snapshot costs no more than a round's answers."""

import threading

import pytest
from django.db import DatabaseError, transaction

from marketplace import rounds
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.leases import give_back
from marketplace.models import Assignment, Enrolment
from tests.marketplace.test_assigning import together, wait_for_waiting
from tests.marketplace.test_lookahead import ahead_of, answer
from tests.world import World


@pytest.fixture(autouse=True)
def _counted_anew(monkeypatch):
    monkeypatch.setattr(rounds, "_counts", {})


def live():
    rows = Assignment.objects.filter(state__in=Assignment.LIVE).order_by("state")
    return list(rows.values_list("state", "round"))


def test_a_new_round_takes_along_what_the_worker_holds_and_the_next_place_is_of_it(world):
    job, reply = ahead_of(world)
    assert live() == [("claimed", 0), ("reserved", 0)]

    rounds.begin(job_id=job.pk, worker_id=world.wei.pk)
    assert live() == [("claimed", 1), ("reserved", 1)]

    following = answer(world, reply.next)
    assert following.next.assignment_id == reply.ahead.assignment_id
    assert live() == [("claimed", 1), ("reserved", 1)]
    assert audit() == []


@pytest.mark.django_db(transaction=True)
def test_a_claim_that_waited_while_a_round_began_is_of_the_new_one():
    """Its statement began before, and sees the worker's enrolment as it was then."""
    world = World()
    job = world.published(images=3)
    held = claim(job=job, worker=world.wei, now=world.now)
    give_back(assignment_id=held.assignment_id, worker=world.wei, now=world.now)
    begun = threading.Event()

    def act(n):
        if n:
            begun.wait(10)
            return claim(job=job, worker=world.wei, now=world.now)
        with transaction.atomic():
            rounds.begin(job_id=job.pk, worker_id=world.wei.pk)
            begun.set()
            wait_for_waiting(1)
        return None

    assert together(2, act)[1]
    assert live() == [("claimed", 1)]


@pytest.mark.django_db(transaction=True)
def test_a_round_ends_after_so_many_answers(monkeypatch):
    monkeypatch.setattr(rounds, "ANSWERS", 2)
    world = World()
    _, reply = ahead_of(world)
    assert Enrolment.objects.get().round == 0

    reply = answer(world, reply.next)
    assert Enrolment.objects.get().round == 1

    answer(world, reply.next, want_next=False)
    assert Enrolment.objects.get().round == 1


@pytest.mark.django_db(transaction=True)
def test_an_answer_is_stored_also_where_no_round_can_begin(monkeypatch):
    monkeypatch.setattr(rounds, "ANSWERS", 2)
    monkeypatch.setattr(rounds, "begin", cannot_begin)
    world = World()
    _, reply = ahead_of(world)

    assert answer(world, reply.next).state == "submitted"
    assert Enrolment.objects.get().round == 0


def cannot_begin(**_):
    raise DatabaseError("the lock was not to be had")


def test_a_process_counts_for_so_many_workers_and_no_more(monkeypatch):
    monkeypatch.setattr(rounds, "_counts", {(1, n): 1 for n in range(rounds.COUNTED)})

    rounds.count(job_id=2, worker_id=1)

    assert len(rounds._counts) == rounds.COUNTED
    assert (1, 0) not in rounds._counts


def test_the_audit_names_who_holds_places_of_two_rounds(world):
    job, _ = ahead_of(world)
    Assignment.objects.filter(state="reserved").update(state="claimed", round=1)

    assert [fault for fault in audit() if f"worker {world.wei.pk} holds 2 places of job {job.pk}" in fault]
