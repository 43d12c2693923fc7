"""`bench handout`: the parts in their order, and their figures as one object."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import django
import psycopg
from django.db import connection

from marketplace.demo.showing import Shows
from marketplace.local.starting import migrate
from tests.bench import faults, growth, label_studio, loops, million, snapshot, statements, steady, vanishing
from tests.bench.bench import Bench
from tests.bench.figures import ratio
from tests.bench.ground import Ground
from tests.bench.telling import judged

PARTS: dict[str, Callable[[Bench], dict[str, Any]]] = {
    "statements": statements.count,
    "loops": loops.without_settlement,
    "settling": loops.with_settlement,
    "end": vanishing.to_the_end,
    "steady": steady.measure,
    "vanish": vanishing.vanish,
    "faults": faults.measure,
    "snapshot": snapshot.measure,
    "exhausted": growth.exhausted,
    "publish": million.measure,
    "growth": growth.measure,
    "peer": label_studio.measure,
}


def run(ground: Ground, *, shows: Shows, options: argparse.Namespace, described: dict[str, Any]) -> dict[str, Any]:
    """Measure the wanted parts; returns the figures of all, under the names that the goals know."""
    began = time.monotonic()
    with shows.step("Tables"):
        migrate()
    bench = Bench(ground, shows, seed=options.seed, quick=options.quick)
    bench.peer_dir, bench.peer_loops_per_s = options.peer, options.peer_loops_per_s
    found: dict[str, Any] = {}
    for name in options.only:
        with shows.step(name):
            found[name] = PARTS[name](bench)
    return summed_up(found) | {
        "bench": "handout",
        "quick": options.quick,
        "seed": options.seed,
        "seconds": round(time.monotonic() - began, 1),
        "machine": described | versions(),
        "parts": found,
    }


def summed_up(parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The figures that have a name in the promises, and which promises they break."""
    a, b = parts.get("loops", {}), parts.get("settling", {})
    audits = [fault for part in parts.values() for fault in part.get("audit", [])]
    told: dict[str, Any] = {
        "loops_per_s": a.get("loops_per_s"),
        "raw_loops_per_s": a.get("raw_loops_per_s") or b.get("raw_loops_per_s"),
        "ratio_to_raw": a.get("ratio_to_raw"),
        "cpu_ratio_to_raw": a.get("cpu_ratio_to_raw"),
        "ratio_to_raw_ahead": a.get("ratio_to_raw_ahead"),
        "cpu_ms_per_loop": a.get("cpu_ms"),
        "raw_cpu_ms_per_loop": a.get("raw_cpu_ms"),
        "loops_per_s_settling": b.get("loops_per_s"),
        "ratio_to_raw_settling": b.get("ratio_to_raw"),
        "cpu_ms_per_loop_settling": b.get("cpu_ms"),
        "settle_backlog_s": b.get("settle_backlog_s"),
        "errors": sum(part.get("errors", 0) for part in parts.values()),
        "double_assignments": sum(part.get("double_assignments", 0) for part in parts.values()),
        "audit_faults": len(audits),
        "audit": audits[:20],
    }
    for part in parts.values():
        told |= part.pop("figures", {})
    if told.get("peer_loops_per_s") and not told.get("peer_ratio"):
        told["peer_ratio"] = ratio(told["loops_per_s_settling"], told["peer_loops_per_s"], 1)
    told["missed"], told["faults"] = judged(told)
    return told


def versions() -> dict[str, str]:
    """Of what the figures depend on."""
    from granian import __version__ as granian

    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        postgres = cursor.fetchone()[0]
    return {
        "postgresql": postgres,
        "django": django.get_version(),
        "psycopg": f"{psycopg.__version__} ({psycopg.pq.__impl__})",
        "granian": granian,
    }
