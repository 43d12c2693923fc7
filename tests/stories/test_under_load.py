"""Twelve workers, two settlers, a sweeper and a restless requester at once: nothing is lost, nothing happens twice."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.models import Count, F

from annotation.models import Annotation
from billing import ledger
from billing.wallets import earnings_of, wallet_of
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.closing import close, finish_closing
from marketplace.errors import Conflict
from marketplace.leases import expire, give_back, renew, skip
from marketplace.models import Assignment, Decision, Job, Place, Task, User
from marketplace.posting import pause, resume
from marketplace.settling import finalise_rejections, settle
from marketplace.submitting import submit
from marketplace.workdrafts import save_draft
from tests.world import World

pytestmark = [pytest.mark.story, pytest.mark.django_db(transaction=True)]

TASKS, OVERLAP, WORKERS = 40, 3, 12
PATIENCE = 30  # seconds; the work takes about five
UNIT = 60_000  # reward and fee of one place


class Crowd:
    """Threads that work on one job until it is done, and what went wrong in them."""

    def __init__(self, world: World, overlap: int | dict[str, int] = OVERLAP) -> None:
        self.world = world
        funds = "30.00"
        self.job = world.published(images=TASKS, overlap=overlap, funds=funds)
        self.workers = [world.worker(f"Walt{n}") for n in range(WORKERS)]
        self.faults: list[Exception] = []
        self.refusals: Counter[str] = Counter()
        self.done = threading.Event()
        self.until = time.monotonic() + PATIENCE

    def run(self, *others: Callable[[random.Random], object], over: Callable[[], bool]) -> None:
        """Let the workers and `others` go on until `over()`."""
        workers = [lambda dice, who=who: self.work(dice, who) for who in self.workers]
        calls = [*workers, *others, *[self.settle] * 2, self.sweep]
        threads = [threading.Thread(target=self._repeat, args=[n, call]) for n, call in enumerate(calls)]
        for thread in threads:
            thread.start()
        while not over() and not self.faults and time.monotonic() < self.until:
            time.sleep(0.05)
        self.done.set()
        for thread in threads:
            thread.join(PATIENCE)
        assert self.faults == []
        assert over(), f"not done after {PATIENCE} s; refused: {self.refusals}"

    def _repeat(self, seed: int, call: Callable[[random.Random], object]) -> None:
        dice = random.Random(seed)
        try:
            while not self.done.is_set() and time.monotonic() < self.until:
                try:
                    call(dice)
                except Conflict as refused:
                    self.refusals[refused.reason] += 1
                    time.sleep(0.005)
        except Exception as fault:
            self.faults.append(fault)
        finally:
            connection.close()

    def work(self, dice: random.Random, worker: User) -> None:
        """One image: mostly answered, sometimes skipped, given back, left to run out, sent twice, or sent too late."""
        late = dice.random() < 0.15
        now = self.world.now - timedelta(hours=2) if late else self.world.now
        handout = claim(job=Job.objects.get(pk=self.job.pk), worker=worker, now=now)
        if handout is None:
            time.sleep(0.01)
            return
        whose: dict[str, Any] = {"assignment_id": handout.assignment_id, "worker": worker, "now": self.world.now}
        chance = dice.random()
        if late and chance < 0.5:
            time.sleep(0.02)  # gone, or too late
        if chance < 0.05:
            skip(**whose, reason="blurred")
        elif chance < 0.1:
            give_back(**whose)
        elif chance < 0.2:
            renew(**whose)
        elif chance < 0.3:
            save_draft(**whose, body={"schema": 1}, revision=handout.draft_revision or 0)
        elif not (late and chance < 0.5):
            self.answer(dice, whose, twice=chance > 0.9)

    def answer(self, dice: random.Random, whose: dict[str, Any], *, twice: bool) -> None:
        """A box that mostly is where the others draw it."""
        corner = 10 + dice.randrange(4) if dice.random() < 0.9 else 80
        payload = {"shapes": [{"type": "box", "label": "can", "bbox": [corner, 10, 30, 30]}]}
        for _ in range(1 + twice):
            # Under an Idempotency-Key the answer and the next place are one transaction with the remembered reply.
            with transaction.atomic() if dice.random() < 0.3 else nullcontext():
                submit(**whose, payload=payload, want_next=dice.random() < 0.5)

    def settle(self, dice: random.Random) -> None:
        """What the background does on each ring."""
        settle(job_id=self.job.pk, now=self.world.now, limit=dice.choice([1, 7, 50]))
        time.sleep(0.01)

    def sweep(self, dice: random.Random) -> None:
        """Take back what ran out; close what can be closed."""
        expire(now=self.world.now, limit=dice.choice([1, 50]))
        finish_closing(job_id=self.job.pk, now=self.world.now)
        time.sleep(0.02)

    def pause(self, dice: random.Random) -> None:
        """A requester who cannot decide."""
        pause(job=self.job, now=self.world.now)
        time.sleep(dice.random() * 0.05)
        resume(job=self.job, now=self.world.now)
        time.sleep(0.2)


def test_every_place_is_answered_once_judged_once_and_paid_once():
    crowd = Crowd(World())
    crowd.run(crowd.pause, over=lambda: not Task.objects.exclude(state="settled").exists())

    given = Assignment.objects.filter(state__in=Assignment.ANSWERED)
    assert given.count() == TASKS * OVERLAP
    # One for each answer, and for each that came too late and is kept beside its assignment.
    assert Annotation.objects.count() == Assignment.objects.filter(annotation__isnull=False).count()
    assert set(given.values("task").annotate(n=Count("worker", distinct=True)).values_list("n", flat=True)) == {OVERLAP}
    assert Place.objects.filter(state="taken").count() == Place.objects.count() == TASKS * OVERLAP
    assert Decision.objects.filter(current=True).count() == TASKS
    assert not given.filter(state="submitted").exists()
    accepted = given.filter(state="accepted").count()
    assert accepted < TASKS * OVERLAP  # some drew elsewhere
    paid = sum(ledger.balance(account_id=earnings_of(worker=worker).pk) for worker in crowd.workers)
    assert paid == accepted * crowd.job.reward
    assert audit() == []


def test_extra_places_and_what_is_reserved_ahead_never_stand_in_each_others_way():
    """Settling draws turns for extra places while workers leave, leases run out, and the requester pauses."""
    crowd = Crowd(World(), {"min": 2, "max": 4})
    crowd.run(crowd.pause, crowd.pause, over=lambda: not Task.objects.exclude(state="settled").exists())

    assert 2 * TASKS < Place.objects.filter(state="taken").count() <= 4 * TASKS
    assert not Task.objects.exclude(answers=F("wanted")).exists()
    each = Assignment.objects.filter(state__in=Assignment.ANSWERED).values("task", "worker").annotate(n=Count("pk"))
    assert not each.filter(n__gt=1).exists()
    assert audit() == []


def test_a_job_closed_in_the_middle_pays_what_was_done_and_returns_the_rest():
    world = World()
    crowd = Crowd(world)
    crowd.run(crowd.pause, over=lambda: Assignment.objects.filter(state__in=Assignment.ANSWERED).count() > 30)
    job = Job.objects.get()
    if job.state == Job.State.PAUSED:
        resume(job=job, now=world.now)
    crowd.done.clear()
    crowd.run(closing(crowd), over=lambda: not Job.objects.filter(state__in=["open", "paused"]).exists())

    expire(now=world.later(hours=1))
    finish_closing(job_id=job.pk, now=world.now)  # withdraws the places that came back
    settle(job_id=job.pk, now=world.now)
    finalise_rejections(job_id=job.pk, now=world.later(days=8))
    assert finish_closing(job_id=job.pk, now=world.now)
    answers = Counter(Assignment.objects.values_list("state", flat=True))
    assert answers["claimed"] == answers["submitted"] == 0
    assert ledger.balance(account_id=wallet_of(owner=world.rita).pk) == 30_000_000 - answers["accepted"] * UNIT
    assert set(Task.objects.values_list("state", flat=True)) <= {"settled", "cancelled"}
    assert audit() == []


def closing(crowd: Crowd) -> Callable[[random.Random], object]:
    """A requester who ends the job as soon as they can, again and again."""

    def call(dice: random.Random) -> None:
        time.sleep(0.2)
        close(job=crowd.job, now=crowd.world.now)

    return call
