"""Leaving Tally: what has to happen first, and then what is somebody's goes, and what others rest on stays.

Their answers, verdicts and movements stay under a pseudonym: datasets, other people's pay and the books rest on them.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max

from billing import parting
from billing.money import CENT, format_amount
from billing.parting import Holdings
from marketplace import auditlog, drafting, erasing, leases
from marketplace.accepting import LATEST
from marketplace.errors import Conflict
from marketplace.models import Appeal, Assignment, Job, User

RUNNING = (Job.State.PUBLISHING, Job.State.OPEN, Job.State.PAUSED, Job.State.CLOSING)
UNJUDGED = (Assignment.State.SUBMITTED, Assignment.State.RETURNED)
GIVABLE = frozenset({"balance", "wallet"})
"""What somebody may leave behind by saying so."""


@dataclass(frozen=True)
class Obstacle:
    """Something that has to happen before somebody can leave: what it is about, and words for them."""

    about: str
    words: str


@dataclass(frozen=True)
class Parting:
    """How somebody stands who wants to leave; money in micro-units."""

    obstacles: tuple[Obstacle, ...]
    holdings: Holdings
    jobs: tuple[Job, ...]
    held: int

    @property
    def only_money(self) -> bool:
        """Whether nothing but money of their own stands in the way, which they may give up."""
        return bool(self.obstacles) and all(one.about in GIVABLE for one in self.obstacles)


def parting_of(*, person: User, now: datetime) -> Parting:
    """What has to happen before `person` can leave; `held` is how many images they hold, which are given back."""
    holdings = parting.holdings_of(person=person, now=now)
    jobs = tuple(Job.objects.filter(owner=person, state__in=RUNNING).order_by("created_at")[:50])
    found = [*_of_work(person), *_of_jobs(person, jobs), *_of_money(holdings)]
    if parting.unread(addresses=erasing.addresses_of(person=person)):
        found.append(Obstacle("news", "The payment provider has just told us something of you. Try again in a minute."))
    if person.is_staff or person.is_superuser:
        found.insert(0, Obstacle("admin", "You are an admin of this site. Another admin has to end that role first."))
    held = Assignment.objects.filter(worker=person, state__in=Assignment.LIVE).count()
    return Parting(tuple(found), holdings, jobs, held)


def _of_work(person: User) -> list[Obstacle]:
    given = Assignment.objects.filter(worker=person, submitted_at__isnull=False)
    again = Assignment.objects.filter(worker=person, returned_at__isnull=False, state=Assignment.State.CLAIMED)
    latest = (given.filter(state__in=UNJUDGED) | again).aggregate(latest=Max("submitted_at"))["latest"]
    found = []
    if latest:
        count = (given.filter(state__in=UNJUDGED) | again).count()
        words = f"{_some(count, 'answer')} of yours {'waits' if count == 1 else 'wait'} to be judged and may be paid"
        found.append(Obstacle("answers", f"{words}, at the latest by {_day(latest + LATEST)}."))
    appeals = Appeal.objects.filter(worker=person, state=Appeal.State.OPEN)
    if decided := appeals.aggregate(latest=Max("decide_by"))["latest"]:
        words = f"{_some(appeals.count(), 'appeal')} of yours will be decided by {_day(decided)}"
        found.append(Obstacle("appeals", f"{words}. You can also withdraw it in your history."))
    return found


def _of_jobs(person: User, jobs: tuple[Job, ...]) -> list[Obstacle]:
    if not jobs:
        return []
    closing = all(job.state == Job.State.CLOSING for job in jobs)
    count = _some(len(jobs), "job")
    if closing:
        return [Obstacle("jobs", f"{count} of yours still wait{'s' if len(jobs) == 1 else ''} for the last verdicts.")]
    return [Obstacle("jobs", f"{count} of yours must be closed first; work already given is then paid.")]


def _of_money(held: Holdings) -> list[Obstacle]:
    found = []
    if held.on_its_way:
        words = f"${format_amount(held.on_its_way)} is on its way to your bank. Wait until it has arrived."
        found.append(Obstacle("payouts", words))
    if held.refunds:
        words = f"${format_amount(held.refunds)} is on its way back to your card. Wait until it has arrived."
        found.append(Obstacle("refunds", words))
    if held.unpaid_pages:
        found.append(Obstacle("deposits", "A payment page of yours is still open. It closes by itself within a day."))
    if held.owed:
        words = f"You owe ${format_amount(held.owed)}, from a payment that was taken back. Write to the admins."
        found.append(Obstacle("debt", words))
    if held.balance >= CENT:
        found.append(Obstacle("balance", f"You have earned ${format_amount(held.balance)}. Have it paid out."))
    if held.wallet >= CENT:
        found.append(Obstacle("wallet", f"There is ${format_amount(held.wallet)} in your wallet. Have it refunded."))
    return found


def leave(*, person: User, gives_up: bool, now: datetime, by: User | None = None, address: str | None = None) -> int:
    """End somebody's account for good; returns the money they left behind, micro-units.

    What they hold is given back, drafts are deleted, what is personal is removed, and nobody can log in again. Money of
    a cent or more is left behind only if `gives_up`. Raises Conflict, naming all that has to happen first. Again
    changes nothing. `by` is who does it, None for the operator at the command line; `address` is where the request came
    from, noted only for an admin's own.
    """
    with transaction.atomic():
        # Enrolling and blocking take this row first too.
        current = User.objects.select_for_update().get(pk=person.pk)
        if current.left_at:
            return 0
        _demand_ready(current, gives_up, now)
        for draft in Job.objects.filter(owner=current, state=Job.State.DRAFT):
            drafting.delete_draft(job=draft)
        given_back = leases.leave_everything(worker=current, now=now)
        erasing.erase(person=current, now=now)
        left = parting.give_up(person=current, now=now)
        auditlog.record(
            actor=by, action="person.left", subject=current, now=now,
            after={"given_up": left, "given_back": given_back}, address=address if by != current else None,
        )  # fmt: skip
    return left


def _demand_ready(person: User, gives_up: bool, now: datetime) -> None:
    found = parting_of(person=person, now=now)
    left = [one for one in found.obstacles if not (gives_up and one.about in GIVABLE)]
    if left:
        raise Conflict("cannot_leave_yet", " ".join(one.words for one in left), first=[one.about for one in left])


def _some(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _day(moment: datetime) -> str:
    return f"{moment.day} {moment:%B %Y}"
