"""Handing out work: one place to one worker, under a lease."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected

from marketplace import picking, returning
from marketplace.enrolling import cap_met, enrol, standing
from marketplace.errors import Conflict
from marketplace.handouts import Desk, Handout, desk_of, handout_from, today_of
from marketplace.leases import PAUSE_AFTER_SKIPS, idle_before, renew
from marketplace.models import Enrolment, Job, User
from marketplace.sheets import remember
from marketplace.shutting_out import refusal
from marketplace.statements import Statement

_TRIES = 3
# What keeps people who are not let in yet from images: a code, and a sentence.
BEFORE_WORK = {
    Enrolment.State.PRACTICE: ("practice_first", "First come some images to practise on. They are not paid."),
    Enrolment.State.EXAM: ("exam_first", "First comes the exam of this job. It is not paid."),
    Enrolment.State.FAILED: (
        "exam_failed",
        "You did not pass the exam of this job. Its page says how it went, and whether you may try again.",
    ),
}


def claim(*, job: Job, worker: User, now: datetime) -> Handout | None:
    """Give a worker one place of a job, or None when nothing is left for them.

    Enrols by itself. A worker who already holds a place of this job gets the same one again, whatever has become of
    the job or of them: what is held may be finished. Raises Forbidden or Conflict as `enrol` does, Conflict for a
    worker who has practice or an exam before them, for one paused after several skips until they enrol anew, for one
    who has given as many answers as the job takes from one person, and for a job that hands out no work.
    """
    return claim_at(desk=desk_of(job_id=job.pk, worker=worker, now=now), now=now)


def claim_at(*, desk: Desk, now: datetime) -> Handout | None:
    """`claim` for a worker whose desk was read already: one statement when there is a place ahead of them."""
    if desk.standing is None:
        standing(job=desk.job, worker=desk.worker, now=now)
        desk = desk_of(job_id=desk.job.pk, worker=desk.worker, now=now)
    assert desk.standing is not None, "standing() has just enrolled them"
    if desk.held:
        return _kept(desk.held, desk=desk, now=now)
    if desk.returned:
        return _taken_up(desk, now)
    _demand_ready(desk.standing.state, desk)
    _demand_open(desk.job.state)
    # The statements hold to the caps by themselves; this says which one is reached.
    reached = cap_met(job=desk.job, answers=desk.standing.answers, today=desk.standing.answers_today)
    if reached:
        raise reached
    params = parameters(job=desk.job, worker=desk.worker, cursors=desk.standing.cursors, now=now)
    ahead = picking.CLAIM_WITH_GOLD if desk.job.gold_budget else picking.CLAIM
    statements = (picking.PROMOTE, ahead) if desk.reserved else (ahead,)
    handout = take(*statements, picking.LOOK_EVERYWHERE, job=desk.job, worker=desk.worker, params=params)
    if handout is None:
        # Nothing is left, or the job was paused or closed since the desk was read.
        _demand_open(Job.objects.values_list("state", flat=True).get(pk=desk.job.pk))
        return None
    remember(handout=handout, worker=desk.worker, seen_at=now)
    return handout


def start(*, job: Job, worker: User, now: datetime) -> Handout | None:
    """Claim as somebody who has just come from the job's page: that ends a pause after several skips."""
    desk = desk_of(job_id=job.pk, worker=worker, now=now)
    # Who was blocked in the middle of an image may finish it, also after they closed the page.
    begun = desk.held or desk.returned
    if not (begun and desk.standing and desk.standing.state == Enrolment.State.BLOCKED):
        enrol(job=job, worker=worker, now=now)
    return claim(job=job, worker=worker, now=now)


def parameters(*, job: Job, worker: User, cursors: tuple[int, int], now: datetime) -> dict[str, Any]:
    """What every statement of `picking` needs."""
    return {
        "job": job.pk,
        "worker": worker.pk,
        "now": now,
        "today": today_of(now),
        "expires": now + timedelta(seconds=job.lease_seconds),
        "cap": job.worker_cap,
        "daily_cap": job.daily_cap,
        "after": cursors[0],
        "after_first": cursors[1],
        "idle": idle_before(job=job, now=now),
    }


def take(*statements: Statement, job: Job, worker: User, params: dict[str, Any]) -> Handout | None:
    """What the first statement that finds something gives the worker, else what they hold by now, or None.

    The same worker may be here twice at once, and the unique indexes let one through. If what that one got is still
    held, both get it; if it was answered meanwhile, there may be more to take.
    """
    for tries_left in reversed(range(_TRIES)):
        contested = False
        try:
            with alone():
                found = (statement.row(**params) for statement in statements)
                row = next((row for row in found if row), None)
            if row:
                return handout_from(row[1:], job=job)
        except IntegrityError:
            contested = True
        except OperationalError as fault:
            if not tries_left or not isinstance(fault.__cause__, DeadlockDetected):
                raise
            continue
        mine = desk_of(job_id=job.pk, worker=worker, now=params["now"]).held
        if mine or not contested:
            return mine
    return None


def take_ahead(*, job: Job, worker: User, params: dict[str, Any]) -> Handout | None:
    """Reserve a place after the one that the worker was just given, or None, also when another request just did."""
    try:
        with alone():
            row = (picking.RESERVE_WITH_GOLD if job.gold_budget else picking.RESERVE).row(**params)
    except IntegrityError:
        return None
    return handout_from(row[1:], job=job) if row else None


@contextmanager
def alone() -> Iterator[None]:
    """One statement that may fail without spoiling the transaction it is in; where there is none, it needs none."""
    if not connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        yield


def _taken_up(desk: Desk, now: datetime) -> Handout | None:
    """An answer that was sent back comes before any other work, whatever has become of the job or of its worker."""
    assert desk.returned is not None, "only called where one waits"
    returning.take_up(assignment_id=desk.returned, job_id=desk.job.pk, lease_seconds=desk.job.lease_seconds, now=now)
    # Taken up in this moment, by this call or by another one of the same worker: either way it is what they hold now.
    return claim(job=desk.job, worker=desk.worker, now=now)


def _demand_ready(state: str, desk: Desk) -> None:
    if state == Enrolment.State.PAUSED:
        raise Conflict(
            "paused_after_skips",
            f"You passed {PAUSE_AFTER_SKIPS} images in a row. Read the instructions again, then start anew from the "
            "job's page.",
        )
    if state == Enrolment.State.BLOCKED:
        raise refusal(job_id=desk.job.pk, worker_id=desk.worker.pk)
    if state in BEFORE_WORK:
        raise Conflict(*BEFORE_WORK[Enrolment.State(state)], state=state)


def _demand_open(state: str) -> None:
    if state != Job.State.OPEN:
        raise Conflict("job_not_open", "This job hands out no work now.", state=state)


def _kept(mine: Handout, *, desk: Desk, now: datetime) -> Handout | None:
    """What the worker holds already; whoever comes back after the lease ran out gets it anew, or their next place."""
    if mine.lease_expires_at > now:
        return mine
    try:
        return replace(mine, lease_expires_at=renew(assignment_id=mine.assignment_id, worker=desk.worker, now=now))
    except Conflict:  # lost in this moment, to the sweeper or to another worker
        return claim(job=desk.job, worker=desk.worker, now=now)
