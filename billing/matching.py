"""Which line of the provider's books is which transfer of ours, and by how much the two differ."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection

# What the provider tells us by other ways (webhooks, the sweeper's questions) may come later than its books do.
GRACE = timedelta(hours=2)

_ID = "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def _way(*, through: str = "", kind: str, key: str, where: str = "true") -> str:
    """Lines, `through` what of ours they name, to the transfer of this name; and by how much the two differ.

    Transfers are looked up by their index for each line, whatever the planner believes: OFFSET keeps it from turning
    that around. Behind a million of other kinds it takes a kind for a handful, and would read it all again each time.
    """
    return f"""
        SELECT l.id, t.id, abs(abs(l.amount) - t.amount) FROM line l {through} CROSS JOIN LATERAL (
            SELECT id, amount FROM billing_transfer WHERE kind {kind} AND key = {key} OFFSET 0) t
        WHERE {where}
    """


# Whose line is it? Each selects (line, transfer, by how much they differ) for lines that have no transfer yet.
_WAYS = (
    # A payment by card is its deposit, or lies in suspense because it belongs to none.
    _way(
        through="JOIN billing_deposit d ON d.id = l.deposit", kind="= 'deposit'", key="d.provider_payment",
        where="l.type IN ('charge', 'payment')",
    ),
    """SELECT l.id, t.id, abs(abs(l.amount) - t.amount) FROM line l
       JOIN billing_transfer t ON t.kind = 'unplaced' AND t.details ->> 'deposit' = l.reference
       WHERE l.type IN ('charge', 'payment')""",
    _way(
        through="JOIN billing_payout p ON p.provider_transfer = l.source", kind="= 'payout_cleared'", key="p.id::text",
        where="l.type = 'transfer'",
    ),
    _way(kind="= 'payout_returned'", key="l.source", where="l.type LIKE 'transfer\\_%%'"),
    _way(
        through="JOIN billing_refund r ON r.provider_refund = l.source", key="r.id::text",
        kind="= CASE WHEN l.type IN ('refund', 'payment_refund') THEN 'refund_cleared' ELSE 'refund_failed' END",
        where="""l.type IN ('refund', 'payment_refund', 'refund_failure', 'payment_failure_refund',
                            'payment_refund_failure')""",
    ),
    # What a dispute moved is posted under the line's own id.
    _way(kind="IN ('dispute_opened', 'dispute_won')", key="l.id"),
    _way(kind="= 'dispute_fee'", key="l.id", where="l.amount = 0"),
)  # fmt: skip

# All ways are gone once, whatever the planner believes: without statistics it would go them again for each line.
# One to one: a line takes the transfer of its own amount if there is one, and no transfer is two lines.
_MATCH = f"""
    WITH line AS MATERIALIZED (
        SELECT *, CASE WHEN reference ~ '{_ID}' THEN reference::uuid END AS deposit
        FROM billing_bankline WHERE transfer_id IS NULL),
    way (line, transfer, off) AS MATERIALIZED ({" UNION ALL ".join(f"({way})" for way in _WAYS)}),
    free AS (
        SELECT w.line, w.transfer, row_number() OVER (PARTITION BY w.line ORDER BY w.off, w.transfer) AS of_line,
            row_number() OVER (PARTITION BY w.transfer ORDER BY w.off, w.line) AS of_transfer
        FROM way w WHERE NOT EXISTS (SELECT FROM billing_bankline taken WHERE taken.transfer_id = w.transfer))
    UPDATE billing_bankline l SET transfer_id = free.transfer FROM free
    WHERE l.id = free.line AND free.of_line = 1 AND free.of_transfer = 1
