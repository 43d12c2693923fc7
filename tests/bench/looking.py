"""What looking at a large job costs: `IMAGES=300000 manage.py test -s tests/bench/looking.py` (see docs/scaling.md).

One job has all its answers, another as large has none yet.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace import boards, history, overview, progress
from marketplace.models import Job
from marketplace.posting import make_places, publish, quote
from tests.bench.publishing import timed
from tests.bench.seeding import answer_all, ready_job
from tests.world import World

IMAGES = int(os.environ.get("IMAGES", "2000"))


@pytest.mark.django_db(transaction=True)
def test_looking_at_large_jobs() -> None:
    world, now = World(), datetime.now(UTC)
    workers = [world.worker(f"Worker {n}") for n in range(20)]
    print()
    with timed("seed"):
        jobs = [ready_job(owner=world.rita, images=IMAGES, overlap=3, funds=f"{IMAGES}.00") for _ in range(2)]
        for job in jobs:
            publish(job=job, now=now)
            make_places(job_id=job.pk, now=now)
        answer_all(job=jobs[0], workers=workers)
    done, fresh = Job.objects.select_related("owner", "label_set").order_by("pk")
    for words in ("first look", "after a vacuum"):
        print(words)
        with timed("  figures counted, all answered"):
            assert progress.count(job=done, now=now).accepted == IMAGES * 3
        with timed("  figures counted, none answered"):
            assert progress.count(job=fresh, now=now).answers == 0
        with timed("  quote"):
            assert quote(job=fresh).images == IMAGES
        with timed("  board of a worker with many answers"), CaptureQueriesContext(connection) as asked:
            assert [row.job for row in boards.open_jobs(worker=workers[0], now=now).rows] == [fresh]
        print("    a statement each:", *(statement["time"] for statement in asked))
        with timed("  a worker's history, first page"):
            assert len(history.worker_history(worker=workers[0])[:50]) == 50
        for look in ("", " again"):
            with timed(f"  job page{look}"):
                overview.overview(job=done, now=now)
            with timed(f"  list of jobs{look}"):
                overview.rows(jobs=[done, fresh], now=now)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
