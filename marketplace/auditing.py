"""The audit: every promise about work and money, checked over the whole database. An empty list means all is well."""

from __future__ import annotations

from django.conf import settings
from django.db import connection

from billing import reconcile
from billing.wallets import WORDS
from marketplace import pay_audit
from marketplace.snapshots import one_snapshot

SHARED = "nobody works on a job of a requester they are known to share a device with"
# Each check selects one line of text per fault. Those of pay are in `pay_audit`.
CHECKS: dict[str, str] = {
    "committed money is what the places hold": """
        SELECT format('job %s: places hold %s, escrow committed %s', j.public_id, coalesce(p.held, 0), a.balance)
        FROM marketplace_job j JOIN billing_account a ON a.id = j.escrow_committed_id
        LEFT JOIN (SELECT job_id, sum(held) AS held FROM marketplace_place GROUP BY job_id) p ON p.job_id = j.id
        WHERE a.balance <> coalesce(p.held, 0)""",
    "accepted means paid": """
        SELECT format('assignment %s of job %s is %s but its reward was not paid', a.id, j.public_id, a.state)
        FROM marketplace_assignment a JOIN marketplace_job j ON j.id = a.job_id
        LEFT JOIN billing_transfer t ON t.kind = 'accepted' AND t.key = a.id::text AND t.amount = a.earned
        LEFT JOIN billing_account w ON w.id = t.target_id AND w.owner_id = a.worker_id
        WHERE a.state = 'accepted' AND w.id IS NULL""",
    "paid means accepted": """
        SELECT format('transfer %s paid %s for assignment %s, which is %s', t.id, t.amount, t.key,
                      coalesce(a.state, 'unknown'))
        FROM billing_transfer t LEFT JOIN marketplace_assignment a ON a.id::text = t.key
        WHERE t.kind = 'accepted' AND coalesce(a.state, '') NOT IN ('accepted', 'reversed')""",
    "reversed means taken back, once": """
        SELECT format('assignment %s is %s, and its pay was taken back by %s', a.id, a.state,
                      coalesce(c.id::text, 'nobody'))
        FROM marketplace_assignment a LEFT JOIN billing_clawback c
            ON c.key = 'assignment:' || a.id AND c.worker_id = a.worker_id
        WHERE (a.state = 'reversed') <> (c.id IS NOT NULL)""",
    "overturned means paid once, on appeal": """
        SELECT format('assignment %s of job %s was overturned and paid %s times', a.id, j.public_id, coalesce(p.n, 0))
        FROM marketplace_assignment a JOIN marketplace_job j ON j.id = a.job_id
        LEFT JOIN (SELECT q.assignment_id, count(*) AS n, sum(t.amount) AS amount
                   FROM marketplace_appeal q JOIN billing_transfer t ON t.kind = 'appeal_upheld' AND t.key = q.id::text
                   JOIN billing_account w ON w.id = t.target_id AND w.owner_id = q.worker_id
                   WHERE q.state = 'upheld' GROUP BY q.assignment_id) p ON p.assignment_id = a.id
        WHERE a.state = 'overturned' AND (coalesce(p.n, 0), coalesce(p.amount, 0)) <> (1, a.earned)""",
    "paid on appeal means overturned": """
        SELECT format('transfer %s paid appeal %s, which is %s; its answer is %s', t.id, t.key,
                      coalesce(q.state, 'unknown'), coalesce(a.state, 'unknown'))
        FROM billing_transfer t LEFT JOIN marketplace_appeal q ON q.id::text = t.key
        LEFT JOIN marketplace_assignment a ON a.id = q.assignment_id
        WHERE t.kind = 'appeal_upheld'
            AND (coalesce(q.state, '') <> 'upheld' OR coalesce(a.state, '') NOT IN ('overturned', 'reversed'))""",
    "an open appeal is of a rejection that is not final, and its money is held": """
        SELECT format('appeal %s is open; its answer is %s, its place holds %s', q.id, a.state, p.held)
        FROM marketplace_appeal q JOIN marketplace_assignment a ON a.id = q.assignment_id
        JOIN marketplace_place p ON p.id = a.place_id
        WHERE q.state = 'open' AND (a.state <> 'rejected' OR a.final_at IS NOT NULL OR p.held = 0)""",
    "a rejection that nothing can change holds nothing": """
        SELECT format('assignment %s is rejected for good, its place holds %s', a.id, p.held)
        FROM marketplace_assignment a JOIN marketplace_place p ON p.id = a.place_id
        WHERE a.state = 'rejected' AND a.final_at IS NULL AND p.held > 0 AND NOT EXISTS (
            SELECT 1 FROM marketplace_appeal q WHERE q.assignment_id = a.id AND q.state = 'open')""",
    "what was held is paid, returned, or still held": """
        WITH flow AS (
            SELECT a.scope, coalesce(sum(CASE WHEN t.target_id = a.id THEN t.amount ELSE -t.amount END), 0) AS net
            FROM billing_account a JOIN billing_transfer t ON a.id IN (t.source_id, t.target_id)
            WHERE a.kind IN ('escrow_free', 'escrow_committed') GROUP BY a.scope)
        SELECT format('job %s: transfers leave %s, escrow shows %s', j.public_id, flow.net, f.balance + c.balance)
        FROM marketplace_job j JOIN billing_account f ON f.id = j.escrow_free_id
        JOIN billing_account c ON c.id = j.escrow_committed_id JOIN flow ON flow.scope = f.scope
        WHERE flow.net <> f.balance + c.balance""",
    "a closed job holds nothing": """
        SELECT format('job %s is closed but escrow holds %s', j.public_id, f.balance + c.balance)
        FROM marketplace_job j JOIN billing_account f ON f.id = j.escrow_free_id
        JOIN billing_account c ON c.id = j.escrow_committed_id
        WHERE j.state = 'closed' AND f.balance + c.balance <> 0""",
    "no task has more answers than places": """
        SELECT format('task %s: %s answers counted, %s given, %s places', t.id, t.answers, coalesce(g.n, 0),
                      coalesce(p.n, 0))
        FROM marketplace_task t
        LEFT JOIN (SELECT task_id, count(*) AS n FROM marketplace_assignment
                   WHERE state IN ('submitted', 'accepted', 'rejected', 'overturned', 'reversed')
                   GROUP BY task_id) g ON g.task_id = t.id
        LEFT JOIN (SELECT task_id, count(*) AS n FROM marketplace_place
                   WHERE state <> 'cancelled' GROUP BY task_id) p ON p.task_id = t.id
        WHERE t.answers <> coalesce(g.n, 0) OR t.wanted <> coalesce(p.n, 0)""",
    "a place is taken by exactly one assignment, and paid for until it is answered": """
        SELECT format('place %s is %s and holds %s but has %s answers and %s holders', p.id, p.state, p.held,
                      coalesce(n.answers, 0), coalesce(n.live, 0))
        FROM marketplace_place p LEFT JOIN (
            SELECT a.place_id,
                   count(*) FILTER (WHERE a.state IN ('submitted', 'accepted', 'rejected', 'overturned', 'reversed'))
                       AS answers,
                   count(*) FILTER (WHERE a.state IN ('reserved', 'claimed', 'returned')) AS live
            FROM marketplace_assignment a GROUP BY a.place_id) n ON n.place_id = p.id
        WHERE coalesce(n.answers + n.live, 0) <> (CASE p.state WHEN 'taken' THEN 1 ELSE 0 END)
           OR (n.live > 0 AND p.held = 0)""",
    "an assignment is of the task and the job of its place": """
        SELECT format('assignment %s: task %s of job %s, its place has task %s of job %s', a.id, a.task_id, a.job_id,
                      p.task_id, p.job_id)
        FROM marketplace_assignment a JOIN marketplace_place p ON p.id = a.place_id
        WHERE (a.task_id, a.job_id) <> (p.task_id, p.job_id)""",
    "a worker holds one place of a job at most, and one reserved, both of their round": """
        SELECT format('worker %s holds %s places of job %s as %s, of rounds %s; theirs is %s', a.worker_id, count(*),
                      a.job_id, a.state, array_agg(a.round), e.round)
        FROM marketplace_assignment a
        JOIN marketplace_enrolment e ON e.job_id = a.job_id AND e.worker_id = a.worker_id
        WHERE a.state IN ('reserved', 'claimed') GROUP BY a.worker_id, a.job_id, a.state, e.round
        HAVING count(*) > 1 OR min(a.round) <> e.round""",
    "a known answer is not asked for as work": """
        SELECT format('question %s of job %s is work of the same job, task %s', q.id, q.job_id, t.id)
        FROM marketplace_question q JOIN annotation_image i ON i.id = q.image_id
        JOIN annotation_image w ON w.scope = 'job:' || q.job_id AND w.sha256 = i.sha256
        JOIN marketplace_task t ON t.image_id = w.id AND t.job_id = q.job_id""",
    "an exam lets in who passed one": """
        SELECT format('enrolment %s was let in by an exam that worker %s did not pass', e.id, e.worker_id)
        FROM marketplace_enrolment e JOIN marketplace_job j ON j.id = e.job_id
        WHERE e.admitted_by IN ('exam', 'qualified') AND NOT EXISTS (
            SELECT FROM marketplace_qualification q
            WHERE q.worker_id = e.worker_id AND q.scope = 'labelset:' || j.label_set_id
              AND (e.admitted_by = 'qualified' OR q.job_id = j.id))""",
    "who works was let in before": """
        SELECT format('assignment %s: its worker was not let in', a.id) FROM marketplace_enrolment e
        JOIN marketplace_assignment a ON a.job_id = e.job_id AND a.worker_id = e.worker_id
        WHERE e.admitted_by = ''""",
    "nobody works on their own job": """
        SELECT format('assignment %s: the worker owns job %s', a.id, j.public_id)
        FROM marketplace_assignment a JOIN marketplace_job j ON j.id = a.job_id WHERE a.worker_id = j.owner_id""",
    SHARED: """
        SELECT format('enrolment %s: worker %s and requester %s of job %s used one device', e.id, e.worker_id,
                      j.owner_id, j.public_id)
        FROM marketplace_enrolment e JOIN marketplace_job j ON j.id = e.job_id
        WHERE e.state <> 'blocked' AND EXISTS (
            SELECT FROM marketplace_device mine JOIN marketplace_device theirs ON theirs.digest = mine.digest
            WHERE mine.person_id = e.worker_id AND theirs.person_id = j.owner_id)
        AND NOT EXISTS (
            SELECT FROM marketplace_knownapart k
            WHERE k.first_id = least(e.worker_id, j.owner_id) AND k.second_id = greatest(e.worker_id, j.owner_id))""",
    "an admin's word that two people are two is in the log": """
        SELECT format('people %s and %s: known apart, and not in the audit log', k.first_id, k.second_id)
        FROM marketplace_knownapart k WHERE NOT EXISTS (
            SELECT FROM marketplace_auditentry l WHERE l.object_type = 'marketplace.knownapart'
                AND l.object_id = k.id::text AND l.action = 'people.known_apart' AND l.actor_id = k.decided_by_id)""",
    "an admin's word on a payout is in the log": """
        SELECT format('payout %s: %s by user %s is not in the audit log', p.id, said.action, said.by)
        FROM billing_payout p CROSS JOIN LATERAL (VALUES
            ('payout.approved', p.approved_by_id), ('payout.approved', p.second_by_id),
            ('payout.marked_paid', p.marked_by_id), ('payout.confirmed', p.confirmed_by_id)) AS said(action, by)
        WHERE said.by IS NOT NULL AND NOT EXISTS (
            SELECT FROM marketplace_auditentry l WHERE l.object_type = 'billing.payout' AND l.object_id = p.id::text
                AND l.action = said.action AND l.actor_id = said.by)""",
    "a replaced answer is of who was flagged, and its place is of its task": """
        SELECT format('place %s of task %s is for answer %s of task %s, flag %s', p.id, p.task_id, a.id, a.task_id,
                      f.id)
        FROM marketplace_replacement r JOIN marketplace_flag f ON f.id = r.flag_id
        JOIN marketplace_assignment a ON a.id = r.assignment_id JOIN marketplace_place p ON p.id = r.place_id
        WHERE (p.task_id, a.job_id, a.worker_id) <> (a.task_id, f.job_id, f.worker_id)""",
    "a settled task has a decision, and its answers verdicts": """
        SELECT format('task %s is settled without a decision or a verdict', t.id) FROM marketplace_task t
        WHERE t.state = 'settled' AND (
            NOT EXISTS (SELECT 1 FROM marketplace_decision d WHERE d.task_id = t.id AND d.current)
            -- The states left out are what the index on task leaves out.
            OR EXISTS (SELECT 1 FROM marketplace_assignment a
                       WHERE a.task_id = t.id AND a.state NOT IN ('expired', 'given_back')
                       AND (a.state IN ('accepted', 'rejected') AND a.verdict_id IS NULL
                            OR a.state = 'submitted' AND NOT EXISTS (
                                SELECT 1 FROM marketplace_review r WHERE r.assignment_id = a.id AND r.said = '')))
            )""",
    "what a person is to judge waits for them": """
        SELECT format('task %s is in review: %s of its answers wait, %s are in the queue', t.id, n.waiting, n.queued)
        FROM marketplace_task t CROSS JOIN LATERAL (
            SELECT count(*) AS waiting, count(r.id) AS queued FROM marketplace_assignment a
            LEFT JOIN marketplace_review r ON r.assignment_id = a.id AND r.said = ''
            WHERE a.task_id = t.id AND a.state = 'submitted') n
        WHERE t.state = 'review' AND (n.waiting <> n.queued OR n.queued = 0 AND t.doubt IS NULL)""",
    "a queue holds what is submitted, and a sample of what is accepted": """
        SELECT format('review %s waits for assignment %s, which is %s', r.id, a.id, a.state)
        FROM marketplace_review r JOIN marketplace_assignment a ON a.id = r.assignment_id
        WHERE r.said = '' AND a.state <> CASE r.why WHEN 'sample' THEN 'accepted' ELSE 'submitted' END
           OR a.job_id <> r.job_id""",
    "a verdict says what became of its answer": """
        SELECT format('assignment %s is %s, its verdict says %s', a.id, a.state, v.accepted)
        FROM marketplace_assignment a JOIN qa_verdict v ON v.id = a.verdict_id
        -- Not of the accepted ones: whom a deadline paid may be judged otherwise afterwards.
        WHERE a.state = 'overturned' AND NOT v.accepted OR a.state = 'rejected' AND v.accepted""",
    "an answer is judged by hand only by its requester, and never while they are stopped from rejecting": """
        SELECT format('review %s was said by user %s', r.id, r.said_by_id) FROM marketplace_review r
        JOIN marketplace_job j ON j.id = r.job_id
        WHERE r.said_by_id <> j.owner_id OR r.said = 'reject' AND EXISTS (
            SELECT 1 FROM marketplace_rejectionstop s WHERE s.kind = 'hand' AND s.requester_id = r.said_by_id
            AND r.said_at > s.opened_at AND (s.state <> 'released' OR r.said_at < s.closed_at))""",
    "gold has places of its own, and only gold": """
        SELECT format('place %s in lane %s is of task %s, which is %s', p.id, p.lane, t.id, t.state)
        FROM marketplace_place p JOIN marketplace_task t ON t.id = p.task_id
        -- What was handed out and put back goes first, as any other.
        WHERE (p.lane = 2 AND t.state <> 'gold') OR (p.lane = 0 AND t.state = 'gold')""",
    "gold costs no more than was set aside for it": """
        SELECT format('job %s: %s places of gold, %s paid for', j.public_id, g.n, j.gold_budget)
        FROM marketplace_job j JOIN (
            SELECT p.job_id, count(*) AS n FROM marketplace_place p JOIN marketplace_task t ON t.id = p.task_id
            WHERE t.state = 'gold' AND p.state <> 'cancelled' GROUP BY p.job_id) g ON g.job_id = j.id
        -- What a final rejection has freed pays for other gold.
        WHERE g.n > j.gold_budget + (
            SELECT count(*) FROM marketplace_task t JOIN marketplace_assignment a ON a.task_id = t.id
            JOIN marketplace_place p ON p.id = a.place_id
            WHERE t.job_id = j.id AND t.state = 'gold' AND a.state IN ('rejected', 'reversed') AND p.held = 0)""",
    "gold is told once, by the known answer": """
        SELECT format('assignment %s is %s by verdict %s, held against the known answer %s times', a.id, a.state,
                      a.verdict_id, (SELECT count(*) FROM qa_goldresult r WHERE r.scope = 'assignment:' || a.id))
        FROM marketplace_task t JOIN marketplace_assignment a ON a.task_id = t.id
        WHERE t.state = 'gold' AND a.state NOT IN ('expired', 'given_back')
          AND (a.verdict_id IS NOT NULL) <> EXISTS (SELECT FROM qa_goldresult r WHERE r.scope = 'assignment:' || a.id)
          """,
    "nobody is shown an image they answered as gold": """
        SELECT format('worker %s answered image %s of job %s %s times', a.worker_id, t.image_id, a.job_id, count(*))
        FROM marketplace_task g JOIN marketplace_task t ON t.job_id = g.job_id AND t.image_id = g.image_id
        JOIN marketplace_assignment a ON a.task_id = t.id
        WHERE g.state = 'gold' AND a.state IN ('submitted', 'accepted', 'rejected', 'overturned', 'reversed')
        GROUP BY a.worker_id, t.image_id, a.job_id HAVING count(*) > 1""",
    "goodwill for a late answer is paid once, where it agrees": """
        SELECT format('late answer %s was paid %s, by transfers %s; its assignment is %s', l.assignment_id, l.paid,
                      coalesce(t.amount, 0), a.state)
        FROM marketplace_lateanswer l JOIN marketplace_assignment a ON a.id = l.assignment_id
        LEFT JOIN billing_transfer t ON t.kind = 'goodwill' AND t.key = l.assignment_id::text
        LEFT JOIN billing_account w ON w.id = t.target_id
        WHERE l.paid <> coalesce(t.amount, 0) OR a.state <> 'expired' AND l.paid > 0
           OR t.id IS NOT NULL AND (w.kind <> 'worker_balance' OR w.owner_id <> a.worker_id)
        UNION ALL
        SELECT format('goodwill transfer %s speaks of late answer %s', t.id, t.key) FROM billing_transfer t
        WHERE t.kind = 'goodwill' AND t.details ? 'late_answer'
          AND NOT EXISTS (SELECT FROM marketplace_lateanswer l WHERE l.assignment_id::text = t.key)""",
    "a task that a person decided is not in doubt": """
        SELECT format('task %s waits for a decision it has', t.id) FROM marketplace_task t
        JOIN marketplace_decision d ON d.task_id = t.id AND d.current
        WHERE d.kind <> 'votes' AND (t.doubt IS NOT NULL OR t.disputed)""",
    "every movement is explained in words": f"""
        SELECT format('%s movements of the kind %s have no words', count(*), t.kind) FROM billing_transfer t
        WHERE t.kind NOT IN ({", ".join(f"'{kind}'" for kind in WORDS)}) GROUP BY t.kind""",  # noqa: S608 - our own
    "who has left cannot come in and runs no job": """
        SELECT format('user %s has left', u.id) FROM marketplace_user u WHERE u.left_at IS NOT NULL AND (
            EXISTS (SELECT FROM account_emailaddress e WHERE e.user_id = u.id)
            OR EXISTS (SELECT FROM marketplace_apitoken k WHERE k.user_id = u.id)
            OR EXISTS (SELECT FROM mfa_authenticator m WHERE m.user_id = u.id)
            OR EXISTS (SELECT FROM marketplace_job j WHERE j.owner_id = u.id AND j.state <> 'closed'))""",
}


def audit() -> list[str]:
    """Every fault found, one line each; the ledger's own first. Reads one snapshot, so it may run beside live work."""
    with one_snapshot():
        faults = list(reconcile.audit())
        with connection.cursor() as cursor:
            for promise, sql in (CHECKS | pay_audit.CHECKS).items():
                if promise == SHARED and not settings.SHARING_PARTS:
                    continue
                cursor.execute(sql)
                faults += [f"{promise}: {row[0]}" for row in cursor.fetchall()]
    return faults
