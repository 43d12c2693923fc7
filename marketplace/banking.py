"""Money in and out of the market: billing does it, and the audit log says who asked."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from django.db import transaction

from billing import deposits, payouts
from billing.models import Deposit, Payout
from marketplace import auditlog, bell, second_factor
from marketplace.models import User


def start_deposit(
    *,
    owner: User,
    amount: int,
    idempotency_key: str,
    success_url: str,
    cancel_url: str,
    now: datetime,
    address: str | None = None,
) -> Deposit:
    """Open a payment page for `amount` micro-units; `.checkout_url` is where the owner pays.

    The deposit's row and its audit entry are one transaction, made before the provider is asked. The same key gives
    the same deposit and no second entry. Raises Forbidden without a second factor, and whatever `deposits.start`
    raises. Not to be called inside a transaction. `address` is the caller's IP address.
    """
    second_factor.demand(person=owner)
    key = idempotency_key or uuid4().hex
    with transaction.atomic():
        deposit, is_new = deposits.reserve(
            owner=owner, amount=amount, idempotency_key=key, success_url=success_url, cancel_url=cancel_url, now=now
        )
        if is_new:
            after = {"amount": deposit.amount, "currency": deposit.currency}
            auditlog.record(
                actor=owner, action="deposit.started", subject=deposit, now=now, after=after, address=address
            )
    return deposits.start(
        owner=owner, amount=amount, idempotency_key=key, success_url=success_url, cancel_url=cancel_url, now=now
    )


@transaction.atomic
def request_payout(
    *, worker: User, amount: int | None, idempotency_key: str, now: datetime, address: str | None = None
) -> Payout:
    """Reserve a payout of `amount` micro-units, or of all whole cents there are, and have it sent in the background.

    The same key gives the same payout and no second audit entry: the worker's account stays locked until both are
    committed. Raises whatever `payouts.request` raises. `address` is the caller's IP address.
    """
    payout = payouts.request(worker=worker, amount=amount, idempotency_key=idempotency_key, now=now)
    if not auditlog.is_noted(action="payout.requested", subject=payout):
        after = {"amount": payout.amount, "currency": payout.currency}
        auditlog.record(actor=worker, action="payout.requested", subject=payout, now=now, after=after, address=address)
    if payout.state == Payout.State.REQUESTED:
        bell.ring("send_payout", str(payout.pk))
    return payout
