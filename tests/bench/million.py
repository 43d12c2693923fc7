"""Publishing a million tasks: `python -m tests.bench.million`, a program because its memory is measured."""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

SCALE = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is bytes there, kilobytes elsewhere


def measure(bench: Any) -> dict[str, Any]:
    """A job of 1,000,000 pictures × 3, published and its places made, each chunk with its escrow."""
    from django.db import connections

    from billing import ledger
    from marketplace.models import Job, Place
    from tests.bench import driving, staging

    tasks = bench.of(1_000_000, 40_000)
    job = staging.draft_job(owner=bench.owner, images=tasks, overlap=driving.OVERLAP)
    connections.close_all()
    with driving.Program("million", {"job": job.pk}) as program:
        found = program.result()
    job.refresh_from_db()
    assert job.state == Job.State.OPEN, f"after publishing the job is {job.state}"
    assert job.escrow_committed_id
    places = Place.objects.filter(job=job, state="open").count()
    committed = ledger.balance(account_id=job.escrow_committed_id)
    assert (places, committed) == (tasks * 3, tasks * 3 * staging.UNIT), f"{places} places, {committed} committed"
    staging.tidy()
    bench.kept["large"] = job
    bench.say(f"{tasks:,} tasks in {found['seconds']:.1f} s, {found['grew_mb']:.0f} MB more at most")
    figures = {"publish_peak_mb": found["grew_mb"], "publish_tasks_per_s": round(tasks / found["seconds"])}
    figures["publish_1m_s"] = round(found["seconds"] * 1_000_000 / tasks, 1)
    return {"figures": figures, "tasks": tasks, **found}


def publish_job(job_id: int) -> dict[str, float]:
    """Publish, make the places; seconds, and memory at the peak beyond the start."""
    import django

    django.setup()
    from django.utils import timezone

    from marketplace.models import Job
    from marketplace.posting import make_places, publish

    job = Job.objects.get(pk=job_id)
    before = memory()
    began = time.perf_counter()
    publish(job=job, now=timezone.now())
    made = make_places(job_id=job_id, now=timezone.now())
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * SCALE
    return {
        "seconds": round(seconds, 2),
        "places": made,
        "peak_mb": round(peak / 2**20, 1),
        "grew_mb": round(max(0, peak - before) / 2**20, 1),
    }


def memory() -> int:
    """Resident bytes now; the peak so far where the system does not tell."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * SCALE


if __name__ == "__main__":
    print(json.dumps(publish_job(json.load(sys.stdin)["job"])))
