"""An account's statement for a span of time: what it held before, every movement, what it held after."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from billing.models import Account
from billing.wallets import Line, words_of

CHUNK = 20_000
"""Lines read at a time: each reading looks through the whole account, so few and large ones."""


class SumsDiffer(Exception):
    """The movements do not lead from the opening to the closing balance: the books are wrong, and nothing is shown."""


@dataclass(frozen=True)
class Statement:
    """A span of an account's history, from `since` up to but without `until`; money in micro-units.

    What comes later has a higher sequence than `upto`, so a statement that is read slowly stays as it was begun.
    """

    account: Account
    since: datetime
    until: datetime
    upto: int
    opening: int
    came_in: int
    went_out: int
    closing: int
    count: int


@dataclass(frozen=True)
class Day:
    """What moved on one day (UTC), and the balance at its end; micro-units."""

    on: date
    came_in: int
    went_out: int
    balance: int
    count: int


# A movement is seen from one account. Those of one moment are in the order of their keys, which says nothing: the order
# they were written in would tell what was judged after what.
_MOVEMENT = """
    WITH movement AS (
        SELECT id, source_sequence AS sequence, created_at, kind, key, -amount AS amount, details
        FROM billing_transfer WHERE source_id = %(account)s AND source_sequence <= %(upto)s
        UNION ALL
        SELECT id, target_sequence, created_at, kind, key, amount, details
        FROM billing_transfer WHERE target_id = %(account)s AND target_sequence <= %(upto)s
    )
"""
_SUMS = f"""{_MOVEMENT}
    SELECT coalesce(sum(amount) FILTER (WHERE created_at < %(since)s), 0)::bigint,
        coalesce(sum(amount) FILTER (WHERE span AND amount > 0), 0)::bigint,
        coalesce(-sum(amount) FILTER (WHERE span AND amount < 0), 0)::bigint,
        count(*) FILTER (WHERE span), coalesce(sum(amount), 0)::bigint
    FROM (SELECT *, created_at >= %(since)s AND created_at < %(until)s AS span FROM movement) AS m
"""  # noqa: S608 - text of our own
_LINES = f"""{_MOVEMENT}
    SELECT id, sequence, created_at, kind, key, amount, details::text,
        (sum(amount) OVER (ORDER BY created_at, kind, key ROWS UNBOUNDED PRECEDING))::bigint
    FROM movement WHERE created_at >= %(since)s AND created_at < %(until)s
    ORDER BY created_at, kind, key LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608 - text of our own
_DAYS = f"""{_MOVEMENT}
    SELECT (created_at AT TIME ZONE 'UTC')::date AS day, coalesce(sum(amount) FILTER (WHERE amount > 0), 0)::bigint,
        coalesce(-sum(amount) FILTER (WHERE amount < 0), 0)::bigint,
        (sum(sum(amount)) OVER (ORDER BY (created_at AT TIME ZONE 'UTC')::date))::bigint, count(*)
    FROM movement WHERE created_at >= %(since)s AND created_at < %(until)s GROUP BY 1 ORDER BY 1
"""  # noqa: S608 - text of our own


def statement_of(*, account: Account, since: datetime, until: datetime) -> Statement:
    """The sums of an account's statement; its lines are read by `lines` and `all_lines`.

    Raises ValueError for an account that carries no balance: those have no history of their own. Raises SumsDiffer
    when its movements are not what it holds.
    """
    fresh = Account.objects.get(pk=account.pk)
    if fresh.sequence is None:
        raise ValueError(f"{account} carries no balance, so it has no statement")
    span: dict[str, Any] = {"account": fresh.pk, "upto": fresh.sequence, "since": since, "until": until}
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, span)
        opening, came_in, went_out, count, moved = cursor.fetchone()
    if moved != fresh.balance:
        raise SumsDiffer(f"{account} holds {fresh.balance}, but its movements come to {moved}")
    closing = opening + came_in - went_out
    return Statement(fresh, since, until, fresh.sequence, opening, came_in, went_out, closing, count)


def lines(*, statement: Statement, offset: int, limit: int) -> Sequence[Line]:
    """Some of a statement's lines, the first first, each with the balance after it."""
    with connection.cursor() as cursor:
        cursor.execute(_LINES, {**_span(statement), "offset": offset, "limit": limit})
        return [_line(statement.opening, *row) for row in cursor.fetchall()]


def all_lines(*, statement: Statement, chunk: int = CHUNK) -> Iterator[Sequence[Line]]:
    """All of a statement's lines in chunks, for files of any length. Raises SumsDiffer when they do not add up.

    No transaction is held meanwhile: whoever saves the file may be slow.
    """
    balance, offset = statement.opening, 0
    while found := lines(statement=statement, offset=offset, limit=chunk):
        balance = found[-1].balance
        offset += len(found)
        yield found
    if (balance, offset) != (statement.closing, statement.count):
        raise SumsDiffer(f"{statement.account}: lines end at {balance}, not at {statement.closing}")


def days(*, statement: Statement) -> Sequence[Day]:
    """The days of a statement on which something moved, the first first."""
    with connection.cursor() as cursor:
        cursor.execute(_DAYS, _span(statement))
        rows = cursor.fetchall()
    return [Day(on, came, went, statement.opening + moved, count) for on, came, went, moved, count in rows]


def _span(statement: Statement) -> dict[str, Any]:
    found = statement
    return {"account": found.account.pk, "upto": found.upto, "since": found.since, "until": found.until}


def _line(
    opening: int, pk: int, sequence: int, at: datetime, kind: str, key: str, amount: int, details: str, moved: int
) -> Line:
    return Line(
        transfer_id=pk, sequence=sequence, at=at, kind=kind, key=key, words=words_of(kind=kind), amount=amount,
        balance=opening + moved, details=json.loads(details),
    )  # fmt: skip
