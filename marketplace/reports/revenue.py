"""The revenue report: what the platform earned and what it cost, day by day, and what it holds for others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection

from billing.models import AccountKind
from marketplace.reports.period import Period

# Which accounts each figure is made of, and whether what comes in adds to it (1) or takes from it (-1).
EARNED: Mapping[str, tuple[int, tuple[AccountKind, ...]]] = {
    "fees": (1, (AccountKind.PLATFORM_FEES,)),
    "bank_fees": (-1, (AccountKind.STRIPE_FEES,)),
    "losses": (-1, (AccountKind.LOSSES,)),
    "goodwill": (-1, (AccountKind.GOODWILL,)),
}
HELD: Mapping[str, tuple[AccountKind, ...]] = {
    "in_wallets": (AccountKind.WALLET,),
    "in_escrow": (AccountKind.ESCROW_FREE, AccountKind.ESCROW_COMMITTED, AccountKind.FAIR_PAY_RESERVE),
    "owed_to_workers": (AccountKind.WORKER_BALANCE, AccountKind.PAYOUT_PENDING),
}

# Everything since the first day: what was held at the end of a day is what is held now, less what moved since.
_FLOWS = """
    SELECT (m.created_at AT TIME ZONE 'UTC')::date, a.kind, sum(m.amount)::bigint
    FROM (SELECT target_id AS account, amount, created_at FROM billing_transfer WHERE created_at >= %(start)s
          UNION ALL
          SELECT source_id, -amount, created_at FROM billing_transfer WHERE created_at >= %(start)s) AS m
    JOIN billing_account a ON a.id = m.account WHERE a.kind = ANY(%(kinds)s) GROUP BY 1, 2
"""
_NOW = "SELECT kind, sum(balance)::bigint FROM billing_account WHERE balance IS NOT NULL GROUP BY kind"


@dataclass(frozen=True)
class RevenueDay:
    """One day, or all of them: earned and spent in it, and what is held for others at its end. Micro-units."""

    day: date
    fees: int
    bank_fees: int
    losses: int
    goodwill: int
    in_wallets: int
    in_escrow: int
    owed_to_workers: int

    @property
    def result(self) -> int:
        """What is left of the fees."""
        return self.fees - self.bank_fees - self.losses - self.goodwill


@dataclass(frozen=True)
class RevenueReport:
    """The days on which money moved, the latest first, and the total with what was held at the end of the last."""

    period: Period
    rows: tuple[RevenueDay, ...]
    total: RevenueDay


COLUMNS = ("day", "fees", "bank_fees", "losses", "goodwill", "result", "in_wallets", "in_escrow", "owed_to_workers")


def revenue_report(*, period: Period) -> RevenueReport:
    """Read the report for a period: two statements of aggregates."""
    kinds = [kind for _, found in EARNED.values() for kind in found] + [k for found in HELD.values() for k in found]
    flows: dict[date, dict[str, int]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_FLOWS, {"start": period.start, "kinds": kinds})
        for day, kind, amount in cursor.fetchall():
            flows.setdefault(day, {})[kind] = amount
        cursor.execute(_NOW)
        now: dict[str, int] = dict(cursor.fetchall())
    held = {name: sum(now.get(kind, 0) for kind in found) for name, found in HELD.items()}
    rows = []
    for day in sorted(flows, reverse=True):
        if day <= period.last:
            rows.append(RevenueDay(day=day, **_earned(flows[day]), **held))
        held = {name: level - _flow(flows[day], HELD[name]) for name, level in held.items()}
    return RevenueReport(period, tuple(rows), _total(period, rows, held))


def _earned(flow: Mapping[str, int]) -> dict[str, int]:
    return {name: sign * _flow(flow, kinds) for name, (sign, kinds) in EARNED.items()}


def _flow(flow: Mapping[str, int], kinds: tuple[AccountKind, ...]) -> int:
    return sum(flow.get(kind, 0) for kind in kinds)


def _total(period: Period, rows: list[RevenueDay], before: Mapping[str, int]) -> RevenueDay:
    """`before`: what was held when the first day began, which stays when nothing moves."""
    sums = {name: sum(getattr(row, name) for row in rows) for name in EARNED}
    last = {name: getattr(rows[0], name) if rows else before[name] for name in HELD}
    return RevenueDay(day=period.last, **sums, **last)
