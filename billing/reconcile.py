"""Does it all add up? Every invariant of the books, each as one query that finds what breaks it."""

from __future__ import annotations

from collections.abc import Collection

from django.db import connection

from billing.auditing import going_back

# Each query returns one line of text a fault. `history` is every account beside what its transfers say. Amounts in
# micro-units.
CHECKS: dict[str, str] = {
    "a guarded balance is the sum of its transfers": """
        SELECT format('account %s (%s): balance %s, but its transfers sum to %s', id, kind, balance, coalesce(sum, 0))
        FROM history WHERE balance IS NOT NULL AND balance <> coalesce(sum, 0)
    """,
    "no guarded account is negative": """
        SELECT format('account %s (%s): balance %s is negative', id, kind, balance)
        FROM history WHERE balance < 0
    """,
    "an account's history has no gap": """
        SELECT format('account %s (%s): sequence %s, but its history has %s transfers numbered %s to %s', id, kind,
                      sequence, coalesce(entries, 0), low, high)
        FROM history
        WHERE sequence IS NOT NULL AND (sequence, sequence, sequence, least(sequence, 1)) IS DISTINCT FROM
            (coalesce(entries, 0), coalesce(different, 0), coalesce(high, 0), coalesce(low, 0))
    """,
    "all balances together are zero": """
        SELECT format('%s: all balances together are %s, not 0', currency, sum(coalesce(balance, sum)))
        FROM history WHERE kind IS NOT NULL GROUP BY currency HAVING sum(coalesce(balance, sum)) <> 0
    """,
    "a transfer is between two accounts of its currency": """
        WITH mixed AS (
            SELECT id FROM history WHERE entries > 0 AND (said, also_said) IS DISTINCT FROM (currency, currency)
        )
        SELECT format('transfer %s (%s %s): an account is missing or of another currency', t.id, t.kind, t.key)
        FROM billing_transfer t
        WHERE t.amount <= 0 OR t.source_id = t.target_id
            OR t.source_id IN (SELECT id FROM mixed) OR t.target_id IN (SELECT id FROM mixed)
    """,
    "what is in transit is the payouts and refunds on their way": """
        SELECT format('transfers in transit: %s, but the payouts and refunds on their way sum to %s', moved.sum,
                      sent.sum + refunds.sum)
        FROM (
            SELECT coalesce(sum(sum), 0) AS sum FROM history WHERE kind = 'transfers_in_transit'
        ) AS moved, (SELECT coalesce(sum(amount), 0) AS sum FROM billing_payout WHERE state = 'sent') AS sent, (
            SELECT coalesce(sum(amount), 0) AS sum FROM billing_refund
            WHERE state NOT IN ('paid', 'failed') AND deposit_id IS NOT NULL
        ) AS refunds
        WHERE moved.sum <> sent.sum + refunds.sum
    """,
    "what is reserved for payouts is the open payouts": """
        SELECT format('account %s (payout_pending of %s): balance %s, but the open payouts sum to %s', a.id,
                      coalesce(a.owner_id, p.worker_id), coalesce(a.balance, 0), coalesce(p.sum, 0))
        FROM (SELECT id, owner_id, balance FROM billing_account WHERE kind = 'payout_pending') AS a
        FULL JOIN (
            SELECT worker_id, sum(amount) AS sum FROM billing_payout
            WHERE state IN ('awaiting_approval', 'requested', 'sending', 'waiting_for_funds', 'by_hand')
            GROUP BY worker_id
        ) AS p ON p.worker_id = a.owner_id
        WHERE coalesce(a.balance, 0) <> coalesce(p.sum, 0)
    """,
    "a payout has the transfers its state says": """
        WITH expected AS (
            SELECT p.id::text AS key, p.amount, p.worker_id, step.kind
            FROM billing_payout p
            JOIN (VALUES
                ('payout_requested', NULL::text[]), ('payout_sent', '{sent,paid,returned}'),
                ('payout_cleared', '{paid,returned}'), ('payout_failed', '{failed,refused,cancelled}')
            ) AS step(kind, states) ON step.states IS NULL OR p.state = ANY(step.states)
        ), posted AS (
            SELECT t.kind, t.key, t.amount, coalesce(s.owner_id, d.owner_id) AS worker_id
            FROM billing_transfer t
            JOIN billing_account s ON s.id = t.source_id JOIN billing_account d ON d.id = t.target_id
            WHERE t.kind IN ('payout_requested', 'payout_sent', 'payout_cleared', 'payout_failed')
        )
        SELECT CASE WHEN posted.key IS NULL THEN format('payout %s: transfer %s is missing', e.key, e.kind)
                    WHEN e.key IS NULL
                    THEN format('payout %s: transfer %s does not fit its state', posted.key, posted.kind)
                    ELSE format('payout %s: transfer %s is of %s, not %s, or of another worker', e.key, e.kind,
                                posted.amount, e.amount) END
        FROM expected e FULL JOIN posted ON posted.kind = e.kind AND posted.key = e.key
        WHERE posted.key IS NULL OR e.key IS NULL OR posted.amount <> e.amount
            OR (posted.worker_id IS NOT NULL AND posted.worker_id <> e.worker_id)
    """,
    "a payout leaves the bank it was sent from": """
        SELECT format('payout %s (%s): transfer %s is of %s', p.id, p.method, t.kind, a.kind)
        FROM (
            SELECT 'payout_cleared' AS kind, id::text AS key, id AS payout FROM billing_payout
            UNION ALL SELECT 'payout_returned', id, payout_id FROM billing_payoutreturn
        ) AS step
        JOIN billing_payout p ON p.id = step.payout
        JOIN billing_transfer t ON t.kind = step.kind AND t.key = step.key
        JOIN billing_account a ON a.id = CASE t.kind WHEN 'payout_cleared' THEN t.target_id ELSE t.source_id END
        WHERE a.kind <> CASE p.method WHEN 'manual' THEN 'operator_bank' ELSE 'stripe_available' END
    """,
    "a payout tried again is the same worker's, and the first one's money came back": """
        SELECT format('payout %s of worker %s tries payout %s of worker %s again, which is %s', p.id, p.worker_id, f.id,
                      f.worker_id, f.state)
        FROM billing_payout p JOIN billing_payout f ON f.id = p.retry_of_id
        WHERE p.worker_id <> f.worker_id OR f.state NOT IN ('failed', 'returned')
    """,
    "a paid deposit is one transfer into its owner's wallet": """
        WITH paid AS (SELECT * FROM billing_deposit WHERE state = 'paid'),
        posted AS (
            SELECT t.key, t.amount, w.owner_id FROM billing_transfer t JOIN billing_account w ON w.id = t.target_id
            WHERE t.kind = 'deposit'
        )
        SELECT CASE WHEN posted.key IS NULL THEN format('deposit %s: paid, but its transfer is missing', paid.id)
                    WHEN paid.id IS NULL THEN format('transfer deposit %s: no paid deposit belongs to it', posted.key)
                    ELSE format('deposit %s: transfer of %s, not %s, or into another wallet', paid.id, posted.amount,
                                paid.amount) END
        FROM paid FULL JOIN posted ON posted.key = paid.provider_payment
        WHERE posted.key IS NULL OR paid.id IS NULL OR posted.amount <> paid.amount OR posted.owner_id <> paid.owner_id
    """,
    "a cleared deposit left the pending account whole": """
        WITH moved AS (
            SELECT details ->> 'deposit' AS id, sum(amount) AS amount FROM billing_transfer
            WHERE kind IN ('deposit_cleared', 'deposit_fee') GROUP BY details ->> 'deposit'
        )
        SELECT format('deposit %s: %s was cleared, %s is expected', coalesce(d.id::text, moved.id), moved.amount,
                      d.amount)
        FROM (SELECT * FROM billing_deposit WHERE cleared_at IS NOT NULL) AS d
        FULL JOIN moved ON moved.id = d.id::text
        WHERE moved.amount IS DISTINCT FROM d.amount
    """,
    "nothing is in suspense": """
        SELECT format('suspense of %s: %s came in and went out unequally', currency, sum)
        FROM history WHERE kind = 'suspense' AND sum <> 0
    """,
    **going_back.CHECKS,
}


