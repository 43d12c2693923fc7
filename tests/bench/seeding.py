"""People, money and jobs of any size, by the product's own rules; only the pictures are rows out of SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from billing import deposits
from billing.gateway import Checkout
from billing.models import Deposit
from billing.money import LARGEST
from marketplace import tokens
from marketplace.drafting import create_job, parse_job
from marketplace.models import ApiToken, Job, User
from marketplace.posting import make_places, publish
from tests.bench.answers import COLUMNS, LABELS

REWARD = "0.05"
UNIT = 60_000  # reward and fee of one place, micro-units

_IMAGES = """
    INSERT INTO annotation_image
        (scope, name, sha256, digest, width, height, bytes, format, state, failure, created_at)
    SELECT %(scope)s, n || '.png', d.hex, d.hex, 1000 + n %% %(columns)s, 1000 + n / %(columns)s, 100000, 'PNG',
           'ready', '', %(now)s
    FROM generate_series(0, %(images)s - 1) n,
         LATERAL (SELECT encode(sha256(convert_to(%(scope)s || ' ' || n, 'UTF8')), 'hex') AS hex) d
    ORDER BY n
"""
_TASKS = """
    INSERT INTO marketplace_task (job_id, image_id, position, state, wanted, answers, disputed)
    SELECT %(job)s, i.id, row_number() OVER (ORDER BY i.id), 'draft', 0, 0, false
    FROM annotation_image i WHERE i.scope = %(scope)s ORDER BY i.id
"""


def requester(name: str = "Rita") -> User:
    """Somebody who posts jobs."""
    return _person(name, is_requester=True)


def workers(count: int, *, name: str = "worker") -> list[User]:
    """So many workers."""
    return [_person(f"{name}{n}", is_worker=True) for n in range(count)]


def keys_of(people: Sequence[User]) -> list[tuple[int, str]]:
    """(id, API key) of each. Their use is noted ahead, so that no measured call is the one that notes it."""
    found = [(person.pk, tokens.issue(user=person, name="bench")) for person in people]
    ApiToken.objects.filter(user__in=people).update(last_used_at=timezone.now() + timedelta(days=1))
    return found


def fund(*, owner: User, amount: int) -> None:
    """Put micro-units into a wallet, in deposits of the largest size that is taken."""
    now = timezone.now()
    while amount > 0:
        part, reference = min(amount, LARGEST), uuid4().hex
        deposit = Deposit.objects.create(
            owner=owner,
            amount=part,
            idempotency_key=f"bench:{reference}",
            success_url="https://tally.test/",
            cancel_url="https://tally.test/",
            created_at=now,
        )
        page = Checkout(
            id=f"cs_{reference}", url="", status="complete", paid=True, payment=f"pi_{reference}", amount=part
        )
        assert deposits.record(page=page, reference=str(deposit.pk), now=now)
        amount -= part


def ready_job(*, owner: User, images: int, overlap: int, funds: int | None = None) -> Job:
    """A draft with its pictures in place and the money for it in the wallet: `publish` can follow at once.

    `funds` in micro-units; None is what the job needs.
    """
    draft = {
        "title": f"Cars and signs on {images} photographs",
        "instructions": "Draw a box around every car, person and sign.",
        "labels": [{"name": label, "shapes": ["box"]} for label in LABELS],
        "overlap": {"min": overlap, "max": overlap},
        "reward": REWARD,
    }
    job = create_job(owner=owner, draft=parse_job(draft), now=timezone.now())
    values: dict[str, Any] = {
        "scope": f"job:{job.pk}",
        "job": job.pk,
        "images": images,
        "columns": COLUMNS,
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_IMAGES, values)
        cursor.execute(_TASKS, values)
    fund(owner=owner, amount=images * overlap * UNIT if funds is None else funds)
    return job


def open_job(*, owner: User, images: int, overlap: int, lease_seconds: int | None = None) -> Job:
    """A job that hands out work, its statistics up to date."""
    job = ready_job(owner=owner, images=images, overlap=overlap)
    if lease_seconds is not None:
        Job.objects.filter(pk=job.pk).update(lease_seconds=lease_seconds)
    publish(job=job, now=timezone.now())
    make_places(job_id=job.pk, now=timezone.now())
    tidy()
    job.refresh_from_db()
    assert job.state == Job.State.OPEN
    return job


def tidy() -> None:
    """VACUUM ANALYZE of the tables that the hand-out reads, as autovacuum would have done by and by."""
    with connection.cursor() as cursor:
        cursor.execute(
            "VACUUM ANALYZE marketplace_job, marketplace_task, marketplace_place, marketplace_assignment, "
            "marketplace_enrolment, annotation_image"
        )


def _person(name: str, **roles: bool) -> User:
    return User.objects.create_user(email=f"{name.lower()}-{uuid4().hex[:8]}@bench.test", name=name, **roles)
