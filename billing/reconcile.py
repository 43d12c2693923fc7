"""Does it all add up? Every invariant of the books, each as one query that finds what breaks it."""

from __future__ import annotations

from django.db import connection

from billing.auditing import going_back

# Every transfer from both its ends.
_MOVEMENT = """
    WITH movement AS (
        SELECT source_id AS account, -amount AS amount, source_sequence AS sequence FROM billing_transfer
        UNION ALL
        SELECT target_id, amount, target_sequence FROM billing_transfer
    )
"""

# Each query returns one line of text a fault. Amounts in micro-units.
CHECKS: dict[str, str] = {
    "a guarded balance is the sum of its transfers": """
        SELECT format('account %s (%s): balance %s, but its transfers sum to %s', a.id, a.kind, a.balance,
                      coalesce(m.sum, 0))
        FROM billing_account a
        LEFT JOIN (SELECT account, sum(amount) AS sum FROM movement GROUP BY account) m ON m.account = a.id
        WHERE a.balance IS NOT NULL AND a.balance <> coalesce(m.sum, 0)
    """,
    "no guarded account is negative": """
        SELECT format('account %s (%s): balance %s is negative', id, kind, balance)
        FROM billing_account WHERE balance < 0
    """,
    "an account's history has no gap": """
        SELECT format('account %s (%s): sequence %s, but its history has %s transfers numbered %s to %s', a.id,
                      a.kind, a.sequence, coalesce(m.n, 0), m.low, m.high)
        FROM billing_account a
        LEFT JOIN (
            SELECT account, count(*) AS n, count(DISTINCT sequence) AS different, min(sequence) AS low,
                   max(sequence) AS high
            FROM movement GROUP BY account
        ) m ON m.account = a.id
        WHERE a.sequence IS NOT NULL
            AND (a.sequence, a.sequence, a.sequence, least(a.sequence, 1))
            IS DISTINCT FROM (coalesce(m.n, 0), coalesce(m.different, 0), coalesce(m.high, 0), coalesce(m.low, 0))
    """,
    "all balances together are zero": """
        SELECT format('%s: all balances together are %s, not 0', currency, sum(sum))
        FROM (
            SELECT currency, sum(balance) AS sum FROM billing_account WHERE balance IS NOT NULL GROUP BY currency
            UNION ALL
            SELECT a.currency, sum(movement.amount) FROM movement JOIN billing_account a ON a.id = movement.account
            WHERE a.balance IS NULL GROUP BY a.currency
        ) AS part GROUP BY currency HAVING sum(sum) <> 0
    """,
    "a transfer is between two accounts of its currency": """
        SELECT format('transfer %s (%s %s): an account is missing or of another currency', t.id, t.kind, t.key)
        FROM billing_transfer t
        LEFT JOIN billing_account s ON s.id = t.source_id
        LEFT JOIN billing_account d ON d.id = t.target_id
        WHERE t.amount <= 0 OR t.source_id = t.target_id
            OR s.currency IS DISTINCT FROM t.currency OR d.currency IS DISTINCT FROM t.currency
    """,
    "what is in transit is the payouts and refunds on their way": """
        SELECT format('transfers in transit: %s, but the payouts and refunds on their way sum to %s', moved.sum,
                      sent.sum + refunds.sum)
        FROM (
            SELECT coalesce(sum(CASE WHEN d.kind = 'transfers_in_transit' THEN t.amount ELSE -t.amount END), 0) AS sum
            FROM billing_transfer t
            JOIN billing_account s ON s.id = t.source_id JOIN billing_account d ON d.id = t.target_id
            WHERE 'transfers_in_transit' IN (s.kind, d.kind)
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
        FROM billing_payout p LEFT JOIN billing_payoutreturn r ON r.payout_id = p.id
        JOIN billing_transfer t ON (t.kind, t.key) IN (('payout_cleared', p.id::text), ('payout_returned', r.id))
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
        SELECT format('suspense of %s: %s came in and went out unequally', a.currency,
                      sum(CASE WHEN t.target_id = a.id THEN t.amount ELSE -t.amount END))
        FROM billing_account a JOIN billing_transfer t ON a.id IN (t.source_id, t.target_id)
        WHERE a.kind = 'suspense' GROUP BY a.id
        HAVING sum(CASE WHEN t.target_id = a.id THEN t.amount ELSE -t.amount END) <> 0
    """,
    **going_back.CHECKS,
}


def audit() -> list[str]:
    """Every fault in the books, one line each, naming the account, transfer, deposit or payout. Empty when all is well.

    Reads one snapshot, so that money moving meanwhile is no fault.
    """
    query = _MOVEMENT + " UNION ALL ".join(f"({check})" for check in CHECKS.values())
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]
