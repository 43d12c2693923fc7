"""A requester's money at a glance: the wallet, what each job holds, and the wallet's statement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import F

from billing import debts, ledger
from billing.models import Deposit
from billing.wallets import Line, statement, wallet_of
from marketplace.models import Job, User
from marketplace.movements import Movement, explained

LINES = 30


@dataclass(frozen=True)
class HeldByJob:
    """What one job holds, micro-units."""

    job: Job
    free: int
    committed: int
    reserve: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.free + self.committed + self.reserve


@dataclass(frozen=True)
class Purse:
    """Money in micro-units. `older` is the statement's next page, None on the last."""

    balance: int
    held: tuple[HeldByJob, ...]
    lines: Sequence[Movement[Line]]
    older: int | None
    waiting: tuple[Deposit, ...]
    owed: int  # since a bank took a payment back after it was spent

    @property
    def held_total(self) -> int:
        """All that jobs hold."""
        return sum(row.total for row in self.held)


def purse(*, owner: User, before: int | None = None) -> Purse:
    """Read a requester's money; `before` pages back through the statement."""
    account = wallet_of(owner=owner)
    lines = list(statement(account=account, limit=LINES + 1, before=before))
    jobs = Job.objects.filter(owner=owner, escrow_free__isnull=False).annotate(
        free=F("escrow_free__balance"),
        committed=F("escrow_committed__balance"),
        reserve=F("fair_pay_reserve__balance"),
    )
    held = [HeldByJob(job, job.free or 0, job.committed or 0, job.reserve or 0) for job in jobs]
    shown = lines[:LINES]
    return Purse(
        balance=ledger.balance(account_id=account.pk),
        held=tuple(row for row in held if row.total),
        lines=explained(lines=shown),
        older=shown[-1].sequence if len(lines) > LINES else None,
        waiting=tuple(Deposit.objects.filter(owner=owner, state=Deposit.State.WAITING).order_by("-created_at")[:3]),
        owed=debts.owed_by_requester(owner_id=owner.pk),
    )
