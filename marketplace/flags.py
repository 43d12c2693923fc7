"""Flags and what people make of them: dismissed, or confirmed, which turns the worker out of the job."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, QuerySet

from billing.models import Outbox
from marketplace import auditlog, bell, leases
from marketplace.errors import Conflict, Refused
from marketplace.models import Assignment, Enrolment, Flag, User
from marketplace.readmitting import readmit

FLAGGED = "flagged"  # why an enrolment is blocked
CONFIRMED, LIFTED = "flag.confirmed", "flag.lifted"  # topics of the outbox that `notices` tells by e-mail
LONGEST_NOTE = 500


def flags(*, state: str) -> QuerySet[Flag]:
    """All flags in a state, what was seen or decided last first."""
    order = ("-seen_at", "-pk") if state == Flag.State.OPEN else ("-decided_at", "-pk")
    return Flag.objects.filter(state=state).select_related("job", "worker", "decided_by").order_by(*order)


def counts() -> dict[str, int]:
    """How many flags there are, by state."""
    rows = dict(Flag.objects.values_list("state").annotate(Count("pk")))
    return {state.value: rows.get(state.value, 0) for state in Flag.State}


def confirmed_against(*, worker: User) -> list[Flag]:
    """Why a worker was turned out of jobs, the latest first: what they may see of it."""
    found = Flag.objects.filter(worker=worker, state=Flag.State.CONFIRMED)
    return list(found.select_related("job").order_by("-decided_at", "-pk")[:20])


@dataclass(frozen=True)
class Companion:
    """Another worker of the evidence, and the pair's figures."""

    worker: User
    pair: Mapping[str, Any]


@dataclass(frozen=True)
class FlagDetail:
    """A flag with whom and what its evidence names.

    `answers`: how many the worker gave in the job; `replaced`: for how many of them a place was bought.
    """

    flag: Flag
    companions: tuple[Companion, ...]
    examples: tuple[Assignment, ...]
    others: tuple[Flag, ...]
    answers: int
    replaced: int


def flag(*, flag_id: int) -> FlagDetail:
    """One flag. Raises Flag.DoesNotExist."""
    found = Flag.objects.select_related("job__owner", "worker", "decided_by").get(pk=flag_id)
    pairs = found.evidence.get("pairs", [])
    people = User.objects.in_bulk([pair["with"] for pair in pairs])
    named = Assignment.objects.filter(pk__in=found.evidence.get("examples", []), job_id=found.job_id)
    given = Assignment.objects.filter(
        job_id=found.job_id, worker_id=found.worker_id, submitted_at__isnull=False, state__in=Assignment.ANSWERED
    )
    others = Flag.objects.filter(worker_id=found.worker_id).exclude(pk=found.pk).select_related("job")
    return FlagDetail(
        flag=found,
        companions=tuple(Companion(people[pair["with"]], pair) for pair in pairs if pair["with"] in people),
        examples=tuple(named.select_related("task__image", "verdict").order_by("submitted_at", "pk")),
        others=tuple(others.order_by("-created_at", "-pk")[:20]),
        answers=given.count(),
        replaced=given.filter(replacement__isnull=False).count(),
    )


def unheard(*, job_id: int, worker_ids: Collection[int]) -> set[int]:
    """Those of some workers whose answers carry no weight in a job."""
    out = Flag.objects.filter(job_id=job_id, worker_id__in=worker_ids, state=Flag.State.CONFIRMED)
    return set(out.values_list("worker_id", flat=True))


def suspected(*, job_id: int, worker_ids: Collection[int]) -> set[int]:
    """Those of some workers with a flag in a job that nobody dismissed."""
    flags = Flag.objects.filter(job_id=job_id, worker_id__in=worker_ids).exclude(state=Flag.State.DISMISSED)
    return set(flags.values_list("worker_id", flat=True))


@transaction.atomic
def confirm(*, flag_id: int, by: User, note: str = "", now: datetime, address: str | None = None) -> Flag:
    """Confirm an open flag: the worker gets no more images of the job, and is told why.

    What they hold they may finish. Their answers there carry no weight in what is decided from now on, and are paid
    when they agree with it; places for others are bought in their stead as far as the job's free money goes, in the
    background. Raises Flag.DoesNotExist, Conflict when it was decided already, Refused for a note that is too long.
    """
    flag = _decide(flag_id, by, note, now, (Flag.State.OPEN,), Flag.State.CONFIRMED)
    requester = flag.job.owner
    reserved = leases.reserved_by(requester=requester, worker=flag.worker)
    _enrolment(flag).exclude(state=Enrolment.State.BLOCKED).update(state=Enrolment.State.BLOCKED, reason=FLAGGED)
    leases.leave(reserved=[one for one in reserved if one.job_id == flag.job_id], now=now)
    _tell(flag, CONFIRMED, by, now, address)
    bell.ring("replace_flagged", flag.job_id)
    return flag


@transaction.atomic
def dismiss(*, flag_id: int, by: User, note: str = "", now: datetime, address: str | None = None) -> Flag:
    """Say that there is nothing in a flag; one that was confirmed is lifted, and the worker let in again and told.

    Places bought meanwhile stay. Raises as `confirm` does.
    """
    was_confirmed = Flag.objects.filter(pk=flag_id, state=Flag.State.CONFIRMED).exists()
    flag = _decide(flag_id, by, note, now, (Flag.State.OPEN, Flag.State.CONFIRMED), Flag.State.DISMISSED)
    if not was_confirmed:
        auditlog.record(actor=by, action="flag.dismissed", subject=flag, now=now, address=address)
        return flag
    others = Flag.objects.filter(job_id=flag.job_id, worker_id=flag.worker_id, state=Flag.State.CONFIRMED)
    if not others.exists():
        shut = _enrolment(flag).filter(state=Enrolment.State.BLOCKED, reason=FLAGGED)
        readmit(blocked=shut)
    _tell(flag, LIFTED, by, now, address)
    return flag


def _decide(
    flag_id: int, by: User, note: str, now: datetime, before: Collection[Flag.State], after: Flag.State
) -> Flag:
    note = " ".join(note.split())
    if len(note) > LONGEST_NOTE:
        raise Refused.one("note", "too_long", f"Write at most {LONGEST_NOTE} characters.")
    moved = Flag.objects.filter(pk=flag_id, state__in=before).update(
        state=after, note=note, decided_by=by, decided_at=now
    )
    flag = Flag.objects.select_related("job__owner", "worker").get(pk=flag_id)
    if not moved:
        state = flag.get_state_display().lower()
        raise Conflict("decided_already", f"This flag is {state} already.", state=flag.state)
    return flag


def _enrolment(flag: Flag) -> QuerySet[Enrolment]:
    return Enrolment.objects.filter(job_id=flag.job_id, worker_id=flag.worker_id)


def _tell(flag: Flag, topic: str, by: User, now: datetime, address: str | None) -> None:
    Outbox.objects.create(topic=topic, payload={"flag": flag.pk}, created_at=now)
    after = {"job": flag.job.public_id, "worker": flag.worker.pseudonym, "kind": flag.kind, "note": flag.note}
    auditlog.record(actor=by, action=topic, subject=flag, now=now, after=after, address=address)
