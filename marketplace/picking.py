"""The statements of the hand-out: each takes a place, gives it to a worker and moves their cursor, all at once.

A place is found by its turn: `position`, ascending, in two lanes. Lane 1 (reopened and extra places) goes first; of it
a claim looks at no more than PROBED places beyond the worker's cursor. Lane 0 is walked from the worker's cursor on. So
a claim costs the same however many places a job has and however many of them its worker has answered. What lies behind
the cursors is found by the full look, taken only when nothing lies ahead, and remembered in `exhausted_to`.

Gold lies in lane 2, and is handed out where the worker's own lots say so (`marketplace_gold_is_due`). Jobs without gold
are asked by statements that know nothing of it.
"""

from __future__ import annotations

from marketplace.models.routines import GOLD_PROBED, UNSEEN_GOLD
from marketplace.statements import Statement

PROBED = 16
# The enrolment's cursor is written when it lies this many turns behind; the exact one travels on the assignments.
WRITTEN_EVERY = 128

# Nobody is given a task they have answered, hold or passed. A scalar subquery on purpose: NOT EXISTS becomes an anti
# join, which stale statistics turn into a scan of all the worker's answers.
_NEW_TO_ME = """(SELECT b.id FROM marketplace_assignment b WHERE b.task_id = p.task_id AND b.worker_id = %(worker)s
                 AND b.state NOT IN ('expired', 'given_back') LIMIT 1) IS NULL"""

# The worker's standing and how many answers their caps still allow (null: no cap); no row for who may not work. Asking
# `marketplace_job_is_open` takes the lock that ends with the claim: always before any row is locked.
_ME = """
    me AS MATERIALIZED (
        SELECT e.id, e.cursor, e.cursor_first, e.exhausted_to, e.xmin AS version,
               least(%(cap)s::int - e.answers,
                     %(daily_cap)s::int - CASE WHEN e.answers_on = %(today)s::date THEN e.answers_today ELSE 0 END)
                   AS spare
        FROM marketplace_enrolment e
        WHERE e.job_id = %(job)s AND e.worker_id = %(worker)s AND e.state = 'ready'),
    gate AS MATERIALIZED (SELECT marketplace_job_is_open(%(job)s) AS open)"""

# The same where the job has gold, and whether the worker's next image is to be gold.
_ME_DRAWN = _ME.replace(
    "AS spare", "AS spare,\n               marketplace_gold_is_due(e.job_id, e.gold_seed, e.drawn + 1) AS gold_due"
)

# `probe`: the first places of lane 1 beyond the cursor, whoever they suit; `first`: the one of them to take, found by
# the same index (a join to `probe` was planned as a walk through the table for each of them, while the table was small
# or its statistics old); `ahead`: else the next of lane 0.
_LOOK_AHEAD = f"""
    probe AS MATERIALIZED (
        SELECT p.position FROM marketplace_place p
        WHERE p.job_id = %(job)s AND p.state = 'open' AND p.lane = 1
          AND p.position > (SELECT greatest(%(after_first)s, me.cursor_first, me.exhausted_to) FROM me)
          AND {{wanted}}
        ORDER BY p.job_id, p.position LIMIT {PROBED}),
    first AS (
        SELECT p.id, p.task_id, p.position, p.lane FROM marketplace_place p
        WHERE p.job_id = %(job)s AND p.state = 'open' AND p.lane = 1
          AND p.position BETWEEN (SELECT min(q.position) FROM probe q) AND (SELECT max(q.position) FROM probe q)
          AND {_NEW_TO_ME}
        ORDER BY p.job_id, p.position LIMIT 1 FOR UPDATE OF p SKIP LOCKED),
    ahead AS (
        SELECT p.id, p.task_id, p.position, p.lane FROM marketplace_place p
        WHERE p.job_id = %(job)s AND p.state = 'open' AND p.lane = 0
          AND p.position > (SELECT greatest(%(after)s, me.cursor, me.exhausted_to) FROM me)
          AND {{wanted}} AND NOT EXISTS (SELECT 1 FROM first) AND {_NEW_TO_ME}
        ORDER BY p.job_id, p.position LIMIT 1 FOR UPDATE OF p SKIP LOCKED),
    {{name}} AS (SELECT * FROM first UNION ALL SELECT * FROM ahead)"""

