"""The heartbeat over HTTP, with and without settlement behind it, each run between two runs of the reference."""

from __future__ import annotations

import time
from typing import Any

from django.utils import timezone

from marketplace import settling
from marketplace.auditing import audit
from marketplace.models import Job, Task
from tests.bench import driving
from tests.bench.bench import Bench
from tests.bench.driving import USERS, WARM_UP
from tests.bench.figures import doubles, middle, ratio

PATIENCE = 300.0


def without_settlement(bench: Bench) -> dict[str, Any]:
    """8 users, 10,000 tasks × 3, no worker running: what handing out and taking in cost by themselves."""
    bench.ground.start_web()
    bench.ground.stop("worker")
    job = bench.job(images=bench.of(10_000))
    bench.warm(job)
    rounds = [_round(bench, job, settle=False, loops=bench.of(5000, 20_000)) for _ in range(bench.of(5, 1))]
    further = None if bench.quick else _round(bench, job, settle=False, ahead=True, loops=2000)
    found = _together(rounds, job)
    if further:
        found["errors"] += sum(further["errors"].values())
        found |= {"ratio_to_raw_ahead": further["ratio"], "cpu_ratio_to_raw_ahead": further["cpu_ratio"]}
    settling.settle(job_id=job.pk, now=timezone.now())
    return found | {"audit": audit()}


def with_settlement(bench: Bench) -> dict[str, Any]:
    """The same with the Celery worker judging, settling and paying behind it."""
    bench.ground.start_web()
    bench.ground.start_worker()
    job = bench.job(images=bench.of(10_000))
    bench.warm(job)
    # Not shorter when it is to be quick: settlement gathers for half a second before it begins.
    rounds = [_round(bench, job, settle=True, loops=bench.of(5000, 25_000)) for _ in range(bench.of(5, 1))]
    found = _together(rounds, job)
    found["settle_backlog_s"] = max((one["backlog_s"] for one in rounds), default=None)
    bench.ground.stop("worker")
    return found | {"audit": audit()}


def _round(bench: Bench, job: Job, *, settle: bool, ahead: bool = False, loops: int = 5000) -> dict[str, Any]:
    """Reference, load, reference. Like the reference, a loop is an answer and the next place; `ahead`: one more."""
    loops, tasks = bench.of(loops), bench.of(10_000)
    warm_up = bench.of(WARM_UP, 5)

    def raw() -> dict[str, float]:
        return driving.reference(bench.ground, loops=bench.of(6000, 1600), tasks=tasks, seed=bench.seed)

    before = raw()
    settled = _count(job, Task.State.SETTLED)
    with driving.costs(bench.ground) as spent:
        began = time.monotonic()
        found = bench.load(job, bench.users(USERS), loops=loops, warm_up=warm_up, keep=True, ahead=ahead)
        seconds = time.monotonic() - began
        if settle:
            found |= _backlog(job, settled=settled, seconds=seconds)
    after = raw()
    found["raw"] = [before["loops_per_s"], after["loops_per_s"]]
    found["ratio"] = ratio(found["loops_per_s"], sum(found["raw"]) / 2)
    found["cpu_ms"] = driving.cpu_ms_per_loop(
        spent, client_s=found["cpu_s"], loops=found["loops"], warm_up=warm_up * USERS
    )
    # Where others use the machine too, this says more than the clock does.
    found["raw_cpu_ms"] = (before["cpu_ms"] + after["cpu_ms"]) / 2
    found["cpu_ratio"] = ratio(found["raw_cpu_ms"], sum(found["cpu_ms"].values()))
    own = found["cpu_s"] + sum(spent[name] for name in spent if name != "machine")
    found["others_cores"] = round(max(0.0, spent["machine"] - own) / seconds, 2)
    bench.say(
        f"{found['loops_per_s']:,.0f} loops/s, reference {' and '.join(f'{rate:,.0f}' for rate in found['raw'])}, "
        f"ratio {found['ratio']} ({found['cpu_ratio']} by CPU), errors {found['errors'] or 'none'}"
        + (f", backlog {found['backlog_s']} s" if settle else "")
    )
    return found


def _backlog(job: Job, *, settled: int, seconds: float) -> dict[str, Any]:
    """What is answered and not settled when the last answer is in, in seconds of settling; then waits for its end."""
    left, done = _count(job, Task.State.ANSWERED), _count(job, Task.State.SETTLED) - settled
    rate = done / seconds
    end = time.monotonic() + PATIENCE
    began = time.monotonic()
    while _count(job, Task.State.ANSWERED) and time.monotonic() < end:
        time.sleep(0.05)
    drained = time.monotonic() - began
    return {
        "backlog_tasks": left,
        "settled_per_s": round(rate, 1),
        # A settler that did nothing in time is measured by how long it took afterwards.
        "backlog_s": round(left / rate, 2) if rate else round(drained, 2),
        "drained_s": round(drained, 2),
    }


def _count(job: Job, state: Task.State) -> int:
    return Task.objects.filter(job=job, state=state).count()


def _together(rounds: list[dict[str, Any]], job: Job) -> dict[str, Any]:
    """The medians of the rounds, what must be nought summed up, and the rounds themselves."""
    handouts = [one for found in rounds for one in found.pop("handouts")]
    for found in rounds:
        found.pop("submitted")
    return {
        "loops_per_s": middle(one["loops_per_s"] for one in rounds),
        "raw_loops_per_s": middle(rate for one in rounds for rate in one["raw"]),
        "ratio_to_raw": middle(one["ratio"] for one in rounds),
        "cpu_ratio_to_raw": middle(one["cpu_ratio"] for one in rounds),
        "raw_cpu_ms": middle(one["raw_cpu_ms"] for one in rounds),
        "ms": {name: middle(one["ms"][name] for one in rounds) for name in ("p50", "p95", "p99", "max")},
        "cpu_ms": {name: middle(one["cpu_ms"].get(name) for one in rounds) for name in rounds[0]["cpu_ms"]},
        "errors": sum(sum(one["errors"].values()) for one in rounds),
        "double_assignments": doubles(handouts, overlap=driving.OVERLAP),
        "tasks": Task.objects.filter(job=job).count(),
        "rounds": rounds,
    }
