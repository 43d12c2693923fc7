"""Settling while others work on the same job, on real connections."""

import threading
from types import SimpleNamespace

import pytest
from django.db import connection

from billing import ledger
from marketplace import judging, settling
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.closing import close, finish_closing
from marketplace.models import Assignment, Job, Place, Task
from marketplace.posting import pause
from marketplace.settling import settle
from tests.marketplace.test_assigning import together
from tests.marketplace.test_settling import CAN, ELSEWHERE, NEAR, earned
from tests.world import World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world():
    return World()


@pytest.fixture
def rung(monkeypatch):
    """What settling alone rings for."""
    calls = []
    monkeypatch.setattr(settling, "bell", SimpleNamespace(ring=lambda *ring: calls.append(ring)))
    return calls


class Aside:
    """A call on a connection of its own."""

    def __init__(self, call):
        self.said = None
        self._thread = threading.Thread(target=self._run, args=[call])
        self._thread.start()

    def _run(self, call):
        try:
            self.said = call()
        except Exception as fault:
            self.said = fault
        finally:
            connection.close()

    def ends(self, within):
        self._thread.join(within)
        return not self._thread.is_alive()


@pytest.fixture
def held(monkeypatch):
    """`held(module, name, call)`: run `call` aside until it has made its first call of that function; `go` frees it."""
    go = threading.Event()

    def hold(module, name, call):
        inside, real = threading.Event(), getattr(module, name)

        def held_up(**arguments):
            done = real(**arguments)
            inside.set()
            assert go.wait(30)
            return done

        monkeypatch.setattr(module, name, held_up)
        aside = Aside(call)
        assert inside.wait(30)
        return aside

    hold.go = go.set
    yield hold
    go.set()


def answered_by_two(world, job):
    for worker in (world.wei, world.wanda):
        world.answer(job, worker, CAN)


def test_while_a_batch_is_settled_its_job_can_be_claimed_from_paused_and_closed(world, held, rung):
    job = world.published(images=2, overlap=2)
    answered_by_two(world, job)
    settler = held(ledger, "post", lambda: settle(job_id=job.pk, now=world.now))

    others = [
        lambda: claim(job=job, worker=world.wei, now=world.now),
        lambda: pause(job=job, now=world.now),
    ]
    for other in others:
        aside = Aside(other)
        assert aside.ends(within=20)
        assert not isinstance(aside.said, Exception), aside.said
    held.go()
    assert settler.ends(within=20)
    assert settler.said == 1
    assert audit() == []


def test_a_second_settler_returns_at_once_and_what_it_was_called_for_is_looked_for_by_the_first(world, held, rung):
    job = world.published(images=2, overlap=2)
    answered_by_two(world, job)
    first = held(settling, "extend", lambda: settle(job_id=job.pk, now=world.now))
    answered_by_two(world, job)

    second = Aside(lambda: settle(job_id=job.pk, now=world.now))
    assert second.ends(within=20)
    assert (second.said, Task.objects.filter(state="settled").count()) == (0, 0)
    held.go()
    assert first.ends(within=20)

    assert first.said == 1
    assert rung == [("settle", job.pk)]
    assert settle(job_id=job.pk, now=world.now) == 1
    assert rung == [("settle", job.pk)]


def test_a_settler_with_full_batches_takes_what_comes_meanwhile_with_it(world, held, rung):
    job = world.published(images=2, overlap=2)
    answered_by_two(world, job)
    first = held(settling, "extend", lambda: settle(job_id=job.pk, now=world.now, limit=1))
    answered_by_two(world, job)
    held.go()

    assert first.ends(within=20)
    assert (first.said, rung) == (2, [])


def test_a_job_is_not_closed_between_the_look_at_its_money_and_the_place_bought_with_it(world, held, rung):
    job = world.published(images=1, overlap={"min": 2, "max": 3})
    world.answer(job, world.wei, CAN)
    world.answer(job, world.wanda, ELSEWHERE)
    settler = held(settling, "extend", lambda: settle(job_id=job.pk, now=world.now))

    closer = Aside(lambda: close(job=job, now=world.now))
    assert not closer.ends(within=0.5)
    held.go()
    assert settler.ends(within=20)
    assert closer.ends(within=20)

    assert closer.said.state == Job.State.CLOSING
    assert sorted(Place.objects.values_list("state", "held")) == [
        ("cancelled", 0),
        ("taken", 60_000),
        ("taken", 60_000),
    ]
    assert settle(job_id=job.pk, now=world.now) == 1
    assert finish_closing(job_id=job.pk, now=world.now)
    assert audit() == []


def test_a_job_that_closed_meanwhile_buys_no_place(world, held, rung):
    job = world.published(images=1, overlap={"min": 2, "max": 3})
    world.answer(job, world.wei, CAN)
    world.answer(job, world.wanda, ELSEWHERE)
    settler = held(judging, "known_of", lambda: settle(job_id=job.pk, now=world.now))

    close(job=job, now=world.now)
    held.go()
    assert settler.ends(within=20)

    assert (settler.said, Task.objects.get().disputed) == (1, True)
    assert Place.objects.count() == 2
    assert rung == [("finish_closing", job.pk)]
    assert finish_closing(job_id=job.pk, now=world.now)
    assert audit() == []


def test_a_job_that_closes_while_its_last_answers_are_paid_is_finished_by_who_ends_last(world, held, rung):
    job = world.published(images=2, overlap=2)
    answered_by_two(world, job)
    settler = held(settling, "extend", lambda: settle(job_id=job.pk, now=world.now))

    closer = Aside(lambda: close(job=job, now=world.now))
    assert closer.ends(within=20)
    assert not finish_closing(job_id=job.pk, now=world.now)
    held.go()
    assert settler.ends(within=20)

    assert rung == [("finish_closing", job.pk)]
    assert finish_closing(job_id=job.pk, now=world.now)
    assert earned(world.wei) == earned(world.wanda) == 50_000
    assert audit() == []


@pytest.mark.parametrize("turn", range(4))
def test_settlers_that_extend_closing_and_answers_at_once_neither_lose_money_nor_wait_in_a_circle(world, rung, turn):
    job = world.published(images=6, overlap={"min": 2, "max": 3})
    walt = world.worker("Walt")
    for n in range(6):
        world.answer(job, world.wei, CAN)
        world.answer(job, world.wanda, ELSEWHERE if n % 2 else NEAR)

    def work(n):
        if n == 2:
            threading.Event().wait(0.01 * turn)
            return close(job=job, now=world.now)
        if n == 3:
            return [claim(job=job, worker=walt, now=world.now) for _ in range(3)]
        return settle(job_id=job.pk, now=world.now, limit=2)

    said = together(5, work)
    assert not [each for n, each in enumerate(said) if isinstance(each, Exception) and n != 3], said

    Assignment.objects.filter(state="claimed").update(lease_expires_at=world.now)
    settle(job_id=job.pk, now=world.now)
    assert not Task.objects.filter(state="answered").exists()
    assert audit() == []
