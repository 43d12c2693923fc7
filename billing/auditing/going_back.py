"""Checks of money that goes the other way: refunds, disputes, returns, clawbacks, debts and what admins put right.

Each query returns one line of text a fault. The kinds asked for are rare, and the ledger's unique index finds them.
"""

from __future__ import annotations

CHECKS: dict[str, str] = {
    "a refund has the transfers its state says": """
        WITH expected AS (
            SELECT r.id::text AS key, r.amount, step.kind, d.owner_id
            FROM billing_refund r JOIN billing_deposit d ON d.id = r.deposit_id
            JOIN (VALUES ('refund_requested', '{requested,sending,waiting_for_funds,sent,paid,failed}'::text[], false),
                         ('refund_cleared', '{paid}', false), ('refund_cleared', '{failed}', true),
                         ('refund_failed', '{failed}', false)) AS step(kind, states, if_back)
                ON r.state = ANY(step.states) AND (r.came_back OR NOT step.if_back)
        ), posted AS (
            SELECT t.kind, t.key, t.amount, coalesce(s.owner_id, d.owner_id) AS owner_id
            FROM billing_transfer t
            JOIN billing_account s ON s.id = t.source_id JOIN billing_account d ON d.id = t.target_id
            WHERE t.kind IN ('refund_requested', 'refund_cleared', 'refund_failed')
        )
        SELECT format('refund %s: transfer %s is %s, its row says %s', coalesce(e.key, posted.key),
                      coalesce(e.kind, posted.kind), coalesce(posted.amount::text, 'missing'),
                      coalesce(e.amount::text, 'none'))
        FROM expected e FULL JOIN posted ON posted.kind = e.kind AND posted.key = e.key
        WHERE posted.amount IS DISTINCT FROM e.amount OR posted.owner_id <> e.owner_id
    """,
    "a refund of a payment of ours is with its deposit": """
        SELECT format('refund %s: its payment is deposit %s, and its money is not in the books', r.id, d.id)
        FROM billing_refund r JOIN billing_deposit d ON d.provider_payment = r.payment
        WHERE r.deposit_id IS DISTINCT FROM d.id
    """,
    "a refund that failed came back from where it was": """
        SELECT format('refund %s: came back from %s', r.id, a.kind)
        FROM billing_refund r JOIN billing_transfer t ON t.kind = 'refund_failed' AND t.key = r.id::text
        JOIN billing_account a ON a.id = t.source_id
        WHERE a.kind <> CASE WHEN r.came_back THEN 'stripe_available' ELSE 'transfers_in_transit' END
    """,
    "a refund that two admins agreed to is what they agreed to": """
        SELECT format('adjustment %s: its refund is %s of deposit %s, two admins agreed to %s of deposit %s', a.id,
                      r.amount, r.deposit_id, a.amount, a.deposit_id)
        FROM billing_adjustment a JOIN billing_refund r ON r.id = a.refund_id
        JOIN billing_deposit d ON d.id = a.deposit_id
        WHERE (r.amount, r.deposit_id, d.owner_id) IS DISTINCT FROM (a.amount, a.deposit_id, a.person_id)
    """,
    "no more of a deposit is refunded than was paid": """
        SELECT format('deposit %s: %s of %s was refunded', d.id, back.sum, d.amount)
        FROM billing_deposit d JOIN (
            SELECT deposit_id, sum(amount) AS sum FROM billing_refund
            WHERE state <> 'failed' AND asked_by_id IS NOT NULL GROUP BY deposit_id
        ) AS back ON back.deposit_id = d.id
        WHERE back.sum > d.amount
    """,
    "a dispute moved what the bank moved": """
        WITH expected AS (
            SELECT d.id, m.key, step.kind, step.amount
            FROM billing_dispute d CROSS JOIN jsonb_each(d.movements) AS m
            CROSS JOIN LATERAL (VALUES
                ('dispute_opened', greatest(-(m.value ->> 0)::bigint, 0)),
                ('dispute_won', greatest((m.value ->> 0)::bigint, 0)),
                ('dispute_fee', abs((m.value ->> 1)::bigint))) AS step(kind, amount)
            WHERE d.deposit_id IS NOT NULL AND step.amount > 0
        ), posted AS (
            SELECT kind, key, amount FROM billing_transfer
            WHERE kind IN ('dispute_opened', 'dispute_won', 'dispute_fee')
        )
        SELECT format('dispute %s: transfer %s %s is %s, the bank moved %s', coalesce(e.id, '?'),
                      coalesce(e.kind, posted.kind), coalesce(e.key, posted.key),
                      coalesce(posted.amount::text, 'missing'), coalesce(e.amount::text, 'nothing'))
        FROM expected e FULL JOIN posted ON posted.kind = e.kind AND posted.key = e.key
        WHERE posted.amount IS DISTINCT FROM e.amount
    """,
    "a dispute of a payment of ours is with its deposit": """
        SELECT format('dispute %s: its payment is deposit %s, and its money is not in the books', q.id, d.id)
        FROM billing_dispute q JOIN billing_deposit d ON d.provider_payment = q.payment
        WHERE q.deposit_id IS DISTINCT FROM d.id
    """,
    "what came back of a payout is in its worker's balance": """
        WITH posted AS (
            SELECT t.key, t.amount, d.owner_id FROM billing_transfer t JOIN billing_account d ON d.id = t.target_id
            WHERE t.kind = 'payout_returned'
        ), expected AS (
            SELECT r.id, r.amount, p.worker_id FROM billing_payoutreturn r JOIN billing_payout p ON p.id = r.payout_id
        )
        SELECT format('return %s: transfer is %s, the bank gave back %s', coalesce(e.id, posted.key),
                      coalesce(posted.amount::text, 'missing'), coalesce(e.amount::text, 'nothing'))
        FROM expected e FULL JOIN posted ON posted.key = e.id
        WHERE posted.amount IS DISTINCT FROM e.amount OR posted.owner_id <> e.worker_id
    """,
    "a payout is returned when all of it came back": """
        SELECT format('payout %s is %s, and %s of %s came back', p.id, p.state, coalesce(b.sum, 0), p.amount)
        FROM billing_payout p
        LEFT JOIN (SELECT payout_id, sum(amount) AS sum FROM billing_payoutreturn GROUP BY payout_id) AS b
            ON b.payout_id = p.id
        WHERE coalesce(b.sum, 0) > p.amount OR (p.state = 'returned') <> (coalesce(b.sum, 0) = p.amount)
    """,
    "a clawback took what it says from its worker": """
        WITH expected AS (
            SELECT c.id::text AS key, step.kind, step.amount, c.worker_id FROM billing_clawback c
            CROSS JOIN LATERAL (VALUES ('clawback', c.reward), ('clawback_fee', c.fee)) AS step(kind, amount)
            WHERE step.amount > 0
        ), posted AS (
            SELECT t.kind, t.key, t.amount, s.owner_id
            FROM billing_transfer t JOIN billing_account s ON s.id = t.source_id
            WHERE t.kind IN ('clawback', 'clawback_fee')
        )
        SELECT format('clawback %s: transfer %s is %s, its row says %s', coalesce(e.key, posted.key),
                      coalesce(e.kind, posted.kind), coalesce(posted.amount::text, 'missing'),
                      coalesce(e.amount::text, 'none'))
        FROM expected e FULL JOIN posted ON posted.kind = e.kind AND posted.key = e.key
        WHERE posted.amount IS DISTINCT FROM e.amount OR posted.owner_id <> e.worker_id
    """,
    "an adjustment that two admins agreed to was made, and no other": """
        WITH expected AS (
            SELECT CASE kind WHEN 'correction' THEN transfer_id::text ELSE id::text END AS key, amount,
                   CASE kind WHEN 'write_off' THEN 'debt_written_off' ELSE kind END AS kind, person_id
            FROM billing_adjustment WHERE state = 'done' AND kind <> 'refund'
        ), posted AS (
            SELECT t.kind, t.key, t.amount, d.owner_id
            FROM billing_transfer t JOIN billing_account d ON d.id = t.target_id
            WHERE t.kind IN ('debt_written_off', 'correction') OR (t.kind = 'goodwill' AND t.details ? 'adjustment')
        )
        SELECT format('adjustment %s %s: transfer is %s, two admins agreed to %s', coalesce(e.kind, posted.kind),
                      coalesce(e.key, posted.key), coalesce(posted.amount::text, 'missing'),
                      coalesce(e.amount::text, 'nothing'))
        FROM expected e FULL JOIN posted ON posted.kind = e.kind AND posted.key = e.key
        WHERE posted.amount IS DISTINCT FROM e.amount OR posted.owner_id <> e.person_id
    """,
    "nobody paid more of a debt than they owed": """
        SELECT format('account %s (%s): %s more was paid than owed', id, kind, sum)
        FROM history WHERE kind IN ('receivable_requester', 'receivable_worker') AND sum > 0
    """,
    "a debt is made by what was taken": """
        SELECT format('transfer debt_made %s: nothing took that money', made.key)
        FROM billing_transfer made
        WHERE made.kind = 'debt_made' AND NOT EXISTS (
            SELECT FROM billing_transfer t
            WHERE t.kind = split_part(made.key, ':', 1) AND t.key = substr(made.key, strpos(made.key, ':') + 1)
                AND t.source_id = made.target_id AND t.amount >= made.amount)
    """,
    "a worker keeps half of what they earn": """
        SELECT format('transfer debt_netted %s: %s of %s earned went to a debt', key, amount, details ->> 'earned')
        FROM billing_transfer
        WHERE kind = 'debt_netted' AND amount * 2 > coalesce((details ->> 'earned')::bigint, 0)
    """,
}
