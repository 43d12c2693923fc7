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

-- part: money
-- The reference of `manage.py bench money`. FROZEN like what stands above.
--
-- The smallest settlement of one job that keeps a promise: each accepted answer is a transfer to its worker and one to
-- the platform, both out of the job's escrow, each once by its key; accounts that must not be overdrawn carry a balance
-- that is never below zero and a sequence that numbers their history, and are locked in the order of their ids. One
-- transaction a batch, two statements, whatever its size.

-- name: schema
DROP SCHEMA IF EXISTS reference_money CASCADE;
CREATE SCHEMA reference_money;
CREATE TABLE reference_money.account (
    id bigint PRIMARY KEY,
    balance bigint CHECK (balance >= 0), -- neither where nothing is guarded
    sequence bigint
) WITH (fillfactor = 50);
CREATE TABLE reference_money.transfer (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    key text NOT NULL,
    source_id bigint NOT NULL,
    target_id bigint NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    currency text NOT NULL,
    source_sequence bigint,
    target_sequence bigint,
    created_at timestamptz NOT NULL,
    UNIQUE (kind, key),
    CHECK (source_id <> target_id)
);

-- name: fill
INSERT INTO reference_money.account VALUES (1, 1000000000000, 0), (2, NULL, NULL);
INSERT INTO reference_money.account SELECT 2 + n, 0, 0 FROM generate_series(1, :workers) n;

-- name: lock
SELECT id, balance FROM reference_money.account WHERE id = ANY(%(accounts)s) AND balance IS NOT NULL
ORDER BY id FOR NO KEY UPDATE

-- name: settle
WITH pay AS (
    SELECT 'accepted' AS kind, key, 1::bigint AS source, worker AS target, %(reward)s::bigint AS amount
    FROM unnest(%(keys)s::text[], %(workers)s::bigint[]) AS p (key, worker)
    UNION ALL
    SELECT 'accepted_fee', key, 1, 2, %(fee)s FROM unnest(%(keys)s::text[]) AS p (key)
), posted AS (
    INSERT INTO reference_money.transfer
        (kind, key, source_id, target_id, amount, currency, source_sequence, target_sequence, created_at)
    SELECT kind, key, source, target, amount, 'USD', s.sequence + row_number() OVER (PARTITION BY source),
           t.sequence + row_number() OVER (PARTITION BY target), %(now)s
    FROM pay JOIN reference_money.account s ON s.id = source JOIN reference_money.account t ON t.id = target
    RETURNING source_id, target_id, amount
), moved AS (
    SELECT account, sum(change) AS change, count(*) AS steps
    FROM (SELECT source_id AS account, -amount AS change FROM posted
          UNION ALL SELECT target_id, amount FROM posted) AS ends
    GROUP BY account
)
UPDATE reference_money.account a SET balance = a.balance + moved.change, sequence = a.sequence + moved.steps
FROM moved WHERE a.id = moved.account AND a.balance IS NOT NULL
