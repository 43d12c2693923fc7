"""What an account holds, now and at any time before. A guarded one carries it; for the others, and for the past, whole
stretches of history are summed beforehand, and only what came after them is counted."""

from __future__ import annotations

import time
from datetime import datetime

from django.db import connection, transaction

from billing import prepared
from billing.models import Account

STRETCH = 10_000
"""Transfers in a checkpoint. So many are read one by one at most, twice over for a day in the past."""

PATIENCE, PAUSE = 20, 0.05
"""How often, and after how many seconds each time, it is looked whether those who write transfers have committed."""

# The tail of an account that carries no balance, each half from its own index alone. Where it begins is asked first: a
# planner that does not know it would rather read the whole table.
_CARRIED = "SELECT balance FROM billing_account WHERE id = %(account)s"
_EDGE = "SELECT position, balance FROM billing_checkpoint WHERE account_id = %(account)s ORDER BY position DESC LIMIT 1"
_TAIL = """
    SELECT coalesce((SELECT sum(t.amount) FROM billing_transfer t
                     WHERE t.target_id = %(account)s AND t.target_sequence IS NULL AND t.id > %(edge)s), 0)
         - coalesce((SELECT sum(t.amount) FROM billing_transfer t
                     WHERE t.source_id = %(account)s AND t.source_sequence IS NULL AND t.id > %(edge)s), 0)
"""

# Where the places in an account's history are, by whether it has places of its own.
_PLACES = {True: ("source_sequence", "target_sequence"), False: ("id", "id")}
_HISTORY = """
    SELECT t.{source} AS place, -t.amount AS amount, t.created_at FROM billing_transfer t
    WHERE t.source_id = %(account)s AND t.source_sequence IS {some} AND t.{source} > {low} AND t.{source} <= {high}
    UNION ALL
    SELECT t.{target}, t.amount, t.created_at FROM billing_transfer t
    WHERE t.target_id = %(account)s AND t.target_sequence IS {some} AND t.{target} > {low} AND t.{target} <= {high}
"""


def balance(*, account_id: int) -> int:
    """What came in less what went out, micro-units: read where it is carried, else the last checkpoint and what came
    after it."""
    carried = prepared.rows(_CARRIED, {"account": account_id})
    if not carried:
        raise Account.DoesNotExist(f"no account {account_id}")
    if carried[0][0] is not None:
        return int(carried[0][0])
    edges = prepared.rows(_EDGE, {"account": account_id})
    edge, summed = edges[0] if edges else (0, 0)
    return int(summed) + int(prepared.rows(_TAIL, {"account": account_id, "edge": edge})[0][0])


def balance_at(*, account_id: int, at: datetime) -> int:
    """What an account held when everything up to and at `at` was booked, micro-units.

    Transfers carry the time of their use case, and those of one moment may be written in any order. So a stretch counts
    whole when all of it was before, not at all when none of it was, and one by one when `at` falls into it.
    """
    account = Account.objects.get(pk=account_id)
    history = _history(account, low="edge.since", high="edge.position")
    query = f"""
        WITH edge AS (
            SELECT since, position FROM billing_checkpoint
            WHERE account_id = %(account)s AND earliest <= %(at)s AND latest > %(at)s
            UNION ALL
            SELECT coalesce(max(position), 0), {2**63 - 1} FROM billing_checkpoint WHERE account_id = %(account)s)
        SELECT coalesce((SELECT sum(amount) FROM billing_checkpoint
                         WHERE account_id = %(account)s AND latest <= %(at)s), 0)
            + coalesce((SELECT sum(one.amount) FROM edge CROSS JOIN LATERAL ({history}) AS one
                        WHERE one.created_at <= %(at)s), 0)
    """
    with connection.cursor() as cursor:
        cursor.execute(query, {"account": account_id, "at": at})
        return int(cursor.fetchone()[0])


def write_checkpoints(*, now: datetime, stretch: int = STRETCH) -> int:
    """Sum the stretches that are full and can no longer change; returns how many. Any number may do this at once.

    The history of a guarded account is written under its lock, so all of it is final. Ids of transfers are drawn before
    their transactions commit, in any order: only those up to the settled edge are final (see `_settled_edge`).
    """
    edge = _settled_edge()
    with connection.cursor() as cursor:
        cursor.execute(_DUE, {"stretch": stretch, "edge": edge})
        due = cursor.fetchall()
    return sum(_sum_up(account_id, high, now, stretch) for account_id, high in due)


