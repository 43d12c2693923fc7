"""What a worker may have paid out now, and under which rules: minimum, holds, and when two admins have to agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Sum

from billing import ledger
from billing.holds import Held, Worker, held_of
from billing.models import Payout
from billing.money import CENT, AmountRefused, format_amount, parse_amount, whole_cents
from billing.wallets import earnings_of

DAY = timedelta(hours=24)


@dataclass(frozen=True)
class Payable:
    """Micro-units. `amount` is what may be asked for: whole cents of the balance less what is held of it."""

    balance: int
    held: tuple[Held, ...]

    @property
    def held_total(self) -> int:
        """All that is held."""
        return sum(one.amount for one in self.held)

    @property
    def amount(self) -> int:
        """Whole cents."""
        return whole_cents(self.balance - self.held_total)


def payable_of(*, worker: Worker, now: datetime) -> Payable:
    """How much of a worker's balance may be asked for."""
    balance = ledger.balance(account_id=earnings_of(worker=worker).pk)
    return Payable(balance, within(held=held_of(worker=worker, now=now), balance=balance))


def within(*, held: tuple[Held, ...], balance: int) -> tuple[Held, ...]:
    """What is held (the soonest first) as far as it is still there: what was paid out already is of what is sure
    soonest, so each day says what really becomes payable on it."""
    kept: list[Held] = []
    for one in reversed(held):
        amount = min(one.amount, balance - sum(later.amount for later in kept))
        if amount > 0:
            kept.append(Held(amount, one.until))
    return tuple(reversed(kept))


def minimum() -> int:
    """The least payout, micro-units."""
    return parse_amount(settings.PAYOUT_MINIMUM, field="PAYOUT_MINIMUM")


def approval_limit() -> int:
    """From more than this in 24 h on two admins have to agree, micro-units."""
    return parse_amount(settings.PAYOUT_APPROVAL_ABOVE, field="PAYOUT_APPROVAL_ABOVE", minimum=0)


def fresh_login_limit() -> int:
    """For more than this a worker has just said who they are, micro-units."""
    return parse_amount(settings.PAYOUT_FRESH_LOGIN_ABOVE, field="PAYOUT_FRESH_LOGIN_ABOVE", minimum=0)


def check(*, wanted: int, payable: Payable, leaving: bool) -> None:
    """Raise AmountRefused (rules: whole_cents, minimum, balance, held) unless `wanted` micro-units may be asked for.

    Who is `leaving` may have any whole cent: a minimum must never keep somebody's last money.
    """
    least = CENT if leaving else minimum()
    if wanted % CENT:
        raise AmountRefused("amount", "whole_cents", "A payout is in whole cents; the rest stays in your balance.")
    if wanted > payable.balance:
        raise AmountRefused("amount", "balance", f"Your balance is {format_amount(payable.balance)}.")
    if wanted > payable.amount or (payable.held_total and wanted == payable.amount < least):
        raise AmountRefused("amount", "held", f"{_held_words(payable)} Payable now: {format_amount(payable.amount)}.")
    if wanted < least:
        raise AmountRefused("amount", "minimum", f"The least payout is {format_amount(least)}.")


def needs_approval(*, worker: Worker, amount: int, now: datetime) -> bool:
    """Whether this payout takes the worker's last 24 h above the limit: many small ones count as one large one."""
    lately = Payout.objects.filter(worker_id=worker.pk, created_at__gt=now - DAY).exclude(state__in=Payout.GIVEN_BACK)
    before = lately.aggregate(sum=Sum("amount"))["sum"] or 0
    return bool(before + amount > approval_limit())


def _held_words(payable: Payable) -> str:
    dates = [one.until for one in payable.held if one.until]
    until = (
        f"until {max(dates):%-d %B %Y}" if dates and len(dates) == len(payable.held) else "until their money is sure"
    )
    return f"{format_amount(payable.held_total)} was paid by new requesters and is held {until}."
