"""What workers earned and were paid in a calendar year (UTC), from the ledger: what a tax office asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from billing.models import AccountKind
from marketplace.models import User

# A worker's own accounts; what moves between them is neither earned nor paid out.
OWN = (AccountKind.WORKER_BALANCE, AccountKind.PAYOUT_PENDING, AccountKind.RECEIVABLE_WORKER)
# Where pay comes from, and where it goes back to when it is taken back.
PAYERS = (
    AccountKind.ESCROW_FREE,
    AccountKind.ESCROW_COMMITTED,
    AccountKind.FAIR_PAY_RESERVE,
    AccountKind.WALLET,
    AccountKind.GOODWILL,
    AccountKind.PLATFORM_FEES,
)
# Where payouts go, and come back from when a bank returns them.
BANKS = (
    AccountKind.TRANSFERS_IN_TRANSIT,
    AccountKind.STRIPE_AVAILABLE,
    AccountKind.STRIPE_PENDING,
    AccountKind.OPERATOR_BANK,
)
# Neither: debts written off and mistakes put right. With these all kinds of accounts are named.
CORRECTIONS = (
    AccountKind.LOSSES,
    AccountKind.SUSPENSE,
    AccountKind.RECEIVABLE_REQUESTER,
    AccountKind.STRIPE_FEES,
)

# Given up on leaving is neither: it is in no year's pay taken back.
_QUERY = """
    WITH moved AS (
        SELECT own.owner_id, other.kind AS other, t.amount, t.created_at
        FROM billing_account own JOIN billing_transfer t ON t.target_id = own.id
        JOIN billing_account other ON other.id = t.source_id
        WHERE own.kind = ANY(%(own)s) AND other.kind <> ALL(%(own)s) AND t.kind <> 'given_up' AND {whose}
        UNION ALL
        SELECT own.owner_id, other.kind, -t.amount, t.created_at
        FROM billing_account own JOIN billing_transfer t ON t.source_id = own.id
        JOIN billing_account other ON other.id = t.target_id
        WHERE own.kind = ANY(%(own)s) AND other.kind <> ALL(%(own)s) AND t.kind <> 'given_up' AND {whose}
    )
    SELECT owner_id, extract(year FROM created_at AT TIME ZONE 'UTC')::int AS year,
        coalesce(sum(amount) FILTER (WHERE other = ANY(%(payers)s)), 0)::bigint,
        coalesce(-sum(amount) FILTER (WHERE other = ANY(%(banks)s)), 0)::bigint
    FROM moved GROUP BY 1, 2
"""
_PARAMETERS = {"own": list(OWN), "payers": list(PAYERS), "banks": list(BANKS)}


@dataclass(frozen=True)
class Year:
    """One worker's calendar year; micro-units. `paid_out` counts when the money left, less what banks returned."""

    year: int
    earned: int
    paid_out: int


@dataclass(frozen=True)
class WorkerYear:
    """A row of the admins' report."""

    year: int
    worker_id: int
    name: str
    email: str
    pseudonym: str
    country: str
    earned: int
    paid_out: int


@dataclass(frozen=True)
class YearReport:
    """All workers of one year, most paid out first, and the years there are."""

    year: int
    years: tuple[int, ...]
    rows: tuple[WorkerYear, ...]

    @property
    def earned(self) -> int:
        """Of all workers, micro-units."""
        return sum(row.earned for row in self.rows)

    @property
    def paid_out(self) -> int:
        """Of all workers, micro-units."""
        return sum(row.paid_out for row in self.rows)


COLUMNS = ("year", "name", "email", "pseudonym", "country", "earned", "paid_out")


def years_of(*, worker: User) -> Sequence[Year]:
    """A worker's years in which anything was earned or paid out, the latest first."""
    with connection.cursor() as cursor:
        cursor.execute(_QUERY.format(whose="own.owner_id = %(worker)s"), {**_PARAMETERS, "worker": worker.pk})
        rows = cursor.fetchall()
    found = [Year(year, earned, paid_out) for _, year, earned, paid_out in rows if earned or paid_out]
    return sorted(found, key=lambda row: row.year, reverse=True)


def year_report(*, year: int) -> YearReport:
    """What all workers earned and were paid in a year. Reads every movement of workers' money once."""
    with connection.cursor() as cursor:
        cursor.execute(_QUERY.format(whose="true"), _PARAMETERS)
        rows = [row for row in cursor.fetchall() if row[2] or row[3]]
    people = User.objects.in_bulk([owner for owner, of, _, _ in rows if of == year])
    found = [_row(year, people[owner], earned, paid) for owner, of, earned, paid in rows if of == year]
    found.sort(key=lambda row: (-row.paid_out, -row.earned, row.worker_id))
    return YearReport(year, tuple(sorted({row[1] for row in rows}, reverse=True)), tuple(found))


def _row(year: int, person: User, earned: int, paid_out: int) -> WorkerYear:
    return WorkerYear(
        year=year, worker_id=person.pk, name=person.name, email=person.email, pseudonym=person.pseudonym,
        country=person.country, earned=earned, paid_out=paid_out,
    )  # fmt: skip