# Accounts with a full stretch after their last checkpoint, and where their final history ends.
_DUE = """
    SELECT a.id, coalesce(a.sequence, %(edge)s)
    FROM billing_account a
    CROSS JOIN LATERAL (SELECT coalesce(max(c.position), 0) AS at FROM billing_checkpoint c WHERE c.account_id = a.id) c
    WHERE CASE WHEN a.sequence IS NOT NULL THEN a.sequence - c.at >= %(stretch)s
        ELSE (SELECT count(*) FROM (
                (SELECT FROM billing_transfer t WHERE t.source_id = a.id AND t.source_sequence IS NULL
                    AND t.id > c.at AND t.id <= %(edge)s LIMIT %(stretch)s)
                UNION ALL
                (SELECT FROM billing_transfer t WHERE t.target_id = a.id AND t.target_sequence IS NULL
                    AND t.id > c.at AND t.id <= %(edge)s LIMIT %(stretch)s)) AS found) >= %(stretch)s END
    ORDER BY a.id
"""


@transaction.atomic
def _sum_up(account_id: int, high: int, now: datetime, stretch: int) -> int:
    account = Account.objects.get(pk=account_id)
    history = _history(account, low="last.position", high="%(high)s")
    query = f"""
        WITH last AS (
            SELECT position, balance FROM billing_checkpoint WHERE account_id = %(account)s
            UNION ALL SELECT 0, 0 ORDER BY position DESC LIMIT 1),
        entry AS (
            SELECT one.*, (row_number() OVER (ORDER BY place) - 1) / %(stretch)s AS part
            FROM last CROSS JOIN LATERAL ({history}) AS one),
        part AS (
            SELECT part, count(*) AS entries, max(place) AS position, sum(amount) AS amount,
                   min(created_at) AS earliest, max(created_at) AS latest
            FROM entry GROUP BY part HAVING count(*) = %(stretch)s)
        INSERT INTO billing_checkpoint
            (account_id, since, position, entries, amount, balance, earliest, latest, made_at)
        SELECT %(account)s, coalesce(lag(part.position) OVER w, last.position), part.position, part.entries,
               part.amount, last.balance + sum(part.amount) OVER w, part.earliest, part.latest, %(now)s
        FROM part CROSS JOIN last WINDOW w AS (ORDER BY part.part)
        ON CONFLICT DO NOTHING
    """
    with connection.cursor() as cursor:
        cursor.execute(query, {"account": account_id, "high": high, "stretch": stretch, "now": now})
        return cursor.rowcount


def _history(account: Account, *, low: str, high: str) -> str:
    guarded = account.balance is not None
    source, target = _PLACES[guarded]
    return _HISTORY.format(source=source, target=target, some="NOT NULL" if guarded else "NULL", low=low, high=high)


# Whoever writes transfers holds this lock on their table from before the first id is drawn until after its commit is
# visible to all.
_WRITERS = """
    SELECT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND relation = 'billing_transfer'::regclass AND granted AND mode = 'RowExclusiveLock'
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()) AND pid <> pg_backend_pid()
"""


def _settled_edge() -> int:
    """An id of a transfer up to which all are there that will ever be there; 0 when writers take too long.

    Nobody is held up. What wrote when the largest id was read may still write a smaller one, so it is waited for; what
    began to write later draws larger ones.
    """
    with connection.cursor() as cursor:
        cursor.execute("SHOW transaction_isolation")
        if cursor.fetchone()[0] != "read committed":
            raise RuntimeError("an old snapshot does not see what was committed meanwhile")
        cursor.execute("SELECT coalesce(max(id), 0) FROM billing_transfer")
        edge = int(cursor.fetchone()[0])
        cursor.execute(_WRITERS)
        writers = set(cursor.fetchall())
        for _ in range(PATIENCE):
            if not writers:
                return edge
            time.sleep(PAUSE)
            cursor.execute(_WRITERS)
            writers &= set(cursor.fetchall())
    return 0
