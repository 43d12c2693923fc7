"""What two admins put right about money: each of their acts is in the audit log, in the transaction that does it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from billing import adjustments, debts
from billing.adjustments import NotAllowed
from billing.ledger import AccountKind
from billing.models import Adjustment, Transfer
from billing.money import AmountRefused, parse_amount
from marketplace import auditlog, bell, second_factor
from marketplace.errors import Conflict, Forbidden, Refused
from marketplace.models import User

LARGEST_TRANSFER = 2**63 - 1


@dataclass(frozen=True)
class Debtor:
    """Who owes the platform something on which purse, micro-units."""

    person: User
    purse: AccountKind
    owed: int


def waiting() -> QuerySet[Adjustment]:
    """What waits for a second admin, the oldest first; refunds are listed by `refund_desk`."""
    found = Adjustment.objects.filter(state=Adjustment.State.ASKED).exclude(kind=Adjustment.Kind.REFUND)
    return found.select_related("person", "asked_by", "transfer").order_by("asked_at", "pk")


def over() -> QuerySet[Adjustment]:
    """What was decided, the latest first."""
    found = Adjustment.objects.exclude(state=Adjustment.State.ASKED)
    return found.select_related("person", "asked_by", "decided_by", "transfer", "deposit").order_by("-decided_at", "pk")


def debtors() -> list[Debtor]:
    """Who owes something, the largest debt first."""
    found = debts.debtors()
    people = User.objects.in_bulk({owner_id for _, owner_id in found})
    owing = [Debtor(people[pk], kind, debts.owed(kind=kind, owner_id=pk)) for kind, pk in found]
    return sorted(owing, key=lambda one: (-one.owed, one.person.pk))


@transaction.atomic
def ask(
    *, kind: str, whose: str, purse: str, amount: str, transfer: str, reason: str, by: User, now: datetime,
    address: str | None = None,
) -> Adjustment:  # fmt: skip
    """Ask for one of the three as it was typed; what its kind does not need is not looked at.

    `whose` is an e-mail address or a pseudonym, `purse` "wallet" or "worker_balance". Raises Refused (fields kind,
    whose, purse, amount, transfer, reason), Conflict when it cannot be asked for.
    """
    asked = {"reason": reason, "by": by, "now": now, "address": address}
    try:
        if kind == Adjustment.Kind.CORRECTION:
            return ask_correction(transfer_id=_number(transfer), **asked)  # type: ignore[arg-type]
        if kind not in Adjustment.Kind.values:
            raise Refused.one("kind", "choice", "Choose what to put right.")
        somebody = _whose(whose)
        if kind == Adjustment.Kind.GOODWILL:
            if not somebody.is_worker or not somebody.is_active:
                raise Refused.one("whose", "worker", "Goodwill is for workers who are here; this person is not one.")
            return ask_goodwill(worker=somebody, amount=parse_amount(amount), **asked)  # type: ignore[arg-type]
        if purse not in debts.PURSES:
            raise Refused.one("purse", "choice", "Choose which debt.")
        owing, micro = AccountKind(purse), parse_amount(amount)
        return ask_write_off(person=somebody, kind=owing, amount=micro, **asked)  # type: ignore[arg-type]
    except AmountRefused as refused:
        raise Refused.one(refused.field, refused.rule, str(refused)) from None
    except Transfer.DoesNotExist:
        raise Refused.one("transfer", "unknown", "There is no transfer of this number.") from None
    except NotAllowed as no:
        raise Conflict("not_allowed", str(no)) from None


def _number(typed: str) -> int:
    digits = typed.strip()
    if not digits.isascii() or not digits.isdigit() or int(digits[:20]) > LARGEST_TRANSFER:
        raise Refused.one("transfer", "number", "Write the number of the transfer, digits alone.")
    return int(digits)


def named(*, typed: str) -> User | None:
    """Whom an e-mail address or a pseudonym names."""
    name = typed.strip()
    return User.objects.filter(Q(email__iexact=name) | Q(pseudonym__iexact=name)).first() if name else None


def _whose(typed: str) -> User:
    found = named(typed=typed)
    if found is None:
        raise Refused.one("whose", "unknown", "Nobody here has this e-mail address or pseudonym.")
    return found


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
def ask_refund(
    *, deposit_id: UUID, amount: int | None, reason: str, by: User, now: datetime, address: str | None = None
) -> Adjustment:
    """Ask that `amount` micro-units of somebody's deposit, or all that can, go back to its card.

    Raises Deposit.DoesNotExist, AmountRefused, Conflict when the deposit is the admin's own.
    """
    _demand_admin(by)
    try:
        row = adjustments.ask_refund(deposit_id=deposit_id, amount=amount, reason=reason, asked_by=by, now=now)
    except NotAllowed as no:
        raise Conflict("not_allowed", str(no)) from None
    return _note(row, by, now, address)


@transaction.atomic
def decide(*, adjustment_id: UUID, agreed: bool, by: User, now: datetime, address: str | None = None) -> Adjustment:
    """Agree as the second admin, which moves the money, or decline. A refund is sent in the background.

    Raises Adjustment.DoesNotExist, Conflict when it is over, not theirs to decide, or no longer there to be moved.
    """
    _demand_admin(by)
    act = adjustments.agree if agreed else adjustments.decline
    try:
        row = act(adjustment_id=adjustment_id, decided_by=by, now=now)
    except (NotAllowed, AmountRefused) as refused:
        raise Conflict("not_allowed", str(refused)) from None
    if row.refund_id:
        bell.ring("send_refund", str(row.refund_id))
    return _note(row, by, now, address)


def _demand_admin(person: User) -> None:
    if not person.is_staff:
        raise Forbidden("not_an_admin", "Only admins put money right.")
    second_factor.demand(person=person)


def _note(row: Adjustment, by: User, now: datetime, address: str | None) -> Adjustment:
    after = {"state": row.state, "amount": row.amount, "person": row.person_id, "transfer": row.transfer_id}
    after |= {"reason": row.reason, **({"deposit": str(row.deposit_id)} if row.deposit_id else {})}
    auditlog.record(actor=by, action=f"{row.kind}.{row.state}", subject=row, now=now, after=after, address=address)
    return row