# Both are looked for each time, as in `marketplace_submit`; gold is taken only while there is other work too.
_LOOK_AT_GOLD = f"""
    gold AS (
        SELECT p.id, p.task_id, p.position, p.lane FROM marketplace_place p
        WHERE p.job_id = %(job)s AND p.state = 'open' AND p.lane = 2 AND {{wanted}}
          AND p.position <= (SELECT max(q.position) FROM (
              SELECT o.position FROM marketplace_place o WHERE o.job_id = %(job)s AND o.state = 'open' AND o.lane = 2
              ORDER BY o.job_id, o.position LIMIT {GOLD_PROBED}) q)
          AND {UNSEEN_GOLD.format(worker="%(worker)s")}
        ORDER BY p.job_id, p.position LIMIT 1 FOR UPDATE OF p SKIP LOCKED)"""
_CHOOSE = """
    sides AS MATERIALIZED (
        SELECT (SELECT g.id FROM gold g) AS gold, (SELECT o.id FROM other o) AS other,
               coalesce((SELECT me.gold_due FROM me), false) AS due),
    found AS (
        SELECT g.* FROM gold g, sides s WHERE s.due AND s.other IS NOT NULL
        UNION ALL SELECT o.* FROM other o, sides s WHERE NOT s.due OR s.gold IS NULL)"""

# When nothing lies ahead: everything from `exhausted_to` on, waiting for rows in flight instead of skipping them, since
# they may come back. All who wait go through the places in the same order, so never for each other in a circle. At last
# the places whose lease ran out, or that lie reserved for somebody idle. `marks.top` is the last open turn this look
# could see; places become visible in the order of their turns, so all that opens later lies beyond it. It is remembered
# only if nobody has written the enrolment since this look began: who takes a task back from its worker sets the mark to
# 0 (also where it is 0), and this look has passed over that task's other places as not for them.
_LOOK_EVERYWHERE = f"""
    marks AS MATERIALIZED (
        SELECT greatest((SELECT max(p.position) FROM marketplace_place p
                         WHERE p.job_id = %(job)s AND p.state = 'open' AND p.lane = 0),
                        (SELECT max(p.position) FROM marketplace_place p
                         WHERE p.job_id = %(job)s AND p.state = 'open' AND p.lane = 1)) AS top),
    first AS (
        SELECT p.id, p.task_id, p.position, p.lane FROM marketplace_place p
        WHERE p.job_id = %(job)s AND p.state = 'open' AND p.lane = 1 AND p.position > (SELECT me.exhausted_to FROM me)
          AND {{wanted}} AND {_NEW_TO_ME}
        ORDER BY p.job_id, p.position LIMIT 1 FOR UPDATE OF p),
    rest AS (
        SELECT p.id, p.task_id, p.position, p.lane FROM marketplace_place p
        WHERE p.job_id = %(job)s AND p.state = 'open' AND p.lane = 0 AND p.position > (SELECT me.exhausted_to FROM me)
          AND {{wanted}} AND NOT EXISTS (SELECT 1 FROM first) AND {_NEW_TO_ME}
        ORDER BY p.job_id, p.position LIMIT 1 FOR UPDATE OF p),
    overdue AS (
        SELECT p.id, p.task_id, p.position, p.lane, o.id AS assignment, o.worker_id
        FROM marketplace_assignment o JOIN marketplace_place p ON p.id = o.place_id
        WHERE o.job_id = %(job)s AND o.state IN ('claimed', 'reserved') AND o.worker_id <> %(worker)s
          AND o.returned_at IS NULL
          AND o.lease_expires_at < CASE o.state WHEN 'reserved' THEN %(idle)s::timestamptz ELSE %(now)s END
          AND {{wanted}} AND NOT EXISTS (SELECT 1 FROM first) AND NOT EXISTS (SELECT 1 FROM rest) AND {_NEW_TO_ME}
        ORDER BY o.lease_expires_at LIMIT 1 FOR UPDATE OF o SKIP LOCKED),
    ended AS (
        UPDATE marketplace_assignment o SET state = 'expired' FROM overdue v
        WHERE o.id = v.assignment AND o.state IN ('claimed', 'reserved')
        RETURNING v.id, v.task_id, v.position, v.lane, o.id AS assignment, o.worker_id),
    told AS (
        INSERT INTO marketplace_workevent (kind, assignment, job, task, worker, at)
        SELECT 'taken_over', d.assignment, %(job)s, d.task_id, d.worker_id, %(now)s FROM ended d),
    theirs AS (
        UPDATE marketplace_enrolment e SET exhausted_to = 0 FROM ended d
        WHERE e.job_id = %(job)s AND e.worker_id = d.worker_id),
    found AS (
        SELECT * FROM first UNION ALL SELECT * FROM rest
        UNION ALL SELECT d.id, d.task_id, d.position, d.lane FROM ended d)"""

