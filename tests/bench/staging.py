"""People with keys, and jobs that hand out work: what every part of a measurement begins with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from marketplace import tokens
from marketplace.models import ApiToken, Job, User
from marketplace.posting import make_places, publish
from tests.bench.seeding import ready_job

UNIT = 60_000  # reward and fee of one place, micro-units


def requester(name: str = "Rita") -> User:
    """Somebody who posts jobs."""
    return _person(name, is_requester=True)


def workers(count: int, *, name: str = "worker") -> list[User]:
    """So many workers."""
    return [_person(f"{name}{n}", is_worker=True) for n in range(count)]


def admins(count: int) -> list[User]:
    """So many admins."""
    return [_person(f"admin{n}", is_staff=True) for n in range(count)]


def session_of(person: User) -> str:
    """The key of a session in which this person is signed in."""
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def keys_of(people: Sequence[User]) -> list[tuple[int, str]]:
    """(id, API key) of each. Their use is noted ahead, so that no measured call is the one that notes it."""
    found = [(person.pk, tokens.issue(user=person, name="bench")) for person in people]
    ApiToken.objects.filter(user__in=people).update(last_used_at=timezone.now() + timedelta(days=1))
    return found


def draft_job(*, owner: User, images: int, overlap: int) -> Job:
    """A draft that can be published at once, with exactly the money that it needs."""
    cents = images * overlap * UNIT // 10_000
    return ready_job(owner=owner, images=images, overlap=overlap, funds=f"{cents // 100}.{cents % 100:02d}")


def open_job(*, owner: User, images: int, overlap: int, lease_seconds: int | None = None) -> Job:
    """A job that hands out work, its statistics up to date."""
    job = draft_job(owner=owner, images=images, overlap=overlap)
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
