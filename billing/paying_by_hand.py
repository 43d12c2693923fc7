"""Payouts that the operator's own bank makes: a file for it, the bank's reference from one admin, a word from another.

Where the provider does not reach. The first admin says that the bank has sent the money (payout pending → in transit),
a second one looks at the bank's statement and confirms (in transit → operator's own bank). Neither is the payee.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from billing import returns, sealing
from billing.approvals import Admin, SamePerson
from billing.ledger import AccountKind
from billing.models import Method, Payout, PayoutAccount
from billing.payout_steps import NotInThatState, arrive, give_back, leave

S = Payout.State
LONGEST_REFERENCE = 100


@dataclass(frozen=True)
class Order:
    """One line of the bank's file; `details` are what the worker entered."""

    payout: Payout
    country: str
    details: str


def waiting(*, now: datetime) -> QuerySet[Payout]:
    """What the next file holds: not yet in one, and not to somebody whose details changed a short while ago."""
    held = PayoutAccount.objects.filter(held_until__gt=now).values("worker_id")
    return Payout.objects.filter(state=S.BY_HAND, exported_at=None).exclude(worker_id__in=held).order_by("created_at")


@transaction.atomic
def export(*, now: datetime, again: Sequence[UUID] = ()) -> list[Order]:
    """The lines of the bank's file, noted as written; each payout is in one file. `again`: those whose file was lost.

    Raises ValueError when details were sealed under a key that is gone.
    """
    taken = waiting(now=now) | Payout.objects.filter(state=S.BY_HAND, pk__in=list(again))
    rows = list(taken.order_by("created_at", "pk").select_for_update(of=("self",), no_key=True))
    accounts = {one.worker_id: one for one in PayoutAccount.objects.filter(worker__in=[row.worker_id for row in rows])}
    orders = [
        Order(row, accounts[row.worker_id].country, sealing.unseal(sealed=accounts[row.worker_id].sealed_details))
        for row in rows
    ]
    Payout.objects.filter(pk__in=[row.pk for row in rows]).update(exported_at=now)
    return orders


def mark_paid(*, payout_id: UUID, by: Admin, reference: str, now: datetime) -> Payout:
    """Say that the operator's bank sent it, under the bank's own reference. Raises SamePerson, NotInThatState."""
    _not_the_payee(payout_id, by)
    done = leave(
        payout_id=payout_id, old=S.BY_HAND, where=Q(exported_at__isnull=False), now=now, marked_by_id=by.pk,
        bank_reference=reference[:LONGEST_REFERENCE], method=Method.MANUAL,
    )  # fmt: skip
    return done or _somebody_was_first(payout_id)


def confirm(*, payout_id: UUID, by: Admin, now: datetime) -> Payout:
    """A second admin has seen it on the bank's statement. Raises SamePerson for who marked it, NotInThatState."""
    _not_the_payee(payout_id, by)
    if Payout.objects.filter(pk=payout_id, marked_by_id=by.pk).exists():
        raise SamePerson("Somebody else has to confirm: you said yourself that it was paid.")
    done = arrive(
        payout_id=payout_id,
        bank=AccountKind.OPERATOR_BANK,
        where=Q(method=Method.MANUAL),
        now=now,
        confirmed_by_id=by.pk,
    )
    return done or _somebody_was_first(payout_id)


def send_back(*, payout_id: UUID, by: Admin, reason: str, now: datetime) -> Payout:
    """The operator's bank would not send it: the money is back in the worker's balance. Raises as `mark_paid`."""
    _not_the_payee(payout_id, by)
    done = give_back(payout_id=payout_id, old=[S.BY_HAND], to=S.FAILED, reason=reason, now=now)
    return done or _somebody_was_first(payout_id)


@transaction.atomic
def came_back(*, payout_id: UUID, by: Admin, reason: str, now: datetime) -> Payout:
    """The operator's bank has the money again: it is in the worker's balance. Raises SamePerson for the payee and for
    who said that it was paid, NotInThatState when it was not sent by hand, or is back."""
    payout = Payout.objects.select_for_update(no_key=True).get(pk=payout_id)
    if by.pk in (payout.worker_id, payout.marked_by_id):
        raise SamePerson("Somebody else has to say so: not the payee, and not who said that it was paid.")
    if payout.method != Method.MANUAL or payout.state not in Payout.LEFT:
        raise NotInThatState(payout)
    returns.take_in(
        payout=payout, key=f"hand:{payout.pk}", amount=payout.amount, bank=AccountKind.OPERATOR_BANK,
        reason=reason[:300], now=now,
    )  # fmt: skip
    payout.refresh_from_db()
    return payout


def _not_the_payee(payout_id: UUID, by: Admin) -> None:
    if Payout.objects.get(pk=payout_id).worker_id == by.pk:
        raise SamePerson("Somebody else has to do this: it is your own payout.")


def _somebody_was_first(payout_id: UUID) -> Payout:
    raise NotInThatState(Payout.objects.get(pk=payout_id))
