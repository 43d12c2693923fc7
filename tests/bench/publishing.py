"""How long publishing takes, and how much memory: `manage.py test -s tests/bench/publishing.py` (see docs/scaling.md).

IMAGES=1000000 OVERLAP=3 in the environment say how large; by default it is small.
"""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.db import connection

from marketplace.auditing import audit
from marketplace.boards import open_jobs
from marketplace.models import Job
from marketplace.overview import overview
from marketplace.posting import addition, make_places, publish
from marketplace.uploading import add_images
from tests.bench.seeding import ready_job
from tests.world import World, picture

IMAGES, OVERLAP = int(os.environ.get("IMAGES", "2000")), int(os.environ.get("OVERLAP", "3"))


@contextmanager
def timed(name: str) -> Iterator[None]:
    """Print what a step takes: seconds on the clock, and seconds of work, which others on the machine disturb less."""
    begin, worked = time.perf_counter(), cpu_seconds()
    yield
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    spent = f"{time.perf_counter() - begin:.2f} s, {cpu_seconds() - worked:.2f} s of work"
    print(f"{name}: {spent}, peak {peak} MB", flush=True)


def cpu_seconds() -> float:
    """What this process and its database session have worked, where the session can be seen from here."""
    connection.ensure_connection()
    session = Path(f"/proc/{connection.connection.info.backend_pid}/stat")
    ticks = sum(map(int, session.read_text().rpartition(")")[2].split()[11:13])) if session.exists() else 0
    return time.process_time() + ticks / os.sysconf("SC_CLK_TCK")


@pytest.mark.django_db(transaction=True)
def test_publishing_a_large_job() -> None:
    world, now = World(), datetime.now(UTC)
    print()
    with timed("seed"):
        job = ready_job(owner=world.rita, images=IMAGES, overlap=OVERLAP, funds=f"{IMAGES * OVERLAP}.00")
    with timed("quote"):
        assert addition(job=job).images == IMAGES
    with timed("publish"):
        publish(job=job, now=now)
    with timed("make places"):
        assert make_places(job_id=job.pk, now=now) == IMAGES * OVERLAP
    job = Job.objects.select_related("owner", "label_set").get(pk=job.pk)
    assert job.state == Job.State.OPEN
    with timed("make places again"):
        assert make_places(job_id=job.pk, now=now) == 0
    files = [picture(f"{n}.png", shade=n) for n in range(20)]
    with timed("add 20 images"):
        assert len(add_images(job=job, files=files, now=now).added) == 20
    with timed("prepare and publish them, make their places"):
        publish(job=job, now=now)
        assert make_places(job_id=job.pk, now=now) == 20 * OVERLAP
    job.refresh_from_db()
    for name in ("job page", "job page again"):
        with timed(name):
            overview(job=job, now=now)
    for name in ("board", "board again"):
        with timed(name):
            assert [row.job for row in open_jobs(worker=world.wei, now=now).rows] == [job]
    with timed("audit"):
        assert audit() == []
