"""Jobs of any size for measurements, made by SQL: what hours of uploading would leave behind, in seconds."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime

from django.db import connection, transaction

from billing import deposits
from billing.gateway import Checkout
from billing.models import Deposit
from billing.money import parse_amount
from marketplace.drafting import create_job, parse_job
from marketplace.models import Job, User
from tests.bench.answers import LABELS

BODY = {
    "title": "A large job",
    "instructions": "Draw a box around every car, person and sign.",
    "labels": [{"name": label, "shapes": ["box"]} for label in LABELS],
    "reward": "0.05",
}

# Sixty-four hexadecimal digits, another for each image, in ascending order: what is measured is not the insertion of
# random keys. Each has a size of its own, by which a simulated worker knows which one it is.
_IMAGES = """
    INSERT INTO annotation_image
        (scope, name, sha256, digest, width, height, bytes, format, state, failure, created_at)
    SELECT %s, n || '.png', lpad(to_hex(n), 64, '0'), lpad(to_hex(n), 64, 'a'), 1000 + n %% 1000, 1000 + n / 1000,
           100000, 'PNG', 'ready', '', %s
    FROM generate_series(1, %s) AS n
"""
_TASKS = """
    INSERT INTO marketplace_task (job_id, image_id, position, state, wanted, answers, disputed)
    SELECT %s, id, row_number() OVER (ORDER BY id), 'draft', 0, 0, false FROM annotation_image WHERE scope = %s
"""


@transaction.atomic
def ready_job(*, owner: User, images: int, overlap: int, funds: str) -> Job:
    """A draft with `images` prepared images and draft tasks, and `funds` (such as "100.00") in its owner's wallet.

    The images are rows only: nothing is stored that could be looked at.
    """
    now = datetime.now(UTC)
    body = {**BODY, "overlap": {"min": overlap, "max": overlap}}
    job = create_job(owner=owner, draft=parse_job(body), now=now)
    scope = f"job:{job.pk}"
    with connection.cursor() as cursor:
        # Whether each row's foreign keys exist need not be asked a million times: these do.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_IMAGES, [scope, now, images])
        cursor.execute(_TASKS, [job.pk, scope])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("ANALYZE annotation_image")
        cursor.execute("ANALYZE marketplace_task")
    fund(owner=owner, amount=funds, now=now)
    return job


def fund(*, owner: User, amount: str, now: datetime) -> None:
    """Put money into a requester's wallet, as if the provider had said that a deposit was paid."""
    micro, name = parse_amount(amount, maximum=10**15), uuid.uuid4().hex
    deposit = Deposit.objects.create(
        owner=owner,
        amount=micro,
        idempotency_key=f"bench:{name}",
        success_url="https://tally.test/",
        cancel_url="https://tally.test/",
        created_at=now,
    )
    page = Checkout(id=f"cs_{name}", url="", status="complete", paid=True, payment=f"pi_{name}", amount=micro)
    assert deposits.record(page=page, reference=str(deposit.pk), now=now)


_ANNOTATION = """
    INSERT INTO annotation_annotation (scope, image_id, author_id, schema, body, created_at)
    SELECT 'bench', image_id, %(worker)s, 1, '{}', %(now)s FROM marketplace_task WHERE job_id = %(job)s LIMIT 1
    RETURNING id
"""
_ANSWERS = """
    INSERT INTO marketplace_assignment
        (id, place_id, task_id, job_id, worker_id, state, instructions_version, lease_expires_at, claimed_at,
         submitted_at, settled_at, cursor, cursor_first, annotation_id, paid_ms, earned, skip_reason)
    SELECT gen_random_uuid(), p.id, p.task_id, p.job_id, (%(workers)s::bigint[])[1 + (p.task_id + p.ordinal) %% %(n)s],
           'accepted', 1, %(now)s, %(now)s - interval '1 minute', %(now)s - p.id * interval '1 millisecond',
           %(now)s, 0, 0, %(annotation)s, 20000 + p.id %% 20000, %(reward)s, ''
    FROM marketplace_place p WHERE p.job_id = %(job)s
"""
_AFTER = (
    "UPDATE marketplace_place SET state = 'taken', held = 0 WHERE job_id = %(job)s",
    """INSERT INTO qa_consensus (scope, image_id, revision, body, agreement, confidence, answers, policy, created_at)
       SELECT 'task:' || id, image_id, 1, '{}', 0.9, 0.9, 3, '{}', %(now)s FROM marketplace_task
       WHERE job_id = %(job)s""",
    """INSERT INTO marketplace_decision (task_id, consensus_id, revision, kind, current, skills_version, decided_at)
       SELECT t.id, c.id, 1, 'votes', true, 0, %(now)s FROM marketplace_task t
       JOIN qa_consensus c ON c.scope = 'task:' || t.id WHERE t.job_id = %(job)s""",
    "UPDATE marketplace_task SET state = 'settled', answers = wanted, settled_at = %(now)s WHERE job_id = %(job)s",
)


@transaction.atomic
def answer_all(*, job: Job, workers: list[User]) -> None:
    """Give a published job all its answers, accepted, from at least as many workers as its overlap.

    Rows for looking at and counting only: no money moves, so the audit will object.
    """
    asked = {
        "job": job.pk, "worker": workers[0].pk, "workers": [worker.pk for worker in workers], "n": len(workers),
        "now": datetime.now(UTC), "reward": job.reward,
    }  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(_ANNOTATION, asked)
        cursor.execute(_ANSWERS, {**asked, "annotation": cursor.fetchone()[0]})
        for statement in _AFTER:
            cursor.execute(statement, asked)
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
        cursor.execute("ANALYZE marketplace_task, marketplace_place, marketplace_assignment, marketplace_decision")
