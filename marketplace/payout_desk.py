"""The admins' queue of payouts: who decides what, noted with who it was."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet

from billing import approvals, paying_by_hand, retrying
from billing.approvals import SamePerson
from billing.models import Payout, PayoutAccount
from billing.money import AmountRefused, format_amount
from billing.payout_steps import NotInThatState
from marketplace import auditlog, bell, second_factor
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import AuditEntry, User
from marketplace.payout_words import done_words
from marketplace.reports.sheets import sheet

S = Payout.State
SHOWS = (
    S.AWAITING_APPROVAL, S.WAITING_FOR_FUNDS, S.BY_HAND, S.SENT, S.FAILED, S.RETURNED, S.REQUESTED, S.SENDING, S.PAID,
    S.REFUSED, S.CANCELLED,
)  # fmt: skip
LONGEST_REASON = 300
COLUMNS = ("payout", "amount", "currency", "payee", "country", "details")


@dataclass(frozen=True)
class Case:
    """One payout as an admin sees it; `log` is who did what with it."""

    payout: Payout
    account: PayoutAccount | None
    log: tuple[AuditEntry, ...]
    retry: Payout | None
    obstacle: str  # to trying it again

    @property
    def steps(self) -> tuple[tuple[AuditEntry, str], ...]:
        """The log with each step in words."""
        return tuple((entry, done_words(action=entry.action)) for entry in self.log)

    @property
    def agreed(self) -> tuple[User, ...]:
        """Who agreed so far."""
        return tuple(one for one in (self.payout.approved_by, self.payout.second_by) if one)


def payouts_in(*, state: str) -> QuerySet[Payout]:
    """Payouts of one state: what waits, the oldest first; what is over, the latest first."""
    over = (S.SENT, S.PAID, *Payout.GIVEN_BACK)
    order = "-created_at" if state in over else "created_at"
    return Payout.objects.filter(state=state).select_related("worker", "approved_by", "marked_by").order_by(order, "pk")


def counts() -> dict[str, int]:
    """How many there are in each state, of those that admins look at."""
    found = dict(Payout.objects.order_by().values_list("state").annotate(n=Count("pk")))
    return {state: found.get(state, 0) for state in SHOWS}


def case(*, payout_id: UUID) -> Case:
    """One payout. Raises Payout.DoesNotExist."""
    found = Payout.objects.select_related(
        "worker", "approved_by", "second_by", "marked_by", "confirmed_by", "retry_of"
    ).get(pk=payout_id)
    entries = AuditEntry.objects.filter(object_type="billing.payout", object_id=str(found.pk)).select_related("actor")
    return Case(
        payout=found,
        account=PayoutAccount.objects.filter(worker=found.worker).first(),
        log=tuple(entries.order_by("pk")[:50]),
        retry=Payout.objects.filter(retry_of=found).first(),
        obstacle=retrying.obstacle(payout=found) if found.state in (S.FAILED, S.RETURNED) else "",
    )


def approve(*, payout_id: UUID, by: User, now: datetime, address: str | None = None) -> Payout:
    """Agree to a payout above the limit; with the second admin's word it is sent.

    As all of these: raises Forbidden without a second factor or for whom it must not be, Conflict when it is too late,
    Payout.DoesNotExist.
    """
    return _decide("payout.approved", approvals.approve, payout_id, by, now, address)


def refuse(*, payout_id: UUID, by: User, reason: str, now: datetime, address: str | None = None) -> Payout:
    """Decide against a payout; the worker has the money back and reads `reason`."""
    return _decide("payout.refused", approvals.refuse, payout_id, by, now, address, reason=_reason(reason))


def mark_paid(*, payout_id: UUID, by: User, reference: str, now: datetime, address: str | None = None) -> Payout:
    """Say that the operator's bank sent it, under its reference."""
    reference = " ".join(reference.split())
    if not reference:
        raise Refused.one("reference", "empty", "Write the reference on the bank's statement.")
    if len(reference) > paying_by_hand.LONGEST_REFERENCE:
        raise Refused.one("reference", "too_long", f"Write at most {paying_by_hand.LONGEST_REFERENCE} characters.")
    return _decide("payout.marked_paid", paying_by_hand.mark_paid, payout_id, by, now, address, reference=reference)