# Take what was found. `state` is what the new assignment becomes.
_TAKE = """
    taken AS (
        UPDATE marketplace_place p SET state = 'taken' FROM found f WHERE p.id = f.id
        RETURNING p.id, p.task_id, p.position, p.lane),
    made AS (
        INSERT INTO marketplace_assignment
            (id, place_id, task_id, job_id, worker_id, state, instructions_version, lease_expires_at, claimed_at,
             shown_at, earned, skip_reason, cursor, cursor_first, round)
        SELECT gen_random_uuid(), k.id, k.task_id, %(job)s, %(worker)s, {state},
               (SELECT max(v.version) FROM marketplace_instructions v WHERE v.job_id = %(job)s), %(expires)s, %(now)s,
               CASE WHEN {state} = 'claimed' THEN %(now)s::timestamptz END, 0, '',
               CASE WHEN k.lane = 0 AND k.position > %(after)s THEN k.position ELSE %(after)s END, {cursor_first},
               marketplace_round(%(job)s, %(worker)s)
        FROM taken k
        RETURNING id, task_id, state, instructions_version, lease_expires_at, cursor, cursor_first)"""
_FIRST_SEEN = (
    """greatest(%(after_first)s, coalesce((SELECT f.position FROM first f), (SELECT max(q.position) FROM probe q)))"""
)

_FIRST_SEEN_UNLESS_GOLD = f"""CASE WHEN k.lane = 2 THEN %(after_first)s ELSE {_FIRST_SEEN} END"""

# What the full look found in lane 1 it found after all that lies before it.
_FIRST_FOUND = """greatest(%(after_first)s, (SELECT f.position FROM first f))"""

_NOTE_MADE = """SELECT m.state, m.id, %(job)s, m.task_id, %(worker)s, %(now)s FROM made m"""
_NOTED = """
    noted AS (INSERT INTO marketplace_workevent (kind, assignment, job, task, worker, at) {rows})"""
_GIVEN = """
    SELECT m.state, m.id, m.lease_expires_at, i.id, i.width, i.height, m.instructions_version,
           NULL::int, NULL::jsonb, m.cursor, m.cursor_first
    FROM {source} m JOIN marketplace_task t ON t.id = m.task_id JOIN annotation_image i ON i.id = t.image_id"""

_MAY = "(SELECT g.open FROM gate g) AND (SELECT coalesce(me.spare > {more}, true) FROM me)"


def _joined(*steps: str) -> str:
    return "WITH" + ",".join(steps)


def _take_sql(*, state: str, more: str) -> str:
    moved = f"""
    moved AS (
        UPDATE marketplace_enrolment e SET cursor = greatest(e.cursor, m.cursor),
               cursor_first = greatest(e.cursor_first, m.cursor_first)
        FROM made m, me WHERE e.id = me.id
          AND (m.cursor > me.cursor + {WRITTEN_EVERY} OR m.cursor_first > me.cursor_first + {WRITTEN_EVERY}))"""
    return _joined(
        _ME,
        _LOOK_AHEAD.format(wanted=_MAY.format(more=more), name="found"),
        _TAKE.format(state=f"'{state}'", cursor_first=_FIRST_SEEN),
        moved,
        _NOTED.format(rows=_NOTE_MADE),
    ) + _GIVEN.format(source="made")


