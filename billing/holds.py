"""What a worker earned and cannot have paid out yet, because the money behind it is new.

A card payment can be taken back for a while. So what a requester's money pays is payable at once only from the day on
that their first deposit has been at the bank for RISK_HOLD_DAYS; until then it is shown with that date. Nothing is
stored: the sum is read from the transfers themselves, which know whose money they moved, so it cannot be lost and costs
a settlement nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.db import connection

from billing.ledger import AccountKind


class Worker(Protocol):
    """Whose earnings they are."""

    pk: Any


@dataclass(frozen=True)
class Held:
    """Micro-units not payable before `until`; None while the requester's first deposit has not cleared."""

    amount: int
    until: datetime | None


# Requesters first: few are new, and where none is, no transfer is looked at. Out of the balance back to one of them
# (work that was taken back) counts against what came.
_HELD = """
    WITH fresh AS MATERIALIZED (
        SELECT owner_id, min(cleared_at) AS cleared_at FROM billing_deposit WHERE state = 'paid'
        GROUP BY owner_id HAVING min(cleared_at) IS NULL OR min(cleared_at) > %(cleared_after)s),
    theirs AS MATERIALIZED (
        SELECT a.id, fresh.owner_id, fresh.cleared_at FROM fresh
        JOIN billing_account a ON a.owner_id = fresh.owner_id WHERE fresh.owner_id <> %(worker)s),
    mine AS MATERIALIZED (
        SELECT id FROM billing_account WHERE kind = %(kind)s AND owner_id = %(worker)s AND currency = %(currency)s),
    moved AS (
        SELECT theirs.owner_id, theirs.cleared_at, t.amount FROM billing_transfer t
        JOIN theirs ON theirs.id = t.source_id WHERE t.target_id = (SELECT id FROM mine)
        UNION ALL
        SELECT theirs.owner_id, theirs.cleared_at, -t.amount FROM billing_transfer t
        JOIN theirs ON theirs.id = t.target_id WHERE t.source_id = (SELECT id FROM mine))
    SELECT cleared_at, sum(amount)::bigint FROM moved GROUP BY owner_id, cleared_at HAVING sum(amount) > 0
    ORDER BY cleared_at NULLS LAST
"""


def held_of(*, worker: Worker, now: datetime) -> tuple[Held, ...]:
    """What of a worker's earnings is not payable yet, the soonest first; one line a requester, who is not named."""
    span = timedelta(days=settings.RISK_HOLD_DAYS)
    if not span:
        return ()
    asked = {
        "cleared_after": now - span, "worker": worker.pk, "kind": AccountKind.WORKER_BALANCE.value,
        "currency": settings.CURRENCY,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(_HELD, asked)
        return tuple(Held(amount, cleared and cleared + span) for cleared, amount in cursor.fetchall())
