"""An old snapshot held open: a dump, a report, a forgotten session. Vacuum stands still; the hand-out must not."""

from __future__ import annotations

import time
from typing import Any

import psycopg

from tests.bench import driving
from tests.bench.bench import Bench
from tests.bench.driving import USERS
from tests.bench.figures import ratio

CROWD = 200
BUCKET = 5


def measure(bench: Bench) -> dict[str, Any]:
    """200 workers taking turns on 8 connections, then the hard case: the same 8 again and again."""
    bench.ground.start_web()
    bench.ground.stop("worker")
    few = held_open(bench, workers=USERS)
    # A second or two say little of the easier case.
    many = dict(few, fall=None, recovery_s=None, failed=0) if bench.quick else held_open(bench, workers=CROWD)
    figures = {
        "snapshot_fall": many["fall"],
        "snapshot_recovery_s": many["recovery_s"],
        "snapshot_fall_8_workers": few["fall"],
        "snapshot_recovery_8_workers_s": few["recovery_s"],
    }
    bench.say(", ".join(f"{name} {value}" for name, value in figures.items()))
    return {"figures": figures, "many": many, "few": few, "errors": many.pop("failed") + few.pop("failed")}


def held_open(bench: Bench, *, workers: int) -> dict[str, Any]:
    """The rate before, while a REPEATABLE READ transaction is open, and after."""
    before, held, after = bench.of(20, 1), bench.of(60, 1), bench.of(60, 1)
    bucket = BUCKET if not bench.quick else 1
    job = bench.job(images=bench.of(60_000, 1800))
    plan = bench.plan(job, bench.users(workers), threads=USERS, seconds=before + held + after, warm_up=1, bucket=bucket)
    with driving.Program("load", plan) as program:
        program.wait_begun()
        time.sleep(before)
        with psycopg.connect(bench.ground.address) as old:
            old.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            old.execute("SELECT count(*) FROM marketplace_job")
            time.sleep(held)
            old.rollback()
        found = program.result()
    rates = read(found["per_s"], bucket=bucket, before=before, held=held)
    return rates | {"workers": workers, "loops": found["loops"], "failed": sum(found["errors"].values())}


def read(per_s: list[float], *, bucket: int, before: int, held: int) -> dict[str, Any]:
    """Fall and recovery out of the rates. The fall is that of the last quarter of the holding: it only gets worse."""
    first, last = before // bucket, (before + held) // bucket
    usual = _mean(per_s[:first])
    late = per_s[last - max(1, (last - first) // 4) : last]
    back = next((n for n, rate in enumerate(per_s[last:]) if rate >= 0.9 * usual), None)
    fell = ratio(_mean(late), usual)
    return {
        "fall": None if fell is None else round(1 - fell, 3),
        "lowest": min(per_s[first:last], default=None),
        "recovery_s": None if back is None else back * bucket,
        "bucket_s": bucket,
        "per_s": per_s,
        "before_per_s": round(usual, 1),
    }


def _mean(values: list[float]) -> float:
    return sum(values) / len(values) if values else 0.0