def _take_with_gold_sql(*, state: str, more: str) -> str:
    """The same in a job with gold. Each place that is drawn counts, so the enrolment is written each time."""
    may = _MAY.format(more=more)
    moved = """
    moved AS (
        UPDATE marketplace_enrolment e SET cursor = greatest(e.cursor, m.cursor), drawn = e.drawn + 1,
               cursor_first = greatest(e.cursor_first, m.cursor_first)
        FROM made m, me WHERE e.id = me.id)"""
    return _joined(
        _ME_DRAWN,
        _LOOK_AT_GOLD.format(wanted=may),
        _LOOK_AHEAD.format(wanted=may, name="other"),
        _CHOOSE,
        _TAKE.format(state=f"'{state}'", cursor_first=_FIRST_SEEN_UNLESS_GOLD),
        moved,
        _NOTED.format(rows=_NOTE_MADE),
    ) + _GIVEN.format(source="made")


# Parameters of all: job, worker, now, today, expires, cap, daily_cap, after, after_first.
CLAIM = Statement(_take_sql(state="claimed", more="0"))
RESERVE = Statement(_take_sql(state="reserved", more="1"))
CLAIM_WITH_GOLD = Statement(_take_with_gold_sql(state="claimed", more="0"))
RESERVE_WITH_GOLD = Statement(_take_with_gold_sql(state="reserved", more="1"))
# And idle: a place reserved under a lease that ends before this is free for others.
LOOK_EVERYWHERE = Statement(
    _joined(
        _ME,
        _LOOK_EVERYWHERE.format(wanted=_MAY.format(more="0")),
        _TAKE.format(state="'claimed'", cursor_first=_FIRST_FOUND),
        """
    seen AS (
        UPDATE marketplace_enrolment e SET exhausted_to = greatest(e.exhausted_to, marks.top)
        FROM marks, me WHERE e.id = me.id AND (SELECT g.open FROM gate g) AND coalesce(me.spare, 1) > 0
          AND NOT EXISTS (SELECT 1 FROM found) AND marks.top > e.exhausted_to AND e.xmin = me.version)""",
        _NOTED.format(rows=_NOTE_MADE),
    )
    + _GIVEN.format(source="made")
)
# Show what was reserved: from now on it is worked on.
PROMOTE = Statement(
    _joined(
        _ME,
        f"""
    made AS (
        UPDATE marketplace_assignment a
        SET state = 'claimed', claimed_at = %(now)s, shown_at = %(now)s, lease_expires_at = %(expires)s
        WHERE a.job_id = %(job)s AND a.worker_id = %(worker)s AND a.state = 'reserved' AND {_MAY.format(more="0")}
        RETURNING a.id, a.task_id, a.state, a.instructions_version, a.lease_expires_at, a.cursor, a.cursor_first)""",
        _NOTED.format(rows=_NOTE_MADE),
    )
    + _GIVEN.format(source="made")
)

# Store an answer and hand out the next place: `models.routines.SUBMIT`, which says what it does. Parameters: those of
# CLAIM and assignment, image, scope, body, paid_ms, counted (1 where answers are capped, else 0), next, ahead, key (the
# API key to be verified, null when it was). Returns the state of the task and what was handed out, one row each; no row
# when nothing was stored.
SUBMIT = Statement(f"""
    SELECT * FROM marketplace_submit(
        %(assignment)s::uuid, %(worker)s, %(job)s, %(image)s, %(scope)s::text, %(body)s::jsonb, %(paid_ms)s::int,
        %(now)s::timestamptz, %(today)s::date, %(expires)s::timestamptz, %(after)s, %(after_first)s, %(counted)s::int,
        %(next)s::boolean, %(ahead)s::boolean, {PROBED}, {WRITTEN_EVERY},
        %(key)s)
""")
