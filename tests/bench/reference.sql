-- The reference of `manage.py bench handout`. FROZEN: do not change a statement of this file.
--
-- The smallest hand-out that keeps a promise: places with a state, one answer a task and worker, a cursor a worker, the
-- answer stored. Submitting and claiming are two statements in one transaction. The bench tells the product's speed as a
-- ratio to this, measured in the same minutes on the same PostgreSQL, because bare figures of two machines, or of two
-- hours on one machine, cannot be compared. Were it to follow the product's SQL, each gain there would raise both sides
-- and hide itself; were it changed at all, old ratios would mean something else than new ones.

-- name: schema
DROP SCHEMA IF EXISTS reference CASCADE;
CREATE SCHEMA reference;
CREATE TABLE reference.task (
    id bigint PRIMARY KEY,
    url text NOT NULL,
    width integer NOT NULL,
    height integer NOT NULL
);
CREATE TABLE reference.place (
    id bigint PRIMARY KEY,
    task_id bigint NOT NULL REFERENCES reference.task,
    position bigint NOT NULL,
    state smallint NOT NULL DEFAULT 0 CHECK (state BETWEEN 0 AND 2), -- open, claimed, submitted
    worker_id bigint,
    token uuid,
    lease_expires_at timestamptz,
    submitted_at timestamptz,
    CHECK ((state = 0) = (worker_id IS NULL))
);
CREATE INDEX place_open ON reference.place (position) WHERE state = 0;
CREATE UNIQUE INDEX place_one_answer ON reference.place (task_id, worker_id) WHERE worker_id IS NOT NULL;
CREATE UNIQUE INDEX place_one_claim ON reference.place (worker_id) WHERE state = 1;
CREATE TABLE reference.worker (
    id bigint PRIMARY KEY,
    cursor bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE TABLE reference.annotation (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place_id bigint NOT NULL UNIQUE REFERENCES reference.place,
    body jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- name: fill
INSERT INTO reference.task
SELECT n, '/media/' || md5(n::text) || '.jpg', 1920, 1080 FROM generate_series(1, :tasks) n;
INSERT INTO reference.place (id, task_id, position)
SELECT (t.id - 1) * :overlap + o, t.id, (t.id - 1) * :overlap + o
FROM reference.task t, generate_series(1, :overlap) o ORDER BY t.id, o;
INSERT INTO reference.worker (id) SELECT n FROM generate_series(1, :workers) n;

-- name: claim
WITH pick AS (
    SELECT p.id, p.task_id, p.position FROM reference.place p
    WHERE p.state = 0 AND p.position > (SELECT w.cursor FROM reference.worker w WHERE w.id = %(worker)s)
      AND (SELECT o.id FROM reference.place o
           WHERE o.task_id = p.task_id AND o.worker_id = %(worker)s LIMIT 1) IS NULL
    ORDER BY p.position LIMIT 1 FOR UPDATE OF p SKIP LOCKED
), got AS (
    UPDATE reference.place p SET state = 1, worker_id = %(worker)s, token = %(token)s,
        lease_expires_at = now() + interval '30 minutes'
    FROM pick WHERE p.id = pick.id RETURNING p.id, p.task_id, p.position, p.lease_expires_at
), moved AS (
    UPDATE reference.worker w SET cursor = got.position FROM got WHERE w.id = %(worker)s
)
SELECT got.id, got.lease_expires_at, t.url, t.width, t.height FROM got JOIN reference.task t ON t.id = got.task_id

-- name: submit
WITH given AS (
    UPDATE reference.place SET state = 2, submitted_at = now()
    WHERE id = %(place)s AND state = 1 AND worker_id = %(worker)s AND token = %(token)s RETURNING id
)
INSERT INTO reference.annotation (place_id, body) SELECT id, %(body)s::jsonb FROM given RETURNING id
