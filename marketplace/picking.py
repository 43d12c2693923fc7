"""The statements of the hand-out: each takes a place, gives it to a worker and moves their cursor, all at once.

A place is found by its turn: `position`, ascending, in two lanes. Lane 1 (reopened and extra places) goes first; of it
a claim looks at no more than PROBED places beyond the worker's cursor. Lane 0 is walked from the worker's cursor on. So
a claim costs the same however many places a job has and however many of them its worker has answered. What lies behind
the cursors is found by the full look, taken only when nothing lies ahead, and remembered in `exhausted_to`.
"""

from __future__ import annotations

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
        SELECT e.id, e.cursor, e.cursor_first, e.exhausted_to,
               least(%(cap)s::int - e.answers,
                     %(daily_cap)s::int - CASE WHEN e.answers_on = %(today)s::date THEN e.answers_today ELSE 0 END)
                   AS spare
        FROM marketplace_enrolment e
        WHERE e.job_id = %(job)s AND e.worker_id = %(worker)s AND e.state = 'ready'),
    gate AS MATERIALIZED (SELECT marketplace_job_is_open(%(job)s) AS open)"""

# `probe`: the first places of lane 1 beyond the cursor, whoever they suit; `first`: the one of them to take;
# `ahead`: else the next of lane 0.
_LOOK_AHEAD = f"""
    probe AS MATERIALIZED (
        SELECT p.id, p.position FROM marketplace_place p
        WHERE p.job_id = %(job)s AND p.state = 'open' AND p.lane = 1
          AND p.position > (SELECT greatest(%(after_first)s, me.cursor_first, me.exhausted_to) FROM me)
          AND {{wanted}}
        ORDER BY p.job_id, p.position LIMIT {PROBED}),
    first AS (
        SELECT p.id, p.task_id, p.position, p.lane FROM probe q JOIN marketplace_place p ON p.id = q.id
        WHERE p.state = 'open' AND p.lane = 1 AND p.position = q.position AND {_NEW_TO_ME}
        ORDER BY q.position LIMIT 1 FOR UPDATE OF p SKIP LOCKED),
    ahead AS (
        SELECT p.id, p.task_id, p.position, p.lane FROM marketplace_place p
        WHERE p.job_id = %(job)s AND p.state = 'open' AND p.lane = 0
          AND p.position > (SELECT greatest(%(after)s, me.cursor, me.exhausted_to) FROM me)
          AND {{wanted}} AND NOT EXISTS (SELECT 1 FROM first) AND {_NEW_TO_ME}
        ORDER BY p.job_id, p.position LIMIT 1 FOR UPDATE OF p SKIP LOCKED),
    found AS (SELECT * FROM first UNION ALL SELECT * FROM ahead)"""

# When nothing lies ahead: everything from `exhausted_to` on, waiting for rows in flight instead of skipping them, since
# they may come back. All who wait go through the places in the same order, so never for each other in a circle. At last
# the places whose lease ran out, or that lie reserved for somebody idle. `marks.top` is the last open turn this look
# could see; places become visible in the order of their turns, so all that opens later lies beyond it.
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
        WHERE e.job_id = %(job)s AND e.worker_id = d.worker_id AND e.exhausted_to > 0),
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
             shown_at, earned, skip_reason, cursor, cursor_first)
        SELECT gen_random_uuid(), k.id, k.task_id, %(job)s, %(worker)s, {state},
               (SELECT max(v.version) FROM marketplace_instructions v WHERE v.job_id = %(job)s), %(expires)s, %(now)s,
               CASE WHEN {state} = 'claimed' THEN %(now)s::timestamptz END, 0, '',
               CASE WHEN k.lane = 0 AND k.position > %(after)s THEN k.position ELSE %(after)s END, {cursor_first}
        FROM taken k
        RETURNING id, task_id, state, instructions_version, lease_expires_at, cursor, cursor_first)"""
_FIRST_SEEN = (
    """greatest(%(after_first)s, coalesce((SELECT f.position FROM first f), (SELECT max(q.position) FROM probe q)))"""
)

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
        _LOOK_AHEAD.format(wanted=_MAY.format(more=more)),
        _TAKE.format(state=f"'{state}'", cursor_first=_FIRST_SEEN),
        moved,
        _NOTED.format(rows=_NOTE_MADE),
    ) + _GIVEN.format(source="made")


