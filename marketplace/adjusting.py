"""What two admins put right about money: each of their acts is in the audit log, in the transaction that does it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from billing import adjustments
from billing.ledger import AccountKind
from billing.models import Adjustment
from marketplace import auditlog, second_factor
from marketplace.errors import Forbidden
from marketplace.models import User


def waiting() -> QuerySet[Adjustment]:
    """What waits for a second admin, the oldest first."""
    found = Adjustment.objects.filter(state=Adjustment.State.ASKED)
    return found.select_related("person", "asked_by", "transfer").order_by("asked_at", "pk")


@transaction.atomic
def ask_goodwill(
    *, worker: User, amount: int, reason: str, by: User, now: datetime, address: str | None = None
) -> Adjustment:
    """Ask that the platform gives a worker `amount` micro-units of its own. Raises as `billing.adjustments` does."""
    _demand_admin(by)
    row = adjustments.ask_goodwill(worker=worker, amount=amount, reason=reason, asked_by=by, now=now)
    return _note(row, by, now, address)


@transaction.atomic
def ask_write_off(
    *, person: User, kind: AccountKind, amount: int, reason: str, by: User, now: datetime, address: str | None = None
) -> Adjustment:
    """Ask that so much of a requester's (WALLET) or worker's (WORKER_BALANCE) debt be written off."""
    _demand_admin(by)
    row = adjustments.ask_write_off(person=person, kind=kind, amount=amount, reason=reason, asked_by=by, now=now)
    return _note(row, by, now, address)


@transaction.atomic
def ask_correction(*, transfer_id: int, reason: str, by: User, now: datetime, address: str | None = None) -> Adjustment:
    """Ask that a wrong transfer be reversed."""
    _demand_admin(by)
    row = adjustments.ask_correction(transfer_id=transfer_id, reason=reason, asked_by=by, now=now)
    return _note(row, by, now, address)


@transaction.atomic
def decide(*, adjustment_id: UUID, agreed: bool, by: User, now: datetime, address: str | None = None) -> Adjustment:
    """Agree as the second admin, which moves the money, or decline."""
    _demand_admin(by)
    act = adjustments.agree if agreed else adjustments.decline
    row = act(adjustment_id=adjustment_id, decided_by=by, now=now)
    return _note(row, by, now, address)


def _demand_admin(person: User) -> None:
    if not person.is_staff:
        raise Forbidden("not_an_admin", "Only admins put money right.")
    second_factor.demand(person=person)


def _note(row: Adjustment, by: User, now: datetime, address: str | None) -> Adjustment:
    after = {"state": row.state, "amount": row.amount, "person": row.person_id, "transfer": row.transfer_id}
    after["reason"] = row.reason
    auditlog.record(actor=by, action=f"{row.kind}.{row.state}", subject=row, now=now, after=after, address=address)
    return row
