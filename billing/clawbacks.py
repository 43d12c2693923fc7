"""Pay taken back for fraud: the reward from the worker, the fee from the platform, both to where they came from."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol

from django.db import transaction

from billing import debts, ledger
from billing.ledger import AccountKind, KeyReused, Posting, platform
from billing.models import Clawback


class Person(Protocol):
    """The worker, or who decides."""

    pk: Any


@transaction.atomic
def take_back(
    *, key: str, worker: Person, reward: int, fee: int, target: int, reason: str, decided_by: Person, now: datetime
) -> Clawback:
    """Move `reward` from the worker and `fee` from the platform's fees to the account `target`; amounts in micro-units.

    What is still in the worker's balance goes at once; what was paid out already becomes their debt, of which later
    earnings pay a part (`debts.settle_from_earnings`). The same key is the same clawback; with other amounts it raises
    KeyReused.
    """
    purse = debts.lock(kind=AccountKind.WORKER_BALANCE, owner_id=worker.pk, also=(target,))
    known = Clawback.objects.filter(key=key).first()
    if known:
        if (known.worker_id, known.reward, known.fee) != (worker.pk, reward, fee):
            raise KeyReused("clawback", key)
        return known
    back = Clawback(
        key=key, worker_id=worker.pk, reward=reward, fee=fee, owed=max(reward - purse.holds, 0), reason=reason,
        decided_by_id=decided_by.pk, created_at=now,
    )  # fmt: skip
    back.save(force_insert=True)
    details = {"clawback": str(back.pk), "about": key}
    postings = purse.take(Posting("clawback", str(back.pk), purse.account, target, reward, details))
    if fee:
        fees = platform(AccountKind.PLATFORM_FEES).pk
        postings.append(Posting("clawback_fee", str(back.pk), fees, target, fee, details))
    ledger.post(postings=postings, now=now)
    return back
