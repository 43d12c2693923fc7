"""Workers who go away with work in their hands, and a crowd that labels a job to its end."""

from __future__ import annotations

import time
from typing import Any

from django.db.models import Count

from marketplace.auditing import audit
from marketplace.models import Assignment, Job, Place
from tests.bench import driving
from tests.bench.bench import Bench
from tests.bench.driving import OVERLAP

CROWD, GONE = 20, 6  # 30 % vanish
CLIENTS, WORKERS = 64, 50


def vanish(bench: Bench) -> dict[str, Any]:
    """30 % of the workers leave for good; seconds until their places are back, and what is missing at the end."""
    tasks, lease, after = bench.of(2000, 150), bench.of(10, 1), bench.of(10, 1)
    bench.ground.start_web()
    bench.ground.start_worker()
    job = bench.job(images=tasks, lease_seconds=lease)
    users = bench.users(CROWD)
    plan = bench.plan(
        job, users, rate=bench.of(150, 300), warm_up=1, target=tasks * OVERLAP, linger=0.2, seconds=bench.of(300, 45),
        vanish={"users": GONE, "after": after},
    )  # fmt: skip
    with driving.Program("load", plan) as program:
        program.wait_begun()
        time.sleep(after)
        back = seconds_until_free(job, [worker for worker, _key in users[:GONE]], longest=lease + 60.0)
        found = program.result()
    figures = {
        "vanish_back_s": None if back is None else round(back - lease, 1),
        "vanish_left": tasks * OVERLAP - answers_of(job),
        "vanish_seconds": found["seconds"],
    }
    bench.say(", ".join(f"{name} {value}" for name, value in figures.items()))
    if not bench.quick:  # the next part wants it again, and it takes seconds to start
        bench.ground.stop("worker")
    told = {"figures": figures, "lease_s": lease, "vanished": len(found["vanished"]), "errors_by_kind": found["errors"]}
    return told | {"double_assignments": over_and_twice(job), "audit": audit()}


def seconds_until_free(job: Job, workers: list[int], *, longest: float) -> float | None:
    """Seconds until none of these workers holds anything of the job any more; None when that takes too long."""
    began = time.monotonic()
    while time.monotonic() < began + longest:
        if not Assignment.objects.filter(job=job, worker__in=workers, state__in=Assignment.LIVE).exists():
            return time.monotonic() - began
        time.sleep(0.1)
    return None


def to_the_end(bench: Bench) -> dict[str, Any]:
    """64 clients of 50 workers on 10,000 tasks × 3, until everybody hears that nothing is left."""
    tasks = bench.of(10_000)
    bench.ground.start_web()
    bench.ground.stop("worker")
    job = bench.job(images=tasks)
    found = bench.load(job, bench.users(WORKERS), threads=CLIENTS, warm_up=0, keep=True)
    broken = {kind: count for kind, count in found["errors"].items() if not kind.endswith(" 409")}
    figures = {
        "end_missing": tasks * OVERLAP - answers_of(job),
        "end_server_errors": sum(broken.values()),
        "end_loops_per_s": found["loops_per_s"],
    }
    bench.say(", ".join(f"{name} {value}" for name, value in figures.items()))
    told = {"figures": figures, "errors_by_kind": found["errors"], "error_samples": found["error_samples"]}
    told |= {name: found[name] for name in ("ms", "claim_ms", "loops", "seconds")}
    return told | {"double_assignments": found["double_assignments"] + over_and_twice(job), "audit": audit()}


def answers_of(job: Job) -> int:
    """Answers given in the job."""
    return Assignment.objects.filter(job=job, state__in=Assignment.ANSWERED).count()


def over_and_twice(job: Job) -> int:
    """Tasks with more answers than overlap, workers twice on a task, places that more than one answer sits on."""
    given = Assignment.objects.filter(job=job, state__in=Assignment.ANSWERED).order_by()
    over = given.values("task").annotate(n=Count("pk")).filter(n__gt=OVERLAP).count()
    twice = given.values("task", "worker").annotate(n=Count("pk")).filter(n__gt=1).count()
    shared = Place.objects.filter(job=job).annotate(n=Count("assignments__submitted_at")).filter(n__gt=1).count()
    return over + twice + shared