def confirm(*, payout_id: UUID, by: User, now: datetime, address: str | None = None) -> Payout:
    """Confirm what another admin marked as paid."""
    return _decide("payout.confirmed", paying_by_hand.confirm, payout_id, by, now, address)


def send_back(*, payout_id: UUID, by: User, reason: str, now: datetime, address: str | None = None) -> Payout:
    """The operator's bank would not send it."""
    return _decide("payout.sent_back", paying_by_hand.send_back, payout_id, by, now, address, reason=_reason(reason))


def came_back(*, payout_id: UUID, by: User, reason: str, now: datetime, address: str | None = None) -> Payout:
    """The operator's bank has the money again."""
    return _decide("payout.came_back", paying_by_hand.came_back, payout_id, by, now, address, reason=_reason(reason))


@transaction.atomic
def retry(*, payout_id: UUID, by: User, now: datetime, address: str | None = None) -> Payout:
    """Try a failed payout again, as a new one. Raises Conflict when nothing has changed or the money is not there."""
    second_factor.demand(person=by)
    try:
        payout = retrying.retry(payout_id=payout_id, now=now)
    except retrying.NothingChanged as same:
        raise Conflict("nothing_changed", str(same)) from same
    except AmountRefused as refused:
        raise Conflict("cannot_pay", refused.message) from refused
    auditlog.record(
        actor=by, action="payout.retried", subject=Payout(pk=payout_id), now=now, after={"by": str(payout.pk)},
        address=address,
    )  # fmt: skip
    if payout.state == S.REQUESTED:
        bell.ring("send_payout", str(payout.pk))
    return payout


@transaction.atomic
def export(*, by: User, now: datetime, again: Sequence[UUID] = (), address: str | None = None) -> tuple[int, str]:
    """The file for the operator's bank with all that waits for one: how many lines, and the CSV.

    Each payout is in one file and is noted; `again` names those whose file was lost. Bank details are in it: it is
    made to be handed to the bank and thrown away.
    """
    second_factor.demand(person=by)
    orders = paying_by_hand.export(now=now, again=again)
    for one in orders:
        auditlog.record(actor=by, action="payout.exported", subject=one.payout, now=now, address=address)
    rows = [
        (
            str(one.payout.pk), format_amount(one.payout.amount), one.payout.currency, one.payout.worker.name,
            one.country, " / ".join(one.details.splitlines()),
        )
        for one in orders
    ]  # fmt: skip
    return len(orders), sheet(columns=COLUMNS, rows=rows)


@transaction.atomic
def _decide(
    action: str, act: Callable[..., Payout], payout_id: UUID, by: User, now: datetime, address: str | None, **more: Any
) -> Payout:
    second_factor.demand(person=by)
    try:
        payout = act(payout_id=payout_id, by=by, now=now, **more)
    except SamePerson as same:
        raise Forbidden("same_person", str(same)) from same
    except NotInThatState as late:
        state = late.payout.get_state_display().lower()
        raise Conflict(
            "decided_already", f"Somebody was first: this payout is {state}.", state=late.payout.state
        ) from late
    after = {"state": payout.state, "amount": payout.amount, **more}
    auditlog.record(actor=by, action=action, subject=payout, now=now, after=after, address=address)
    if payout.state == S.REQUESTED:
        bell.ring("send_payout", str(payout.pk))
    return payout


def _reason(text: str) -> str:
    reason = " ".join(text.replace("\x00", "").split())
    if not reason:
        raise Refused.one("reason", "empty", "Write why: the worker reads it.")
    if len(reason) > LONGEST_REASON:
        raise Refused.one("reason", "too_long", f"Write at most {LONGEST_REASON} characters.")
    return reason
