"""The payout report: what each worker earned, was paid, and is owed; it adds up with the ledger.

Earned is the pay of answers, top-ups to fair pay, and bonuses.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from django.db import connection

from billing import kpis
from marketplace.reports.period import Period

# One pass over the period's work and one over its payouts; balances are what they are now.
_QUERY = """
    WITH work AS (
        SELECT worker_id, count(*) FILTER (WHERE state IN ('accepted', 'overturned')) AS accepted,
               count(*) FILTER (WHERE state = 'rejected') AS rejected, sum(earned) AS earned,
               sum(paid_ms) FILTER (WHERE state IN ('accepted', 'overturned')) AS paid_ms
        FROM marketplace_assignment WHERE settled_at >= %(start)s AND settled_at < %(end)s GROUP BY worker_id),
    beside AS (
        SELECT worker_id, sum(amount) AS earned FROM (
            SELECT worker_id, amount FROM marketplace_bonus WHERE created_at >= %(start)s AND created_at < %(end)s
            UNION ALL
            SELECT u.worker_id, u.amount FROM marketplace_topup u
            JOIN marketplace_assignment a ON a.id = u.assignment_id
            WHERE u.created_at >= %(start)s AND u.created_at < %(end)s AND a.state <> 'reversed') AS one
        GROUP BY worker_id),
    paid AS (
        SELECT worker_id, sum(amount) FILTER (WHERE state IN ('sent', 'paid')) AS paid_out,
               count(*) FILTER (WHERE state IN ('sent', 'paid')) AS payouts,
               count(*) FILTER (WHERE state = 'failed') AS failed
        FROM billing_payout WHERE created_at >= %(start)s AND created_at < %(end)s GROUP BY worker_id),
    owed AS (
        SELECT owner_id, sum(balance) FILTER (WHERE kind = 'worker_balance') AS balance,
               sum(balance) FILTER (WHERE kind = 'payout_pending') AS pending
        FROM billing_account WHERE kind IN ('worker_balance', 'payout_pending') GROUP BY owner_id)
    SELECT u.id, u.email, u.pseudonym, coalesce(work.accepted, 0), coalesce(work.rejected, 0),
           (coalesce(work.earned, 0) + coalesce(beside.earned, 0))::bigint, coalesce(work.paid_ms, 0)::bigint,
           coalesce(paid.paid_out, 0)::bigint,
           coalesce(paid.payouts, 0), coalesce(paid.failed, 0), coalesce(owed.pending, 0)::bigint,
           coalesce(owed.balance, 0)::bigint
    FROM marketplace_user u LEFT JOIN work ON work.worker_id = u.id LEFT JOIN paid ON paid.worker_id = u.id
    LEFT JOIN owed ON owed.owner_id = u.id LEFT JOIN beside ON beside.worker_id = u.id
    WHERE work.worker_id IS NOT NULL OR beside.worker_id IS NOT NULL OR paid.worker_id IS NOT NULL
        OR owed.balance > 0 OR owed.pending > 0
    ORDER BY coalesce(work.earned, 0) + coalesce(beside.earned, 0) DESC, u.id
"""

# The keys of what was paid for answers whose pay was taken back since.
REVERSED = """
    WITH answers AS (
        SELECT substr(key, length('assignment:') + 1) AS key FROM billing_clawback WHERE key LIKE 'assignment:%%'),
    reversed AS (
        SELECT key FROM answers
        UNION ALL
        SELECT q.id::text FROM answers JOIN marketplace_appeal q ON q.assignment_id = answers.key::uuid)
"""

# The same sums out of the ledger itself. What was taken back since counts in neither: a reversed answer earned nothing.
_BOOKS = f"""
    {REVERSED}
    SELECT (SELECT coalesce(sum(amount), 0) FROM billing_transfer
            WHERE kind IN ('accepted', 'appeal_upheld', 'bonus', 'fair_pay')
              AND created_at >= %(start)s AND created_at < %(end)s)::bigint
           - (SELECT coalesce(sum(t.amount), 0) FROM reversed r JOIN billing_transfer t ON t.key = r.key
              WHERE t.kind IN ('accepted', 'appeal_upheld', 'fair_pay')
                AND t.created_at >= %(start)s AND t.created_at < %(end)s)::bigint,
           coalesce(sum(balance) FILTER (WHERE kind = 'payout_pending'), 0)::bigint,
           coalesce(sum(balance) FILTER (WHERE kind = 'worker_balance'), 0)::bigint
    FROM billing_account WHERE kind IN ('worker_balance', 'payout_pending')
"""  # noqa: S608 - built from constants


@dataclass(frozen=True)
class Books:
    """What the ledger says of the same period, micro-units; `pending` and `balance` as of now."""

    earned: int
    pending: int
    balance: int


@dataclass(frozen=True)
class PayoutRow:
    """One worker. Money in micro-units, time in ms; `pending` and `balance` are as of now."""

    worker_id: int
    email: str
    pseudonym: str
    accepted: int
    rejected: int
    earned: int
    paid_ms: int
    paid_out: int
    payouts: int
    failed: int
    pending: int
    balance: int

    @property
    def hourly(self) -> int | None:
        """Micro-units an hour over the accepted work, by the time it is paid for."""
        return kpis.hourly_pay(earned=self.earned, active_ms=self.paid_ms)


@dataclass(frozen=True)
class PayoutReport:
    """The rows, most earned first, and their sums by column name."""

    period: Period
    rows: tuple[PayoutRow, ...]
    totals: dict[str, int]
    books: Books

    @property
    def off(self) -> dict[str, int]:
        """By how much a total differs from the ledger, by column; empty when all add up."""
        pairs = {name: self.totals[name] - getattr(self.books, name) for name in ("earned", "pending", "balance")}
        return {name: difference for name, difference in pairs.items() if difference}


SUMMED = ("accepted", "rejected", "earned", "paid_ms", "paid_out", "payouts", "failed", "pending", "balance")


def payout_report(*, period: Period) -> PayoutReport:
    """Read the report for a period: two statements of aggregates over one snapshot, never a scan of annotations."""
    span = {"start": period.start, "end": period.end}
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, span)
        rows = tuple(PayoutRow(*row) for row in cursor.fetchall())
        cursor.execute(_BOOKS, span)
        books = Books(*cursor.fetchone())
    return PayoutReport(period, rows, {name: sum(getattr(row, name) for row in rows) for name in SUMMED}, books)


COLUMNS = tuple(field.name for field in fields(PayoutRow))
