"""Taking an answer: stored once, however often it is sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError

from annotation import label_sets
from annotation.shapes import Answer, parse_answer
from marketplace import bell, late_answers, lookahead, picking, rounds
from marketplace.answer_limits import limits_of
from marketplace.assigning import alone, claim_at, parameters, take, take_ahead
from marketplace.errors import Conflict, Forbidden
from marketplace.handouts import Handout, capped, desk_of, handout_from, scope_of
from marketplace.leases import lost
from marketplace.models import Assignment, Task, User
from marketplace.sheets import Sheet, forget, remember, sheet_of
from marketplace.statements import Row
from marketplace.tokens import KnownKey

LONGEST_MS = 86_400_000  # nobody works a day on one image; a lease renewed for weeks is not work
# What an answer may be sent to: the last ones have one already, or lost their place.
_ANSWERABLE = (Assignment.State.CLAIMED, Assignment.State.EXPIRED, *Assignment.ANSWERED)


@dataclass(frozen=True)
class Submitted:
    """What became of a submission; the worker's next place if they asked for one, and the one reserved after it."""

    state: str
    next: Handout | None = None
    ahead: Handout | None = None


def submit(
    *, assignment_id: UUID, worker: User, payload: Any, want_next: bool, now: datetime, want_ahead: bool = True
) -> Submitted:
    """Store a worker's answer and, if wanted, hand out their next place of the job and reserve the one after it.

    The same submission any number of times is one annotation with one reply. An answer that comes after its lease ran
    out is taken as long as nobody else was given the place. Raises Assignment.DoesNotExist for somebody else's
    assignment, Conflict when its place is lost or another answer was submitted before, AnswerRefused naming every wrong
    shape.
    """
    sheet = sheet_of(assignment_id=assignment_id, worker=worker)
    if sheet.state not in _ANSWERABLE:
        raise lost(state=sheet.state)
    answer = _parse(sheet, payload)
    if sheet.state == Assignment.State.CLAIMED:
        submitted = _store(sheet, answer, want_next, want_ahead, now, key=None)
        if submitted:
            return submitted
    # Sent before, or the lease is gone: told apart under a lock, one step at a time.
    state = late_answers.store(
        assignment_id=assignment_id,
        job_id=sheet.job.pk,
        worker=worker,
        answer=answer,
        paid_ms=paid_ms(sheet.seen_at, answer, now),
        now=now,
    )
    return _what_next(state, sheet, now) if want_next else Submitted(state)


def submit_at_once(
    *, assignment_id: UUID, key: KnownKey, payload: Any, want_next: bool, now: datetime, want_ahead: bool = True
) -> Submitted | None:
    """`submit` for the holder of a key that was good a while ago: the statement that stores asks whether it still is.

    None when nothing was stored, for whatever reason: then look the key up and `submit`. What this raises may be meant
    for somebody the key no longer opens anything to, so do not tell it before that.
    """
    sheet = sheet_of(assignment_id=assignment_id, worker=key.holder)
    if sheet.state != Assignment.State.CLAIMED:
        return None
    return _store(sheet, _parse(sheet, payload), want_next, want_ahead, now, key=key.id)


def _parse(sheet: Sheet, payload: Any) -> Answer:
    taxonomy = label_sets.known_taxonomy(label_set_id=sheet.job.label_set_id)
    limits = limits_of(job=sheet.job)
    return parse_answer(payload, taxonomy=taxonomy, width=sheet.width, height=sheet.height, limits=limits)


def _store(
    sheet: Sheet, answer: Answer, want_next: bool, want_ahead: bool, now: datetime, *, key: int | None
) -> Submitted | None:
    """Store and hand out in one statement; None when the assignment is no longer claimed, the next was contested, or
    `key`, which that statement verifies, opens nothing any more."""
    job = sheet.job
    params = parameters(job=job, worker=sheet.worker, cursors=sheet.cursors, now=now) | {
        "assignment": sheet.assignment_id,
        "image": sheet.image_id,
        "scope": scope_of(sheet.assignment_id),
        "body": answer.text,
        "paid_ms": paid_ms(sheet.seen_at, answer, now),
        "counted": int(capped(job)),
        "next": want_next,
        "ahead": want_next and want_ahead and lookahead.plenty(job_id=job.pk),
        "key": key,
    }
    try:
        with alone():
            rows = picking.SUBMIT.rows(**params)
    except IntegrityError:
        return None
    if not rows:
        return None
    forget(assignment_id=sheet.assignment_id)
    if rows[0][0] == Task.State.ANSWERED:
        bell.ring("settle", job.pk)
    rounds.count(job_id=job.pk, worker_id=sheet.worker.pk)
    if not want_next:
        return Submitted(Assignment.State.SUBMITTED)
    return _handed(sheet, rows, params)


def _handed(sheet: Sheet, rows: list[Row], params: dict[str, Any]) -> Submitted:
    """The reply to an answer just stored: what its statement handed out, and what is missing to it."""
    job, worker = sheet.job, sheet.worker
    made = {row[1]: handout_from(row[2:], job=job) for row in rows if row[1] is not None}
    following, ahead = made.get(Assignment.State.CLAIMED), made.get(Assignment.State.RESERVED)
    if following is None:
        # With the job as it is now: what is remembered of it may be older than its caps.
        present = desk_of(job_id=job.pk, worker=worker, now=params["now"]).job
        fresh = params | {"cap": present.worker_cap, "daily_cap": present.daily_cap}
        following = take(picking.LOOK_EVERYWHERE, job=job, worker=worker, params=fresh)
    elif ahead is None and params["ahead"]:
        after, after_first = following.cursors
        onward = params | {"after": after, "after_first": after_first}
        ahead = take_ahead(job=job, worker=worker, params=onward)
    if following:
        remember(handout=following, worker=worker, seen_at=params["now"])
    return Submitted(Assignment.State.SUBMITTED, following, ahead)


def _what_next(state: str, sheet: Sheet, now: datetime) -> Submitted:
    """The reply to a repeat or a late answer: whatever the worker holds by now, else their next place."""
    desk = desk_of(job_id=sheet.job.pk, worker=sheet.worker, now=now)
    try:
        following = claim_at(desk=desk, now=now)
    except (Conflict, Forbidden):
        return Submitted(state)
    return Submitted(state, following, desk.reserved if desk.held else None)


def paid_ms(seen_at: datetime, answer: Answer, now: datetime) -> int:
    """The time to count as work: the browser's active time, but never more than passed since the image was shown."""
    seen = round((now - seen_at).total_seconds() * 1000)
    claimed = answer.active_ms if answer.active_ms is not None else seen
    return max(0, min(claimed, seen, LONGEST_MS))
