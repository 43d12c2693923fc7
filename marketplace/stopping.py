"""The guard against mass rejections: who rejects too much is stopped, and an admin is asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from marketplace import auditlog
from marketplace.adopting import Decided
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import Assignment, Job, RejectionStop, Review, User
from marketplace.models.review import LONGEST_NOTE
from marketplace.rejecting import DAY, REMEMBERED, is_much, is_too_much

State, Kind = RejectionStop.State, RejectionStop.Kind
LATEST = 1_000
"""A job's answers whose verdicts by votes are watched: counting all would cost more the larger a job is."""


def stop_of(*, requester: User) -> RejectionStop | None:
    """What keeps a requester from rejecting, if anything does."""
    return RejectionStop.objects.filter(
        requester=requester, kind=Kind.HAND, state__in=[State.OPEN, State.UPHELD]
    ).first()


def demand_may_reject(*, requester: User) -> None:
    """Raise Forbidden when the requester was stopped from rejecting."""
    stop = stop_of(requester=requester)
    if stop is None:
        return
    told = (
        "An admin looks at it first; until then you cannot reject."
        if stop.state == State.OPEN
        else "An admin found that not in order: you cannot reject any more."
    )
    raise Forbidden(
        "rejections_stopped",
        f"You rejected {stop.rejected} of the last {stop.judged} answers you judged, {stop.today} of them within a "
        f"day. {told} You can accept, send back and correct.",
    )


def stop_if_too_much(*, requester: User, now: datetime) -> RejectionStop | None:
    """Stop a requester who has rejected too much by hand, counting from the last release on.

    The caller holds the requester's lock for judging by hand, so that no decision slips in between.
    """
    since = now - REMEMBERED
    released = RejectionStop.objects.filter(requester=requester, kind=Kind.HAND, state=State.RELEASED)
    last = released.order_by("-closed_at").values_list("closed_at", flat=True).first()
    if last and last > since:
        since = last
    said = Review.objects.filter(said_by=requester, said__in=["accept", "reject"], said_at__gt=since)
    rejected = Q(said="reject")
    found = said.exclude(why=Review.Why.SAMPLE).aggregate(
        judged=Count("pk"),
        rejected=Count("pk", filter=rejected),
        today=Count("pk", filter=rejected & Q(said_at__gt=now - DAY)),
    )
    if not is_too_much(**found) or stop_of(requester=requester):
        return None
    stop = RejectionStop.objects.create(kind=Kind.HAND, requester=requester, opened_at=now, **found)
    auditlog.record(actor=None, action="rejections.stopped", subject=stop, now=now, after=found)
    return stop


def watch_votes(*, job: Job, decided: Sequence[Decided], now: datetime) -> RejectionStop | None:
    """Tell the admin, once a job, when votes reject more than a fifth of its latest answers."""
    if all(draft.accepted for one in decided for draft in one.outcome.verdicts):
        return None
    if RejectionStop.objects.filter(job=job, kind=Kind.VOTES).exists():
        return None
    latest = Assignment.objects.filter(
        job=job, submitted_at__isnull=False, state__in=["accepted", "rejected", "overturned"]
    )
    states = list(latest.order_by("-submitted_at").values_list("state", flat=True)[:LATEST])
    rejected = states.count("rejected")
    if not is_much(judged=len(states), rejected=rejected):
        return None
    return RejectionStop.objects.create(
        kind=Kind.VOTES, requester_id=job.owner_id, job=job, judged=len(states), rejected=rejected, opened_at=now
    )


def stops(*, show: str = "open") -> QuerySet[RejectionStop]:
    """What admins are asked to look at, latest first. `show`: open, or all."""
    found = RejectionStop.objects.select_related("requester", "job", "closed_by")
    if show == "open":
        found = found.filter(state=State.OPEN)
    return found.order_by("-opened_at", "-pk")


@transaction.atomic
def close(*, stop_id: int, admin: User, state: str, note: str, now: datetime) -> RejectionStop:
    """Release a requester, whose count begins anew, or uphold the stop until an admin releases them after all.

    Raises Refused without a note or with another state, Conflict when it was released before.
    """
    if state not in (State.RELEASED, State.UPHELD):
        raise Refused.one("state", "one_of", "Either released or upheld.")
    if not note.strip():
        raise Refused.one("note", "required", "Say why; it is kept.")
    if len(note) > LONGEST_NOTE:
        raise Refused.one("note", "too_long", f"At most {LONGEST_NOTE:,} characters; this has {len(note):,}.")
    stop = RejectionStop.objects.select_for_update(no_key=True).get(pk=stop_id)
    if stop.state == State.RELEASED or (stop.state == state):
        raise Conflict("closed_before", f"This was {stop.get_state_display()} before.", state=stop.state)
    before = {"state": stop.state}
    stop.state, stop.note, stop.closed_by, stop.closed_at = State(state), note.strip(), admin, now
    stop.save(update_fields=["state", "note", "closed_by", "closed_at"])
    auditlog.record(
        actor=admin, action=f"rejections.{state}", subject=stop, now=now, before=before, after={"note": stop.note}
    )
    return stop
