"""Money for the demo world: through the sandbox bank like anybody's, but booked at a time in the past."""

from __future__ import annotations

import threading
from datetime import datetime

from django.db import transaction

from billing import deposits, gateway, payouts
from billing.gateway import GatewayAway
from billing.models import Deposit, Payout
from billing.money import AmountRefused
from marketplace.demo.client import pay_at_checkout
from marketplace.models import User


class NoBank(RuntimeError):
    """The sandbox bank does not answer."""


def pay_in(*, owner: User, amount: int, key: str, site: str, now: datetime) -> Deposit:
    """Deposit `amount` micro-units, paid at the bank today and booked at `now`; the same key is one deposit.

    Raises NoBank when the bank does not answer.
    """
    page = f"{site}/wallet/"
    try:
        deposit = deposits.start(
            owner=owner, amount=amount, idempotency_key=key, success_url=page, cancel_url=page, now=now
        )
        if deposit.state == Deposit.State.WAITING:
            _pay_and_book(deposit, now)
    except (GatewayAway, OSError) as away:
        raise NoBank(f"The sandbox bank does not answer: {away}") from away
    deposit.refresh_from_db()
    return deposit


def _pay_and_book(deposit: Deposit, now: datetime) -> None:
    """Press Pay, and book the payment before its webhook does: that one waits for our lock and then finds it done."""
    with transaction.atomic():
        Deposit.objects.select_for_update().get(pk=deposit.pk)
        faults: list[Exception] = []
        pressing = threading.Thread(target=_press, args=(deposit.checkout_url, faults), daemon=True)
        pressing.start()
        while True:
            page = gateway.find_checkout(session_id=deposit.provider_session or "")
            if page.paid or faults:
                break
            pressing.join(0.05)
        if faults:
            raise OSError(str(faults[0]))
        deposits.record(page=page, reference=str(deposit.pk), now=now)
    pressing.join(10)


def _press(url: str, faults: list[Exception]) -> None:
    try:
        pay_at_checkout(url=url)
    except (OSError, ValueError) as fault:
        faults.append(fault)


def pay_out(*, worker: User, key: str, now: datetime) -> Payout | None:
    """Pay a worker all they can be paid, at `now`; None when that is less than the least payout."""
    try:
        payout = payouts.request(worker=worker, amount=None, idempotency_key=key, now=now)
    except AmountRefused:
        return None
    return payouts.send(payout_id=payout.pk, now=now)
