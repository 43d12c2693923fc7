"""What the audit promises of pay: what answers earn, places hold, bonuses and top-ups are, and where money went."""

from __future__ import annotations

# The fee on an amount of micro-units as `billing.money.fee_of` reckons it: to the nearest, ties to even.
_FEE = """(({pay} * j.fee_bps) / 10000 + CASE
    WHEN 2 * (({pay} * j.fee_bps) % 10000) > 10000 THEN 1
    WHEN 2 * (({pay} * j.fee_bps) % 10000) = 10000 THEN (({pay} * j.fee_bps) / 10000) % 2 ELSE 0 END)"""
_MOST = "(j.reward + j.reward_per_shape * j.shapes_paid_at_most)"
_HELD = f"({_MOST} + {_FEE.format(pay=_MOST)})"

# An answer's pay, the fee and the rest beside it, under the key of the answer or of its appeal.
_PAID_OUT = """
    SELECT format('%s %s of job %s: paid %s, fee %s, rest %s', p.kind, p.key, j.public_id, p.amount,
                  coalesce(f.amount, 0), coalesce(r.amount, 0))
    FROM billing_transfer p JOIN {answer} JOIN marketplace_job j ON j.id = a.job_id
    LEFT JOIN billing_transfer f ON f.kind = '{kind}_fee' AND f.key = p.key
    LEFT JOIN billing_transfer r ON r.kind = '{kind}_rest' AND r.key = p.key
    WHERE p.kind = '{kind}' AND (coalesce(f.amount, 0) <> {fee}
        OR p.amount + coalesce(f.amount, 0) + coalesce(r.amount, 0) <> {held})"""

_PLACES = """
    SELECT format('job %s: %s places hold %s each', j.public_id, p.n, p.held)
    FROM (SELECT job_id, held, count(*) AS n FROM marketplace_place WHERE held > 0 GROUP BY job_id, held) p
    JOIN marketplace_job j ON j.id = p.job_id WHERE p.held <> {held}"""

# A promise of pay beside the price: row and transfers say the same, and it went to whom it says.
_BESIDE = """
    SELECT format('{name} %s: %s and %s, transfers %s and %s', coalesce(b.{id}::text, p.key), b.amount, b.fee,
                  p.amount, f.amount)
    FROM {table} b FULL JOIN (SELECT * FROM billing_transfer WHERE kind = '{kind}') p ON p.key = b.{id}::text
    LEFT JOIN billing_transfer f ON f.kind = '{kind}_fee' AND f.key = p.key
    LEFT JOIN billing_account w ON w.id = p.target_id LEFT JOIN billing_account s ON s.id = p.source_id
    WHERE (b.amount, b.fee, b.worker_id, 'worker_balance', '{source}')
        IS DISTINCT FROM (p.amount, coalesce(f.amount, 0), w.owner_id, w.kind, s.kind)"""

# What an answer is paid goes back; a bonus is the requester's gift, and stays.
_TAKEN_BACK = """
    SELECT format('clawback %s of assignment %s: took %s and %s, for it were paid %s and %s', c.id, a.id, c.reward,
                  c.fee, paid.reward, paid.fee)
    FROM billing_clawback c
    JOIN marketplace_assignment a ON a.id = CASE WHEN c.key LIKE 'assignment:%' THEN substr(c.key, 12)::uuid END
    JOIN marketplace_job j ON j.id = a.job_id
    LEFT JOIN billing_transfer t ON t.kind = 'clawback' AND t.key = c.id::text
    LEFT JOIN billing_account o ON o.id = t.target_id
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(p.amount) FILTER (WHERE p.kind IN {pay}), 0) AS reward,
               coalesce(sum(p.amount) FILTER (WHERE p.kind IN {fees}), 0) AS fee
        FROM billing_transfer p
        WHERE (p.kind IN {pay} OR p.kind IN {fees}) AND p.key = ANY (a.id::text || ARRAY(
                SELECT q.id::text FROM marketplace_appeal q WHERE q.assignment_id = a.id AND q.state = 'upheld'))
    ) AS paid
    WHERE (c.reward, c.fee, c.worker_id) IS DISTINCT FROM (paid.reward, paid.fee, a.worker_id)
       OR NOT coalesce(o.id = j.escrow_free_id OR o.kind = 'wallet' AND o.owner_id = j.owner_id, false)"""

