"""Refunds to the card as admins see them: what is on its way, what failed and what to do, and asking for one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from billing import refunds
from billing.models import Adjustment, Deposit, Refund
from billing.money import AmountRefused, format_amount, parse_amount
from marketplace import adjusting, deposited
from marketplace.deposited import Deposited
from marketplace.errors import Refused
from marketplace.models import User

S = Refund.State
# What the pages list apart, and which refunds are in it.
SHOWS: dict[str, tuple[str, Q]] = {
    "open": ("On its way", Q(state__in=Refund.OPEN, deposit__isnull=False)),
    "failed": ("Failed", Q(state=S.FAILED, deposit__isnull=False)),
    "unknown": ("Payment not known", Q(deposit=None)),
    "paid": ("Paid back", Q(state=S.PAID)),
}
_R = refunds.REASONS
_GONE = (
    "This card takes nothing any more. Send another deposit of theirs back, or let them spend what the wallet holds."
)
TO_DO = {
    _R["expired_or_canceled_card"]: _GONE,
    _R["lost_or_stolen_card"]: _GONE,
    _R["charge_disputed"]: "Wait until the dispute is over, then ask again.",
    _R[
        "charge_already_refunded"
    ]: "Look at the payment at the provider: what went back by hand must be listed here too.",
}
ELSE = "Ask their bank or the provider why, then ask again."
AGAIN = "Nothing: as much of this deposit went back since, or is about to."
UNKNOWN = (
    "It comes into the books together with its payment. If the payment lies in suspense, so does this: say there whose "
    "both are. If it is another shop's on the same account, there is nothing to do."
)


@dataclass(frozen=True)
class Row:
    """A refund, and what an admin can do about it; empty when nothing is to be done."""

    refund: Refund
    to_do: str
    may_ask_again: bool

    @property
    def amount(self) -> str:
        """How a form has it."""
        return format_amount(self.refund.amount)

    @property
    def is_contested(self) -> bool:
        """Whether the dispute says more."""
        return self.refund.reason == _R["charge_disputed"]


def counts() -> dict[str, int]:
    """How many refunds there are of each kind."""
    return {show: Refund.objects.filter(which).count() for show, (_, which) in SHOWS.items()}


def refunds_in(*, show: str) -> QuerySet[Refund]:
    """The refunds of one kind, the latest first."""
    same = {"deposit": OuterRef("deposit"), "amount__gte": OuterRef("amount")}
    later = Refund.objects.filter(created_at__gt=OuterRef("created_at"), **same)
    found = Refund.objects.filter(SHOWS[show][1]).annotate(again=Exists(later.exclude(state=S.FAILED)))
    people = ("deposit__owner", "asked_by", "adjustment__asked_by", "adjustment__decided_by")
    return found.select_related(*people).order_by("-created_at", "pk")


def rows(*, found: Sequence[Refund]) -> list[Row]:
    """These refunds of `refunds_in`, in their order."""
    return [Row(refund=one, to_do=_to_do(one), may_ask_again=_failed_for_good(one)) for one in found]


def waiting() -> QuerySet[Adjustment]:
    """Refunds that wait for a second admin, the oldest first."""
    found = Adjustment.objects.filter(kind=Adjustment.Kind.REFUND, state=Adjustment.State.ASKED)
    return found.select_related("person", "asked_by", "deposit").order_by("asked_at", "pk")


def deposits_of(*, whose: str) -> tuple[User | None, list[Deposited]]:
    """Whom an e-mail address or a pseudonym names, and their paid deposits, the latest first."""
    owner = adjusting.named(typed=whose)
    if owner is None:
        return None, []
    paid = deposited.deposits_of(owner=owner).filter(state=Deposit.State.PAID)
    return owner, deposited.rows(owner=owner, deposits=list(paid[:100]))


@transaction.atomic
def ask(*, deposit: str, amount: str, reason: str, by: User, now: datetime, address: str | None = None) -> Adjustment:
    """Ask for a refund as it was typed; no amount means all that can go. It is made when a second admin agrees.

    Raises Refused (fields deposit, amount, reason), Conflict when it is the admin's own deposit, Forbidden without a
    second factor.
    """
    try:
        wanted = parse_amount(amount.strip()) if amount.strip() else None
        return adjusting.ask_refund(
            deposit_id=UUID(deposit), amount=wanted, reason=reason, by=by, now=now, address=address
        )
    except (ValueError, Deposit.DoesNotExist) as wrong:
        if isinstance(wrong, AmountRefused):
            raise Refused.one(wrong.field, wrong.rule, wrong.message) from None
        raise Refused.one("deposit", "choice", "Choose a deposit.") from None


def _failed_for_good(refund: Refund) -> bool:
    return refund.state == S.FAILED and refund.deposit_id is not None and not getattr(refund, "again", False)


def _to_do(refund: Refund) -> str:
    if refund.deposit_id is None:
        return UNKNOWN
    if refund.state != S.FAILED:
        return ""
    return TO_DO.get(refund.reason, ELSE) if _failed_for_good(refund) else AGAIN
