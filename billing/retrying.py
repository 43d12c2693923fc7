"""A payout that did not arrive, tried again: only when what stood in its way has changed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from billing import payable, payout_accounts, payouts
from billing.models import Payout

S = Payout.State
# Faults of where the money was to go: nothing changes until that does.
OF_THE_ACCOUNT = frozenset(
    {"insufficient_capabilities_for_transfer", "resource_missing", "account_closed", "account_invalid"}
)


class NothingChanged(Exception):
    """Trying again would end as before."""


def obstacle(*, payout: Payout) -> str:
    """Why a payout is not tried again, as a sentence; empty when it may be."""
    if payout.state not in (S.FAILED, S.RETURNED):
        return "Only a payout that failed or came back can be tried again."
    if Payout.objects.filter(retry_of=payout).exists():
        return "It was tried again already."
    account = payout_accounts.account_of(worker=payout.worker)
    if account and not account.payouts_enabled:
        return "The worker's payout account still cannot receive money."
    if payout.failure_code in OF_THE_ACCOUNT and unchanged_since(payout=payout):
        return "Nothing has changed about the worker's payout account since it failed."
    return ""


def unchanged_since(*, payout: Payout) -> bool:
    """Whether the worker's payout account is as it was when a payout of theirs ended."""
    account = payout_accounts.account_of(worker=payout.worker)
    turned = account.turned_at if account else None
    return turned is None or (payout.finished_at is not None and turned <= payout.finished_at)


def retry(*, payout_id: UUID, now: datetime) -> Payout:
    """Ask for the money of a failed payout once more, as a payout of its own; the first one stays as it is.

    Trying twice gives the same one. Raises NothingChanged saying why not, AmountRefused when the money is gone
    otherwise.
    """
    failed = Payout.objects.select_related("worker").get(pk=payout_id)
    known = Payout.objects.filter(retry_of=failed).first()
    if known:
        return known
    why_not = obstacle(payout=failed)
    if why_not:
        raise NothingChanged(why_not)
    leaving = failed.amount < payable.minimum()
    return payouts.request(
        worker=failed.worker, amount=failed.amount, idempotency_key=f"retry:{failed.pk}", now=now, leaving=leaving,
        retry_of=failed,
    )  # fmt: skip