CHECKS: dict[str, str] = {
    "an answer earns what its job pays": """
        SELECT format('assignment %s of job %s earned %s', a.id, j.public_id, a.earned)
        FROM marketplace_assignment a JOIN marketplace_job j ON j.id = a.job_id
        WHERE a.state IN ('accepted', 'overturned') AND (
            a.earned NOT BETWEEN j.reward AND j.reward + j.reward_per_shape * j.shapes_paid_at_most
            OR j.reward_per_shape > 0 AND (a.earned - j.reward) % j.reward_per_shape <> 0)""",
    "what a place held is pay, fee and rest": _PAID_OUT.format(
        kind="accepted",
        answer="marketplace_assignment a ON a.id::text = p.key",
        fee=_FEE.format(pay="p.amount"),
        held=_HELD,
    ),
    "what the place of an appeal held is pay, fee and rest": _PAID_OUT.format(
        kind="appeal_upheld",
        answer="marketplace_appeal q ON q.id::text = p.key JOIN marketplace_assignment a ON a.id = q.assignment_id",
        fee=_FEE.format(pay="p.amount"),
        held=_HELD,
    ),
    "a place holds the most that its answer can cost": _PLACES.format(held=_HELD),
    "a bonus is paid once, out of its requester's wallet": _BESIDE.format(
        name="bonus", table="marketplace_bonus", kind="bonus", id="id", source="wallet"
    ),
    "a bonus is for accepted work of who gets it, by whom it was done for": """
        SELECT format('bonus %s for assignment %s, which is %s', b.id, a.id, a.state)
        FROM marketplace_bonus b JOIN marketplace_assignment a ON a.id = b.assignment_id
        JOIN marketplace_job j ON j.id = a.job_id
        WHERE (b.worker_id, b.requester_id, b.job_id) <> (a.worker_id, j.owner_id, j.id)
           OR a.state NOT IN ('accepted', 'overturned', 'reversed')""",
    "a top-up is paid once, out of the fair-pay reserve": _BESIDE.format(
        name="top-up", table="marketplace_topup", kind="fair_pay", id="assignment_id", source="fair_pay_reserve"
    ),
    "a top-up is for paid work of its job": """
        SELECT format('top-up of assignment %s, which is %s', a.id, a.state)
        FROM marketplace_topup u JOIN marketplace_assignment a ON a.id = u.assignment_id
        WHERE (u.worker_id, u.job_id) <> (a.worker_id, a.job_id)
           OR a.state NOT IN ('accepted', 'overturned', 'reversed')""",
    "what is taken back of an answer is its pay, its top-up and the fees, for who paid them": _TAKEN_BACK.format(
        pay="('accepted', 'appeal_upheld', 'fair_pay')", fees="('accepted_fee', 'appeal_upheld_fee', 'fair_pay_fee')"
    ),
    "an answer given is never withdrawn": """
        SELECT format('assignment %s was submitted and is %s', a.id, a.state) FROM marketplace_assignment a
        WHERE a.submitted_at IS NOT NULL AND a.state IN ('reserved', 'expired', 'skipped', 'given_back', 'cancelled')
        """,
    "what a closed job held is paid, fees, or back where it came from": """
        WITH own AS (
            SELECT j.id AS job_id, j.public_id, j.owner_id, e.id, e.scope
            FROM marketplace_job j JOIN billing_account e ON e.scope = 'job:' || j.id WHERE j.state = 'closed'),
        -- Two halves, each by an index: one join on either end would hold every account against every transfer.
        moved AS (
            SELECT own.job_id, own.public_id, t.amount AS held, 0 AS out
            FROM own JOIN billing_transfer t ON t.target_id = own.id
            JOIN billing_account s ON s.id = t.source_id AND s.scope <> own.scope
            UNION ALL
            SELECT own.job_id, own.public_id, 0, CASE
                WHEN o.kind IN ('worker_balance', 'platform_fees') OR o.kind = 'wallet' AND o.owner_id = own.owner_id
                    -- What a bank took back while the job ran.
                    OR o.kind IN ('stripe_available', 'stripe_pending', 'receivable_requester', 'losses', 'suspense')
                THEN t.amount ELSE 0 END
            FROM own JOIN billing_transfer t ON t.source_id = own.id
            JOIN billing_account o ON o.id = t.target_id AND o.scope <> own.scope)
        SELECT format('job %s held %s, gave out %s', public_id, sum(held), sum(out)) FROM moved
        GROUP BY job_id, public_id HAVING sum(held) <> sum(out)""",
    "a closed job keeps no reserve": """
        SELECT format('job %s is closed but its reserve holds %s', j.public_id, a.balance)
        FROM marketplace_job j JOIN billing_account a ON a.id = j.fair_pay_reserve_id
        WHERE j.state = 'closed' AND a.balance <> 0""",
}
