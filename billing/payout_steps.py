"""The steps a payout goes: the guarded change of its state, with what it moves in the books and whom it is told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from billing import debts, ledger
from billing.ledger import AccountKind, Posting, platform
from billing.models import Outbox, Payout
from billing.wallets import on_its_way_of

S = Payout.State


class NotInThatState(Exception):
    """A payout is not where this step begins any more: somebody was first. Carries the payout as it is."""

    def __init__(self, payout: Payout) -> None:
        super().__init__(f"{payout} is {payout.get_state_display().lower()}")
        self.payout = payout


def change(
    *,
    payout_id: UUID,
    old: Payout.State | Iterable[Payout.State],
    to: Payout.State,
    where: Q | None = None,
    **fields: Any,
) -> Payout | None:
    """The guarded change of state; None when somebody was first, or `where` does not hold."""
    states = [old] if isinstance(old, Payout.State) else list(old)
    rows = Payout.objects.filter(where or Q(), pk=payout_id, state__in=states)
    changed = rows.update(state=to, **fields)
    return Payout.objects.select_related("worker").get(pk=payout_id) if changed else None


@transaction.atomic
def leave(*, payout_id: UUID, old: Payout.State, now: datetime, where: Q | None = None, **fields: Any) -> Payout | None:
    """Payout pending → in transit: the money was sent. None when somebody was first."""
    payout = change(payout_id=payout_id, old=old, to=S.SENT, where=where, sent_at=now, reason="", **fields)
    if payout is None:
        return None
    transit = platform(AccountKind.TRANSFERS_IN_TRANSIT, currency=payout.currency)
    move(payout=payout, steps=[("payout_sent", on_its_way_of(worker=payout.worker).pk, transit.pk)], now=now)
    tell(payout=payout, topic="payout.sent", now=now)
    return payout


@transaction.atomic
def arrive(
    *, payout_id: UUID, bank: AccountKind, now: datetime, where: Q | None = None, **fields: Any
) -> Payout | None:
    """In transit → the bank it left from: it was seen there. None when somebody was first."""
    payout = change(payout_id=payout_id, old=S.SENT, to=S.PAID, where=where, finished_at=now, **fields)
    if payout is None:
        return None
    transit = platform(AccountKind.TRANSFERS_IN_TRANSIT, currency=payout.currency)
    seen = platform(bank, currency=payout.currency)
    move(payout=payout, steps=[("payout_cleared", transit.pk, seen.pk)], now=now)
    return payout


@transaction.atomic
def give_back(
    *, payout_id: UUID, old: Iterable[Payout.State], to: Payout.State, reason: str, now: datetime,
    where: Q | None = None, **fields: Any,
) -> Payout | None:  # fmt: skip
    """Payout pending → worker balance, with the reason a worker reads. None when somebody was first."""
    payout = change(payout_id=payout_id, old=old, to=to, where=where, reason=reason[:300], finished_at=now, **fields)
    if payout is None:
        return None
    pending = on_its_way_of(worker=payout.worker).pk
    purse = debts.lock(
        kind=AccountKind.WORKER_BALANCE, owner_id=payout.worker_id, currency=payout.currency, also=(pending,)
    )
    # As if it had never been asked for: what pay was taken back meanwhile comes first.
    back = Posting("payout_failed", str(payout.pk), pending, purse.account, payout.amount, _details(payout))
    ledger.post(postings=purse.give(back), now=now)
    tell(payout=payout, topic=f"payout.{to}", now=now)
    return payout


def move(*, payout: Payout, steps: Iterable[tuple[str, int, int]], now: datetime) -> None:
    """Post the payout's amount along `steps`: kind, source and target account, all in one."""
    postings = [
        Posting(kind, str(payout.pk), source, to, payout.amount, _details(payout)) for kind, source, to in steps
    ]
    ledger.post(postings=postings, now=now)


def _details(payout: Payout) -> dict[str, str]:
    return {"payout": str(payout.pk)}


def tell(*, payout: Payout, topic: str, now: datetime) -> None:
    """Let whoever stands above know."""
    payload = {"payout": str(payout.pk), "worker": payout.worker_id, "amount": payout.amount, "reason": payout.reason}
    Outbox.objects.create(topic=topic, payload=payload, created_at=now)