def audit() -> list[str]:
    """Every fault in the books, one line each, naming the account, transfer, deposit or payout. Empty when all is well.

    Reads one snapshot, so that money moving meanwhile is no fault.
    """
    with connection.cursor() as cursor:
        cursor.execute(query())
        return [row[0] for row in cursor.fetchall()]


def query(*, sums: str = "", checks: Collection[str] = CHECKS.values()) -> str:
    """Checks as one statement; `sums` is a query that tells what `summed` does."""
    asked = " UNION ALL ".join(f"({check})" for check in checks)
    return f"""
        WITH history AS MATERIALIZED (
            SELECT coalesce(a.id, s.account) AS id, a.kind, a.currency, a.balance, a.sequence, s.sum, s.entries,
                s.different, s.low, s.high, s.said, s.also_said
            FROM billing_account a FULL JOIN ({sums or summed()}) AS s ON s.account = a.id
        ) SELECT * FROM ({asked}) AS faults
    """  # noqa: S608 - our own


def summed(*, of: str = "billing_transfer") -> str:
    """A query for what transfers together say of each account that they name, in one pass over them."""
    return f"""
        SELECT account, sum(amount) AS sum, count(*) AS entries, count(DISTINCT sequence) AS different,
            min(sequence) AS low, max(sequence) AS high, min(currency COLLATE "C") AS said,
            max(currency COLLATE "C") AS also_said
        FROM (
            SELECT source_id AS account, -amount AS amount, source_sequence AS sequence, currency FROM {of}
            UNION ALL
            SELECT target_id, amount, target_sequence, currency FROM {of}
        ) AS movement GROUP BY account
    """  # noqa: S608 - our own