"""


def match() -> int:
    """Give lines their transfers; returns how many got one. The caller holds off other runs."""
    matched = 0
    with connection.cursor() as cursor:
        while True:
            cursor.execute(_MATCH)
            if not cursor.rowcount:
                return matched
            # Two lines that wanted one transfer: who lost may find another one.
            matched += cursor.rowcount


class Difference(NamedTuple):
    """What should lie in suspense for a line or a transfer, micro-units; 0: nothing any more."""

    line: str | None
    transfer: int | None
    amount: int
    currency: str


# What a transfer changes at the provider. Its two purses are one here: what becomes available changes nothing.
_EFFECT = """(SELECT sum(CASE WHEN s.kind IN ('stripe_available', 'stripe_pending') THEN t.amount ELSE 0 END
                       - CASE WHEN d.kind IN ('stripe_available', 'stripe_pending') THEN t.amount ELSE 0 END)
              FROM billing_transfer t JOIN billing_account s ON s.id = t.source_id
              JOIN billing_account d ON d.id = t.target_id WHERE {which})"""
_OF_TRANSFER = _EFFECT.format(which="t.id = l.transfer_id")
_OF_FEE = _EFFECT.format(
    which="t.key = l.id AND t.kind IN ('deposit_fee', 'unplaced_fee', 'dispute_fee') AND t.id <> l.transfer_id"
)
# Whatever two admins put somewhere else is part of our books too.
_RESOLVED = """coalesce((SELECT sum(i.amount) FROM billing_suspenseitem i
                         WHERE i.state = 'resolved' AND i.kind <> 'unplaced' AND {which}), 0)"""
_LEFT = "i.state IN ('open', 'asked') AND i.kind <> 'unplaced'"

# A line is the transfer it was matched with and the fee posted under its id: for a payment, once it is available.
_LINES = f"""
    SELECT l.id AS line, l.transfer_id AS transfer, l.currency,
        CASE WHEN l.transfer_id IS NULL THEN l.net
             WHEN l.type IN ('charge', 'payment') AND NOT EXISTS (
                 SELECT FROM billing_transfer t
                 WHERE t.key = l.id AND t.kind IN ('deposit_cleared', 'unplaced_cleared'))
             THEN l.amount - {_OF_TRANSFER}
             ELSE l.net - {_OF_TRANSFER} - coalesce({_OF_FEE}, 0) END
        - {_RESOLVED.format(which="(i.line_id = l.id OR i.transfer_id = l.transfer_id)")} AS amount
    FROM billing_bankline l
    WHERE (l.created_at >= %(from)s OR l.transfer_id IS NULL
           OR EXISTS (SELECT FROM billing_suspenseitem i WHERE i.line_id = l.id AND {_LEFT}))
        AND (l.transfer_id IS NOT NULL OR %(overdue)s > CASE WHEN l.type IN ('charge', 'payment') THEN l.created_at
                                                          ELSE greatest(l.created_at, l.available_on) END)
"""
# What touched the provider's purses and has no line, apart from what is part of a line or was posted to even one out.
_TRANSFERS = f"""
    SELECT NULL::text AS line, t.id AS transfer, t.currency,
        -{_EFFECT.format(which="t.id = touched.id")} - {_RESOLVED.format(which="i.transfer_id = t.id")} AS amount
    FROM (
        SELECT t.id FROM billing_account b JOIN billing_transfer t ON t.source_id = b.id AND t.source_sequence IS NULL
        WHERE b.kind IN ('stripe_available', 'stripe_pending')
        UNION
        SELECT t.id FROM billing_account b JOIN billing_transfer t ON t.target_id = b.id AND t.target_sequence IS NULL
        WHERE b.kind IN ('stripe_available', 'stripe_pending')
    ) AS touched JOIN billing_transfer t ON t.id = touched.id
    WHERE t.kind NOT IN ('deposit_cleared', 'deposit_fee', 'dispute_fee', 'unplaced_cleared', 'unplaced_fee',
                         'suspense_in', 'suspense_out')
        AND NOT EXISTS (SELECT FROM billing_bankline l WHERE l.transfer_id = t.id)
        AND (t.created_at >= %(from)s AND t.created_at < %(overdue)s
             OR EXISTS (SELECT FROM billing_suspenseitem i
                        WHERE i.transfer_id = t.id AND i.line_id IS NULL AND {_LEFT}))
"""
_DIFFERENCES = f"""
    WITH wanted AS (
        SELECT *, coalesce('line ' || line, 'transfer ' || transfer) AS name
        FROM ({_LINES} UNION ALL {_TRANSFERS}) AS one
    ), held AS (
        SELECT i.*, coalesce('line ' || line_id, 'transfer ' || transfer_id) AS name
        FROM billing_suspenseitem i WHERE {_LEFT}
    )
    SELECT coalesce(w.line, h.line_id), coalesce(w.transfer, h.transfer_id), coalesce(w.amount, 0),
           coalesce(w.currency, h.currency)
    FROM wanted w FULL JOIN held h ON h.name = w.name
    WHERE coalesce(w.amount, 0) <> coalesce(h.amount, 0)
    ORDER BY 1, 2
"""


def differences(*, since: datetime, until: datetime) -> list[Difference]:
    """Where the provider's lines up to `until` and our transfers differ from what lies in suspense for them already.

    Looked at is what was made from `since` on, and whatever still lies in suspense. Nothing is missed within GRACE.
    """
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENCES, {"from": since, "overdue": until - GRACE})
        return [Difference(line, transfer, int(amount), currency) for line, transfer, amount, currency in cursor]
