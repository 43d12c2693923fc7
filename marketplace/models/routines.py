"""The routines that run inside PostgreSQL: taking an answer and handing out what comes next; and whether that is gold.

As one statement of common table expressions it took a fifth more of the server's time, most of it to set up steps that
were then not needed. Migrations run this text; who changes it writes a migration that runs it again.
"""

from __future__ import annotations

# `qa.golden.is_gold`, by the same lots: the gold of a worker's first images, then their share of the others.
GOLD_IS_DUE = """
CREATE OR REPLACE FUNCTION marketplace_gold_is_due(p_job bigint, p_seed bigint, p_ordinal integer) RETURNS boolean
LANGUAGE plpgsql STABLE STRICT AS $$
DECLARE
    v_own bigint := ('x' || left(md5(p_seed || ':' || p_ordinal), 8))::bit(32)::bigint;
    v_share float8;
    v_first integer;
    v_golds integer;
BEGIN
    SELECT coalesce((j.policy->>'gold_share')::float8, 0), coalesce((j.policy->>'gold_first')::integer, 0),
           coalesce((j.policy->>'gold_onboarding')::integer, 0)
    INTO v_share, v_first, v_golds FROM marketplace_job j WHERE j.id = p_job;
    IF v_golds > 0 AND p_ordinal <= v_first THEN
        RETURN (SELECT count(*) < v_golds FROM generate_series(1, v_first) AS other(ordinal)
                WHERE ('x' || left(md5(p_seed || ':' || other.ordinal), 8))::bit(32)::bigint < v_own);
    END IF;
    RETURN v_own < v_share * 4294967296;
END $$;
"""
DROP_GOLD_IS_DUE = "DROP FUNCTION IF EXISTS marketplace_gold_is_due"

# In which round a worker is, for a statement that takes a place: asked after the lock that it takes
# (`marketplace_job_is_open`), and VOLATILE, so that a round begun while it waited for the lock is the one it finds.
ROUND = """
CREATE OR REPLACE FUNCTION marketplace_round(p_job bigint, p_worker bigint) RETURNS integer LANGUAGE plpgsql VOLATILE AS
$$ BEGIN RETURN (SELECT e.round FROM marketplace_enrolment e WHERE e.job_id = p_job AND e.worker_id = p_worker); END $$;
"""
DROP_ROUND = "DROP FUNCTION IF EXISTS marketplace_round(bigint, bigint)"

# The condition that a gold place `p` is of an image the worker was not shown yet, neither as gold nor otherwise; and
# how many open gold places one look goes through.
UNSEEN_GOLD = """(SELECT b.id FROM marketplace_task g JOIN marketplace_task t ON t.job_id = g.job_id
                   AND t.image_id = g.image_id JOIN marketplace_assignment b ON b.task_id = t.id
                 WHERE g.id = p.task_id AND b.worker_id = {worker} AND b.state NOT IN ('expired', 'given_back')
                 LIMIT 1) IS NULL"""
GOLD_PROBED = 64

