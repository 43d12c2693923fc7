"""A crowd at work in the past: the market's own rules, driven by a simulated clock."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count

from numpy.random import Generator

from marketplace import assigning, settling, submitting
from marketplace.demo import crowd
from marketplace.demo.crowd import Kind, Labels
from marketplace.demo.truth import Truth
from marketplace.handouts import Handout
from marketplace.models import Job, User

LONGEST_ANSWER = timedelta(minutes=10)  # nothing is begun so shortly before the end
JUDGED_AFTER = timedelta(seconds=1)


@dataclass
class Hand:
    """A person at work: what kind of worker they are for their n-th answer (the last kind stays)."""

    person: User
    kinds: Sequence[Kind]
    most: int | None = None  # answers at most
    eager: float = 1.0  # pauses are shorter by this factor
    given: int = 0

    @property
    def kind(self) -> Kind:
        """The kind of their next answer."""
        return self.kinds[min(self.given, len(self.kinds) - 1)]


@dataclass(frozen=True)
class Shift:
    """When people work: from `begin` to `end`, each with a pause of `pause` seconds on the average between images."""

    begin: datetime
    end: datetime
    pause: float


@dataclass(order=True)
class _Event:
    at: datetime
    order: int
    hand: Hand = field(compare=False)
    handout: Handout | None = field(compare=False, default=None)
    payload: dict[str, object] = field(compare=False, default_factory=dict)


def label(
    *, job: Job, hands: Sequence[Hand], truths: Mapping[int, Truth], labels: Labels, shift: Shift, rng: Generator
) -> datetime:
    """Let people label a job through a shift, or until nothing is left; returns when they stopped.

    `truths` by image id. Everybody claims and submits at times of their own, in the order of those times; what is
    answered is settled on the way.
    """
    order = count()
    events = [_Event(shift.begin + _pause(shift, hand, rng), next(order), hand) for hand in hands]
    heapq.heapify(events)
    at = shift.begin
    while events:
        event = heapq.heappop(events)
        if event.handout is None:
            follow = _claim(event, job, truths, labels, rng, order) if _may(event, shift) else None
        else:
            at = event.at
            _submit(event)
            settling.settle(job_id=job.pk, now=at + JUDGED_AFTER)
            follow = _Event(at + _pause(shift, event.hand, rng), next(order), event.hand)
        if follow:
            heapq.heappush(events, follow)
    return at + JUDGED_AFTER


def _may(event: _Event, shift: Shift) -> bool:
    """Whether this person begins one more image now."""
    return event.at < shift.end - LONGEST_ANSWER and (event.hand.most is None or event.hand.given < event.hand.most)


def _claim(
    event: _Event, job: Job, truths: Mapping[int, Truth], labels: Labels, rng: Generator, order: count[int]
) -> _Event | None:
    handout = assigning.claim(job=job, worker=event.hand.person, now=event.at)
    if handout is None:
        return None
    answer = crowd.answer(rng=rng, kind=event.hand.kind, truth=truths[handout.image_id], labels=labels)
    # Loading the page and thinking come on top of what the browser counts as active.
    done = event.at + timedelta(seconds=answer.seconds * 1.15 + 2)
    return _Event(done, next(order), event.hand, handout, answer.payload)


def _submit(event: _Event) -> None:
    assert event.handout is not None, "only called for a claimed image"
    submitting.submit(
        assignment_id=event.handout.assignment_id,
        worker=event.hand.person,
        payload=event.payload,
        want_next=False,
        now=event.at,
    )
    event.hand.given += 1


def _pause(shift: Shift, hand: Hand, rng: Generator) -> timedelta:
    return timedelta(seconds=float(rng.exponential(shift.pause / hand.eager)))
