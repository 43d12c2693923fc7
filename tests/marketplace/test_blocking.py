import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.blocking import block, blocks_of, is_blocked, unblock
from marketplace.enrolling import enrol
from marketplace.errors import Forbidden
from marketplace.inviting import invite, set_visibility, withdraw
from marketplace.models import Assignment, AuditEntry, Block, Enrolment, Place, User
from marketplace.submitting import submit
from tests.marketplace.test_assigning import together, wait_for_waiting
from tests.world import World


def shut_out(world, worker=None):
    return block(requester=world.rita, pseudonym=(worker or world.wei).pseudonym, now=world.now)


def states(worker):
    return list(Enrolment.objects.filter(worker=worker).order_by("pk").values_list("state", "reason"))


def test_a_blocked_worker_is_in_none_of_the_requesters_jobs_any_more_and_in_everybody_elses(world):
    first, second = world.published(images=1), world.published(images=1)
    third, others = world.published(images=1), world.published(images=1, owner=world.rosa)
    for job in (first, second, others):
        enrol(job=job, worker=world.wei, now=world.now)

    shut_out(world)

    assert states(world.wei) == [("blocked", "requester"), ("blocked", "requester"), ("ready", "")]
    for job in (first, third):
        with pytest.raises(Forbidden) as refused:
            claim(job=job, worker=world.wei, now=world.now)
        assert (refused.value.reason, refused.value.message) == ("blocked", "You cannot work on this job.")
    assert claim(job=others, worker=world.wei, now=world.now)


def test_other_workers_stay_where_they_are(world):
    job = world.published(images=1)
    for worker in (world.wei, world.wanda):
        enrol(job=job, worker=worker, now=world.now)

    shut_out(world)

    assert states(world.wanda) == [("ready", "")]


def test_unblocking_brings_back_only_what_the_block_took(world):
    first, second = world.published(images=1), world.published(images=1)
    for job in (first, second):
        enrol(job=job, worker=world.wei, now=world.now)
    Enrolment.objects.filter(job=second).update(state="blocked", reason="admin")
    shut_out(world)

    unblock(requester=world.rita, pseudonym=world.wei.pseudonym, now=world.now)

    assert states(world.wei) == [("ready", ""), ("blocked", "admin")]
    assert not is_blocked(requester_id=world.rita.pk, worker=world.wei)


def test_blocking_twice_is_once_and_each_act_is_noted_once(world):
    enrol(job=world.published(images=1), worker=world.wei, now=world.now)

    assert shut_out(world) == shut_out(world)
    unblock(requester=world.rita, pseudonym=world.wei.pseudonym, now=world.now)

    noted = AuditEntry.objects.filter(action__startswith="worker.").order_by("pk")
    assert [(row.actor, row.action, row.object_id) for row in noted] == [
        (world.rita, "worker.blocked", str(world.wei.pk)),
        (world.rita, "worker.unblocked", str(world.wei.pk)),
    ]


def test_only_who_has_worked_for_the_requester_can_be_blocked(world):
    enrol(job=world.published(images=1, owner=world.rosa), worker=world.wei, now=world.now)

    for pseudonym in (world.wei.pseudonym, "w-00000000", ""):
        with pytest.raises(User.DoesNotExist):
            block(requester=world.rita, pseudonym=pseudonym, now=world.now)


def test_a_requester_sees_and_ends_only_their_own_blocks(world):
    enrol(job=world.published(images=1), worker=world.wei, now=world.now)
    shut_out(world)

    assert list(blocks_of(requester=world.rita).values_list("worker__pseudonym", flat=True)) == [world.wei.pseudonym]
    assert not blocks_of(requester=world.rosa).exists()
    with pytest.raises(Block.DoesNotExist):
        unblock(requester=world.rosa, pseudonym=world.wei.pseudonym, now=world.now)


def test_what_is_reserved_for_the_blocked_goes_back_and_what_they_hold_stays(world):
    jobs = [world.published(images=9, overlap=1, owner=owner) for owner in (world.rita, world.rita, world.rosa)]
    for job in jobs:
        first = claim(job=job, worker=world.wei, now=world.now)
        answer = {"schema": 1, "shapes": [], "empty": True}
        reply = submit(
            assignment_id=first.assignment_id, worker=world.wei, payload=answer, want_next=True, now=world.now
        )
        assert reply.ahead

    shut_out(world)

    live = Assignment.objects.filter(worker=world.wei, state__in=Assignment.LIVE)
    assert [sorted(live.filter(job=job).values_list("state", flat=True)) for job in jobs] == [
        ["claimed"],
        ["claimed"],
        ["claimed", "reserved"],
    ]
    assert [Place.objects.filter(job=job, assignments__state__in=Assignment.LIVE).count() for job in jobs] == [1, 1, 2]
    assert audit() == []


@pytest.mark.django_db(transaction=True)
def test_blocking_locks_the_enrolments_in_their_order_so_that_nobody_waits_in_a_circle():
    """Two who hold the first enrolment and want the second, while a block is under way: it waits before the second."""
    world = World()
    jobs = [world.published(images=1, title=title) for title in ("Old", "New")]
    # Neither the order of the jobs nor that in which the rows lie is the order of the enrolments.
    first, second = (enrol(job=job, worker=world.wei, now=world.now).pk for job in reversed(jobs))
    Enrolment.objects.filter(pk=first).update(cursor=1)
    held = threading.Event()

    def act(n):
        if n:
            held.wait(10)
            return shut_out(world).worker_id
        with transaction.atomic():
            Enrolment.objects.select_for_update(no_key=True).get(pk=first)
            held.set()
            wait_for_waiting(1)
            Enrolment.objects.filter(pk=second).update(cursor=2)
        return "done"

    assert together(2, act) == ["done", world.wei.pk]
    assert states(world.wei) == [("blocked", "requester")] * 2


@pytest.mark.django_db(transaction=True)
def test_whoever_enrols_while_they_are_being_blocked_is_not_let_in(world):
    first, second = world.published(images=1), world.published(images=1)
    enrol(job=first, worker=world.wei, now=world.now)

    def try_to_enrol():
        try:
            return enrol(job=second, worker=world.wei, now=world.now)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as another:
        with transaction.atomic():
            shut_out(world)
            trying = another.submit(try_to_enrol)
            with pytest.raises(TimeoutError):
                trying.result(timeout=0.7)
        with pytest.raises(Forbidden):
            trying.result(timeout=20)
    assert not second.enrolments.exists()


def test_a_withdrawn_invitation_and_a_block_are_lifted_each_by_itself(world):
    job = world.published(images=1, visibility="invited")
    [row] = invite(job=job, addresses=[world.wei.email], now=world.now).added
    enrol(job=job, worker=world.wei, now=world.now)
    shut_out(world)
    withdraw(job=job, invitation_id=row.pk, now=world.now)

    unblock(requester=world.rita, pseudonym=world.wei.pseudonym, now=world.now)
    assert states(world.wei) == [("blocked", "invitation")]
    shut_out(world)
    set_visibility(job=job, visibility="public", now=world.now)
    assert states(world.wei) == [("blocked", "requester")]
    unblock(requester=world.rita, pseudonym=world.wei.pseudonym, now=world.now)
    assert states(world.wei) == [("ready", "")]
