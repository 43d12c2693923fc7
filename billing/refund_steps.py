"""The steps a refund goes, each with what it moves in the books and whom it is told. The caller has locked the row.

wallet → transfers in transit → stripe available; and back into the wallet from wherever it was when it failed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from billing import debts, ledger
from billing.debts import Purse
from billing.ledger import AccountKind, Posting, platform
from billing.models import Deposit, Outbox, Refund

S = Refund.State


def take_out(*, refund: Refund, purse: Purse, now: datetime) -> None:
    """Wallet → in transit. The caller has seen that the wallet holds it."""
    ledger.post(postings=[_requested(refund, purse)], now=now)


def place(*, refund: Refund, deposit: Deposit, now: datetime) -> Refund:
    """The deposit of a refund that the bank told is known: all that it did so far comes into the books.

    It has left already, so it is taken whatever the wallet holds.
    """
    refund = change(refund=refund, to=S(refund.state), deposit=deposit, currency=deposit.currency)
    purse = _purse(refund)
    postings = purse.take(_requested(refund, purse))
    if refund.state == S.FAILED:
        postings += _back(refund, purse, S.SENT)
        _tell(refund, "refund.failed", now)
    ledger.post(postings=postings, now=now)
    return refund


def arrive(*, refund: Refund, now: datetime) -> None:
    """In transit → stripe available: it was seen leaving the bank."""
    refund = change(refund=refund, to=S.PAID, finished_at=now)
    ledger.post(postings=[_cleared(refund)], now=now)
    _tell(refund, "refund.paid", now)


def come_back(*, refund: Refund, left: bool, reason: str, now: datetime) -> None:
    """It failed; the money is in the wallet again, and settles a debt made meanwhile first.

    `left`: it had left the bank balance. Then both movements are in the provider's books, so both are in ours; else
    neither is.
    """
    before = S(refund.state)
    came_back = left or before == S.PAID
    refund = change(refund=refund, to=S.FAILED, came_back=came_back, reason=reason[:300], finished_at=now)
    if refund.deposit_id is None:
        return  # nothing of it is in the books
    ledger.post(postings=_back(refund, _purse(refund), before), now=now)
    _tell(refund, "refund.failed", now)


def change(*, refund: Refund, to: Refund.State, **fields: Any) -> Refund:
    """The change of state alone."""
    Refund.objects.filter(pk=refund.pk).update(state=to, **fields)
    return Refund.objects.select_related("deposit").get(pk=refund.pk)


def _back(refund: Refund, purse: Purse, before: Refund.State) -> list[Posting]:
    source, postings = AccountKind.TRANSFERS_IN_TRANSIT, []
    if refund.came_back:
        source, postings = AccountKind.STRIPE_AVAILABLE, [] if before == S.PAID else [_cleared(refund)]
    bank = platform(source, currency=refund.currency).pk
    return postings + purse.give(_posting(refund, "refund_failed", bank, purse.account))


def _requested(refund: Refund, purse: Purse) -> Posting:
    transit = platform(AccountKind.TRANSFERS_IN_TRANSIT, currency=refund.currency)
    return _posting(refund, "refund_requested", purse.account, transit.pk)


def _cleared(refund: Refund) -> Posting:
    transit = platform(AccountKind.TRANSFERS_IN_TRANSIT, currency=refund.currency)
    bank = platform(AccountKind.STRIPE_AVAILABLE, currency=refund.currency)
    return _posting(refund, "refund_cleared", transit.pk, bank.pk)


def _posting(refund: Refund, kind: str, source: int, target: int) -> Posting:
    details = {"refund": str(refund.pk), "deposit": str(refund.deposit_id)}
    return Posting(kind, str(refund.pk), source, target, refund.amount, details)


def _purse(refund: Refund) -> Purse:
    return debts.lock(kind=AccountKind.WALLET, owner_id=_deposit(refund).owner_id, currency=refund.currency)


def _tell(refund: Refund, topic: str, now: datetime) -> None:
    payload = {"refund": str(refund.pk), "owner": _deposit(refund).owner_id, "amount": refund.amount}
    Outbox.objects.create(topic=topic, payload=payload | {"reason": refund.reason}, created_at=now)


def _deposit(refund: Refund) -> Deposit:
    assert refund.deposit is not None, "what is in the books is of a deposit"
    return refund.deposit
