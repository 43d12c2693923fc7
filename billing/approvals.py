"""Large payouts: two admins agree, neither of them the payee, or one refuses with a reason."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from billing.models import Payout
from billing.payout_steps import NotInThatState, change, give_back, tell

S = Payout.State


class Admin(Protocol):
    """Who decides."""

    pk: Any


class SamePerson(Exception):
    """Four eyes are needed, and these two are of one head: the payee's own, or the first one's."""


@transaction.atomic
def approve(*, payout_id: UUID, by: Admin, now: datetime) -> Payout:
    """Agree to a payout that waits for it. The first word is noted, the second lets it go on its way.

    Raises SamePerson for the payee and for who agreed before, NotInThatState when it waits no more.
    """
    payout = Payout.objects.get(pk=payout_id)
    if by.pk in (payout.worker_id, payout.approved_by_id):
        raise SamePerson("Somebody else has to agree: not the payee, and not who agreed before.")
    waits = S.AWAITING_APPROVAL
    first = change(
        payout_id=payout_id, old=waits, to=waits, where=Q(approved_by=None), approved_by_id=by.pk, approved_at=now
    )
    if first:
        return first
    second = change(
        payout_id=payout_id, old=waits, to=S.REQUESTED, where=Q(approved_by__isnull=False) & ~Q(approved_by_id=by.pk),
        second_by_id=by.pk, second_at=now,
    )  # fmt: skip
    if second is None:
        raise NotInThatState(Payout.objects.get(pk=payout_id))
    tell(payout=second, topic="payout.approved", now=now)
    return second


def refuse(*, payout_id: UUID, by: Admin, reason: str, now: datetime) -> Payout:
    """Decide against a payout that nobody has begun to send, and that is in no file for the bank.

    The money is back in the worker's balance, who reads `reason`. Raises SamePerson for the payee, NotInThatState for
    any other.
    """
    payout = Payout.objects.get(pk=payout_id)
    if by.pk == payout.worker_id:
        raise SamePerson("Somebody else has to decide: this is your own payout.")
    done = give_back(
        payout_id=payout_id, old=Payout.CANCELLABLE, where=Q(exported_at=None), to=S.REFUSED, reason=reason, now=now
    )
    if done is None:
        raise NotInThatState(Payout.objects.get(pk=payout_id))
    return done
