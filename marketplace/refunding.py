"""Deposits back to the card, asked for by their requester. What admins send back two of them agree to (`adjusting`)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from billing import refunds
from billing.models import Deposit, Refund
from billing.money import AmountRefused
from marketplace import auditlog, bell, second_factor
from marketplace.models import User


@transaction.atomic
def request_refund(
    *,
    deposit_id: UUID,
    amount: int | None,
    asked_by: User,
    idempotency_key: str,
    now: datetime,
    address: str | None = None,
) -> Refund:
    """Ask for `amount` micro-units of a deposit back, or for all that can be; it is sent in the background.

    The same key gives the same refund and no second audit entry. Raises Deposit.DoesNotExist for somebody else's,
    Forbidden without a second factor, and whatever `refunds.request` raises.
    """
    second_factor.demand(person=asked_by)
    deposit = Deposit.objects.get(pk=deposit_id, owner=asked_by)
    refund, is_new = refunds.request(
        deposit_id=deposit.pk, amount=amount, asked_by=asked_by, idempotency_key=idempotency_key, now=now
    )
    if is_new:
        after = {"amount": refund.amount, "currency": refund.currency, "deposit": str(deposit.pk)}
        auditlog.record(
            actor=asked_by, action="refund.requested", subject=refund, now=now, after=after, address=address
        )
    if refund.state == Refund.State.REQUESTED:
        bell.ring("send_refund", str(refund.pk))
    return refund


def refund_wallet(*, owner: User, now: datetime, address: str | None = None) -> int:
    """Send all that is in the wallet back to the cards it came from, the latest deposit first; returns how much.

    Each deposit by itself, so that accounts are locked in their order. What no card takes stays. Raises Forbidden.
    """
    total = 0
    for deposit in Deposit.objects.filter(owner=owner, state=Deposit.State.PAID).order_by("-paid_at", "pk"):
        if not refunds.refundable(deposit=deposit):
            continue
        try:
            total += request_refund(
                asked_by=owner, deposit_id=deposit.pk, amount=None, idempotency_key="", now=now, address=address
            ).amount
        except AmountRefused:
            break  # the wallet is empty, or too little is left of it
    return total