# Parameters of all: job, worker, now, today, expires, cap, daily_cap, after, after_first.
CLAIM = Statement(_take_sql(state="claimed", more="0"))
RESERVE = Statement(_take_sql(state="reserved", more="1"))
# And idle: a place reserved under a lease that ends before this is free for others.
LOOK_EVERYWHERE = Statement(
    _joined(
        _ME,
        _LOOK_EVERYWHERE.format(wanted=_MAY.format(more="0")),
        _TAKE.format(state="'claimed'", cursor_first="%(after_first)s"),
        """
    seen AS (
        UPDATE marketplace_enrolment e SET exhausted_to = greatest(e.exhausted_to, marks.top)
        FROM marks, me WHERE e.id = me.id AND (SELECT g.open FROM gate g) AND coalesce(me.spare, 1) > 0
          AND NOT EXISTS (SELECT 1 FROM found) AND marks.top > e.exhausted_to)""",
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

# Store an answer and hand out the next place in one statement. `given` is the guard: no row, nothing happens. It asks
# the gate first, so that the lock on the job comes before the locks on rows. The annotation's number is drawn before
# both rows that need it are written. What was reserved is shown; a place is picked to be shown if nothing was reserved,
# else, where `ahead` is wanted, to be reserved.
_GIVE = """
    ticket AS MATERIALIZED (SELECT nextval('annotation_annotation_id_seq') AS id),
    given AS (
        UPDATE marketplace_assignment a
        SET state = 'submitted', annotation_id = (SELECT k.id FROM ticket k), submitted_at = %(now)s,
            paid_ms = %(paid_ms)s
        WHERE a.id = %(assignment)s AND a.worker_id = %(worker)s AND a.state = 'claimed'
          AND (SELECT count(*) FROM gate g) = 1
        RETURNING a.id, a.place_id, a.task_id),
    saved AS (
        INSERT INTO annotation_annotation (id, scope, image_id, author_id, schema, body, created_at)
        SELECT (SELECT k.id FROM ticket k), %(scope)s, %(image)s, %(worker)s, 1, %(body)s::jsonb, %(now)s FROM given),
    seat AS (
        UPDATE marketplace_place p SET state = 'answered' FROM given v WHERE p.id = v.place_id AND p.state = 'taken'
        RETURNING p.id),
    done AS (
        UPDATE marketplace_task t SET answers = t.answers + 1,
            state = CASE WHEN t.answers + 1 = t.wanted AND t.state = 'open' THEN 'answered' ELSE t.state END,
            answered_at = CASE WHEN t.answers + 1 = t.wanted AND t.state = 'open' THEN %(now)s ELSE t.answered_at END
        FROM given v WHERE t.id = v.task_id RETURNING t.state),
    drafts AS (DELETE FROM marketplace_draft d USING given v WHERE d.assignment_id = v.id)"""
_PROMOTED = """
    promoted AS (
        UPDATE marketplace_assignment a
        SET state = 'claimed', claimed_at = %(now)s, shown_at = %(now)s, lease_expires_at = %(expires)s
        FROM given WHERE a.job_id = %(job)s AND a.worker_id = %(worker)s AND a.state = 'reserved' AND %(next)s::boolean
          AND {may}
        RETURNING a.id, a.task_id, a.state, a.instructions_version, a.lease_expires_at, a.cursor, a.cursor_first)"""
_STANDING = f"""
    standing AS (
        UPDATE marketplace_enrolment e SET skips_in_a_row = 0,
            answers = e.answers + %(counted)s,
            answers_today = %(counted)s + CASE WHEN e.answers_on = %(today)s::date THEN e.answers_today ELSE 0 END,
            answers_on = CASE WHEN %(counted)s > 0 THEN %(today)s::date ELSE e.answers_on END,
            cursor = greatest(e.cursor, moved.cursor), cursor_first = greatest(e.cursor_first, moved.cursor_first)
        FROM given v LEFT JOIN made moved ON true
        WHERE e.job_id = %(job)s AND e.worker_id = %(worker)s
          AND (e.skips_in_a_row > 0 OR %(counted)s > 0 OR moved.cursor > e.cursor + {WRITTEN_EVERY}
               OR moved.cursor_first > e.cursor_first + {WRITTEN_EVERY}))"""
# Only when all rows that others may wait for are written: a claim that waits while it holds a fresh place could be
# waited for in turn.
_ONE_MORE = """%(next)s::boolean AND EXISTS (SELECT 1 FROM seat) AND EXISTS (SELECT 1 FROM done)
          AND (NOT EXISTS (SELECT 1 FROM promoted) OR %(ahead)s::boolean) AND (SELECT g.open FROM gate g)
          AND (SELECT coalesce(me.spare > 1 + (SELECT count(*) FROM promoted), true) FROM me)"""
_SHOWN_OR_KEPT = "CASE WHEN EXISTS (SELECT 1 FROM promoted) THEN 'reserved' ELSE 'claimed' END"

# Parameters: those of CLAIM and assignment, image, scope, body, paid_ms, counted (1 where answers are capped, else 0),
# next, ahead. Returns the state of the task (null: nothing was stored) and what was handed out, one row each.
SUBMIT = Statement(
    _joined(
        _ME,
        _GIVE,
        _PROMOTED.format(may=_MAY.format(more="1")),
        _LOOK_AHEAD.format(wanted=_ONE_MORE),
        _TAKE.format(state=_SHOWN_OR_KEPT, cursor_first=_FIRST_SEEN),
        _STANDING,
        _NOTED.format(
            rows="SELECT 'submitted', v.id, %(job)s, v.task_id, %(worker)s, %(now)s FROM given v UNION ALL "
            f"{_NOTE_MADE} UNION ALL {_NOTE_MADE.replace('made m', 'promoted m')}"
        ),
        f" handed AS ({_GIVEN.format(source='made')} UNION ALL {_GIVEN.format(source='promoted')})",
    )
    + "SELECT (SELECT state FROM done), handed.* FROM (SELECT 1) one LEFT JOIN handed ON true"
)