# Without scans of whole tables: its plans are made once a connection, also while tables are small or their statistics
# are from then, and such a scan takes as long as all the rest before they have grown much.
SUBMIT = """
CREATE OR REPLACE FUNCTION marketplace_submit(
    p_assignment uuid, p_worker bigint, p_job bigint, p_image bigint, p_scope text, p_body jsonb, p_paid_ms integer,
    p_now timestamptz, p_today date, p_expires timestamptz, p_after bigint, p_after_first bigint, p_counted integer,
    p_next boolean, p_ahead boolean, p_probed integer, p_written_every integer, p_key bigint)
RETURNS TABLE (
    task_state text, state text, assignment uuid, lease_expires_at timestamptz, image bigint, width integer,
    height integer, version integer, draft_revision integer, draft_body jsonb, cursor bigint, cursor_first bigint)
LANGUAGE plpgsql SET enable_seqscan TO off AS $$
#variable_conflict use_column
DECLARE
    v_locked boolean;
    v_annotation bigint;
    v_task bigint;
    v_task_state text;
    me record;                 -- the worker's enrolment
    v_after bigint;            -- their cursors
    v_after_first bigint;
    v_seen bigint;             -- the last place of the first lane that was looked at
    v_shown uuid;              -- what was reserved and is shown now
    v_shown_task bigint;
    v_shown_version integer;
    v_shown_after bigint;
    v_shown_first bigint;
    v_found bigint;            -- the place taken
    v_found_task bigint;
    v_position bigint;
    v_lane smallint;
    v_gold_due boolean := false; -- whether gold is to be handed out, and the place of it that was found
    v_gold bigint;
    v_gold_task bigint;
    v_gold_lane smallint;
    v_before bigint;           -- the cursors before other work was looked for
    v_before_first bigint;
    v_made uuid;               -- the assignment made of it
    v_made_state text;
    v_version integer;
BEGIN
    -- What `marketplace_job_is_open` does, in two steps: the lock that pausing and closing wait for, before the locks
    -- on rows as everywhere; and below, with the worker's enrolment, whether the job is open, asked once it is held.
    v_locked := pg_advisory_xact_lock_shared(marketplace_lock(1, p_job)) IS NULL;
    v_annotation := nextval('annotation_annotation_id_seq');
    UPDATE marketplace_assignment a
    SET state = 'submitted', annotation_id = v_annotation, submitted_at = p_now,
        -- Never more than to half a lease after it began or was renewed: a workspace in use renews it sooner.
        paid_ms = least(p_paid_ms, extract(epoch FROM a.lease_expires_at - (p_expires - p_now) / 2
                                                      - coalesce(a.shown_at, a.claimed_at))::bigint * 1000)
    WHERE a.id = p_assignment AND a.worker_id = p_worker AND a.state = 'claimed'
      -- Who came with a key that was only remembered (p_key): does it still open, to somebody who may work?
      AND (p_key IS NULL OR EXISTS (
          SELECT FROM marketplace_apitoken k JOIN marketplace_user u ON u.id = k.user_id
          WHERE k.id = p_key AND k.user_id = p_worker AND u.is_active AND u.is_worker
            AND coalesce(k.expires_at > p_now, true)))
    RETURNING a.task_id INTO v_task;
    IF NOT FOUND THEN
        RETURN;
    END IF;
    INSERT INTO annotation_annotation (id, scope, image_id, author_id, schema, body, created_at)
    VALUES (v_annotation, p_scope, p_image, p_worker, 1, p_body, p_now);
    UPDATE marketplace_task t SET answers = t.answers + 1,
        state = CASE WHEN t.answers + 1 = t.wanted AND t.state = 'open' THEN 'answered' ELSE t.state END,
        answered_at = CASE WHEN t.answers + 1 = t.wanted AND t.state = 'open' THEN p_now ELSE t.answered_at END
    WHERE t.id = v_task RETURNING t.state INTO v_task_state;
    DELETE FROM marketplace_draft d WHERE d.assignment_id = p_assignment;

    -- `spare`: how many answers the job's caps still allow after this one; null where there is no cap.
    SELECT e.id, e.state, j.state = 'open' AS open, e.cursor, e.cursor_first, e.exhausted_to, e.skips_in_a_row,
           e.gold_seed, e.drawn, e.round,
           least(j.worker_cap - e.answers,
                 j.daily_cap - CASE WHEN e.answers_on = p_today THEN e.answers_today ELSE 0 END) - 1 AS spare
    INTO me FROM marketplace_enrolment e JOIN marketplace_job j ON j.id = e.job_id
    WHERE e.job_id = p_job AND e.worker_id = p_worker;
    v_after := greatest(p_after, me.cursor, me.exhausted_to);
    v_after_first := greatest(p_after_first, me.cursor_first, me.exhausted_to);

    IF p_next AND me.open AND me.state = 'ready' AND coalesce(me.spare > 0, true) THEN
        UPDATE marketplace_assignment a
        SET state = 'claimed', claimed_at = p_now, shown_at = p_now, lease_expires_at = p_expires
        WHERE a.job_id = p_job AND a.worker_id = p_worker AND a.state = 'reserved' AND a.round = me.round
        RETURNING a.id, a.task_id, a.instructions_version, a.cursor, a.cursor_first
        INTO v_shown, v_shown_task, v_shown_version, v_shown_after, v_shown_first;

        IF v_shown IS NULL OR (p_ahead AND coalesce(me.spare > 1, true)) THEN
            -- Nobody is given a task they have answered, hold or passed. Asked by a scalar subquery on purpose: NOT
            -- EXISTS becomes an anti join, which stale statistics turn into a scan of all the worker's answers.
            -- Where the job has gold, both are looked for each time, and one of them taken: so it takes as long
            -- whichever it is. Gold only where there is other work too: else whoever asks last gets nothing but gold.
            IF me.gold_seed IS NOT NULL THEN
                v_gold_due := marketplace_gold_is_due(p_job, me.gold_seed, me.drawn + 1);
                SELECT p.id, p.task_id, p.lane INTO v_gold, v_gold_task, v_gold_lane
                FROM marketplace_place p
                WHERE p.job_id = p_job AND p.state = 'open' AND p.lane = 2
                  AND p.position <= (SELECT max(q.position) FROM (
                      SELECT o.position FROM marketplace_place o
                      WHERE o.job_id = p_job AND o.state = 'open' AND o.lane = 2
                      ORDER BY o.job_id, o.position LIMIT GOLD_PROBED) q)
                  AND UNSEEN_GOLD
                ORDER BY p.job_id, p.position LIMIT 1 FOR UPDATE OF p SKIP LOCKED;
                v_before := v_after;
                v_before_first := v_after_first;
            END IF;
            SELECT max(q.position) INTO v_seen FROM (
                SELECT p.position FROM marketplace_place p
                WHERE p.job_id = p_job AND p.state = 'open' AND p.lane = 1 AND p.position > v_after_first
                ORDER BY p.job_id, p.position LIMIT p_probed) q;
            IF v_seen IS NOT NULL THEN
                SELECT p.id, p.task_id, p.position, p.lane INTO v_found, v_found_task, v_position, v_lane
                FROM marketplace_place p
                WHERE p.job_id = p_job AND p.state = 'open' AND p.lane = 1
                  AND p.position > v_after_first AND p.position <= v_seen
                  AND (SELECT b.id FROM marketplace_assignment b WHERE b.task_id = p.task_id AND b.worker_id = p_worker
                         AND b.state NOT IN ('expired', 'given_back') LIMIT 1) IS NULL
                ORDER BY p.job_id, p.position LIMIT 1 FOR UPDATE OF p SKIP LOCKED;
                v_after_first := coalesce(v_position, v_seen);
            END IF;
            IF v_found IS NULL THEN
                SELECT p.id, p.task_id, p.position, p.lane INTO v_found, v_found_task, v_position, v_lane
                FROM marketplace_place p
                WHERE p.job_id = p_job AND p.state = 'open' AND p.lane = 0 AND p.position > v_after
                  AND (SELECT b.id FROM marketplace_assignment b WHERE b.task_id = p.task_id AND b.worker_id = p_worker
                         AND b.state NOT IN ('expired', 'given_back') LIMIT 1) IS NULL
                ORDER BY p.job_id, p.position LIMIT 1 FOR UPDATE OF p SKIP LOCKED;
                v_after := coalesce(v_position, v_after);
            END IF;
            IF v_gold_due AND v_gold IS NOT NULL AND v_found IS NOT NULL THEN
                v_found := v_gold;
                v_found_task := v_gold_task;
                v_lane := v_gold_lane;
                v_after := v_before;
                v_after_first := v_before_first;
            END IF;
            IF v_found IS NOT NULL THEN
                UPDATE marketplace_place p SET state = 'taken' WHERE p.id = v_found;
                v_made_state := CASE WHEN v_shown IS NULL THEN 'claimed' ELSE 'reserved' END;
                INSERT INTO marketplace_assignment (
                    id, place_id, task_id, job_id, worker_id, state, instructions_version, lease_expires_at, claimed_at,
                    shown_at, earned, skip_reason, cursor, cursor_first, round)
                VALUES (gen_random_uuid(), v_found, v_found_task, p_job, p_worker, v_made_state,
                        (SELECT max(v.version) FROM marketplace_instructions v WHERE v.job_id = p_job), p_expires,
                        p_now, CASE WHEN v_shown IS NULL THEN p_now END, 0, '', v_after, v_after_first, me.round)
                RETURNING id, instructions_version INTO v_made, v_version;
            END IF;
        END IF;
    END IF;

    IF me.skips_in_a_row > 0 OR p_counted > 0 OR v_after > me.cursor + p_written_every
       OR v_after_first > me.cursor_first + p_written_every OR (me.gold_seed IS NOT NULL AND v_made IS NOT NULL) THEN
        UPDATE marketplace_enrolment e SET skips_in_a_row = 0, answers = e.answers + p_counted,
            answers_today = p_counted + CASE WHEN e.answers_on = p_today THEN e.answers_today ELSE 0 END,
            drawn = e.drawn + CASE WHEN me.gold_seed IS NOT NULL AND v_made IS NOT NULL THEN 1 ELSE 0 END,
            answers_on = CASE WHEN p_counted > 0 THEN p_today ELSE e.answers_on END,
            cursor = greatest(e.cursor, v_after), cursor_first = greatest(e.cursor_first, v_after_first)
        WHERE e.id = me.id;
    END IF;
    INSERT INTO marketplace_workevent (kind, assignment, job, task, worker, at)
    SELECT n.kind, n.assignment, p_job, n.task, p_worker, p_now
    FROM (VALUES ('submitted', p_assignment, v_task), ('claimed', v_shown, v_shown_task),
                 (v_made_state, v_made, v_found_task)) AS n (kind, assignment, task)
    WHERE n.assignment IS NOT NULL;

    IF v_shown IS NOT NULL THEN
        RETURN QUERY SELECT v_task_state, 'claimed', v_shown, p_expires, i.id, i.width, i.height, v_shown_version,
            NULL::integer, NULL::jsonb, v_shown_after, v_shown_first
        FROM marketplace_task t JOIN annotation_image i ON i.id = t.image_id WHERE t.id = v_shown_task;
    END IF;
    IF v_made IS NOT NULL THEN
        RETURN QUERY SELECT v_task_state, v_made_state, v_made, p_expires, i.id, i.width, i.height, v_version,
            NULL::integer, NULL::jsonb, v_after, v_after_first
        FROM marketplace_task t JOIN annotation_image i ON i.id = t.image_id WHERE t.id = v_found_task;
    END IF;
    IF v_shown IS NULL AND v_made IS NULL THEN
        task_state := v_task_state;
        RETURN NEXT;
    END IF;
END $$;
""".replace("GOLD_PROBED", str(GOLD_PROBED)).replace("UNSEEN_GOLD", UNSEEN_GOLD.format(worker="p_worker"))
DROP_SUBMIT = "DROP FUNCTION IF EXISTS marketplace_submit"
