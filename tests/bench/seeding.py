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

BODY = {
    "title": "A large job",
    "instructions": "Draw a box around every can and every bag.",
    "labels": [{"name": "can", "shapes": ["box"]}, {"name": "bag", "shapes": ["box"]}],
    "reward": "0.05",
}

# Sixty-four hexadecimal digits, another for each image, in ascending order: what is measured is not the insertion of
# random keys.
_IMAGES = """
    INSERT INTO annotation_image
        (scope, name, sha256, digest, width, height, bytes, format, state, failure, created_at)
    SELECT %s, n || '.png', lpad(to_hex(n), 64, '0'), lpad(to_hex(n), 64, 'a'), 640, 480, 100000, 'PNG', 'ready', '', %s
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
