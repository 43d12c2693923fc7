"""200 loops a second for five minutes with settlement behind: errors, the slow end, memory, and bloat."""

from __future__ import annotations

import threading
import time
from typing import Any

from django.db import connection

from marketplace.auditing import audit
from tests.bench import driving, machine
from tests.bench.bench import Bench
from tests.bench.figures import ratio

RATE = 200
SECONDS = 300
CROWD = 16
HOT = (
    "marketplace_place",
    "marketplace_assignment",
    "marketplace_enrolment",
    "marketplace_task",
    "marketplace_workevent",
    "marketplace_draft",
    "annotation_annotation",
    "billing_transfer",
    "billing_account",
)


def measure(bench: Bench) -> dict[str, Any]:
    """The load, paced; latency counts from when a loop was due, so that a standstill is not passed over."""
    seconds = bench.of(SECONDS, 2)
    bench.ground.start_web()
    bench.ground.start_worker()
    job = bench.job(images=bench.of(22_000, 350))
    bench.warm(job)
    before = sizes()
    memory = Memory(bench)
    with driving.costs(bench.ground) as spent:
        plan = bench.plan(job, bench.users(CROWD), rate=RATE, seconds=seconds, warm_up=2)
        with driving.Program("load", plan) as program:
            program.wait_begun()
            memory.watch()
            found = program.result()
    memory.stop()
    after = sizes()
    grown = sum(after.values()) - sum(before.values())
    packed = packed_sizes()
    figures = {
        "steady_loops_per_s": found["loops_per_s"],
        "steady_errors": sum(found["errors"].values()),
        "steady_p99_ms": found["ms"]["p99"],
        "steady_memory_growth": memory.growth(),
        "steady_bloat": ratio(sum(after.values()), sum(packed.values())),
        "steady_bytes_per_answer": round(grown / max(1, found["loops"])),
    }
    bench.say(", ".join(f"{name} {value}" for name, value in figures.items()))
    if not bench.quick:  # the next part wants it again, and it takes seconds to start
        bench.ground.stop("worker")
    cpu = driving.cpu_ms_per_loop(spent, client_s=found["cpu_s"], loops=found["loops"])
    told = {"figures": figures, "cpu_ms": cpu, "memory_mb": memory.told(), "audit": audit()}
    told |= {"errors": figures["steady_errors"], "errors_by_kind": found["errors"]}
    told["bytes"] = {name: [before[name], after[name], packed[name]] for name in HOT}
    told["double_assignments"] = found["double_assignments"]
    return told | {name: found[name] for name in ("ms", "per_s", "error_samples", "loops")}


class Memory:
    """Memory of web server and worker, looked at every two seconds."""

    def __init__(self, bench: Bench) -> None:
        self.bench, self.over = bench, threading.Event()
        self.seen: dict[str, list[int]] = {"web": [], "worker": []}
        self.thread = threading.Thread(target=self._look, daemon=True)

    def watch(self) -> None:
        """From now on."""
        self.thread.start()

    def stop(self) -> None:
        """No more."""
        self.over.set()
        self.thread.join()

    def _look(self) -> None:
        while True:
            for name, values in self.seen.items():
                values.append(machine.memory_of(*self.bench.ground.pids(name)))
            if self.over.wait(2):
                return

    def growth(self) -> float | None:
        """The end in units of the start (once warm), of the service that grew more."""
        grown = [
            ratio(values[-1], values[min(len(values) // 10, len(values) - 1)])
            for values in self.seen.values()
            if values and values[0]
        ]
        return max((one for one in grown if one is not None), default=None)

    def told(self) -> dict[str, list[float]]:
        """Start, middle and end in MB."""
        return {
            name: [round(values[at] / 2**20, 1) for at in (0, len(values) // 2, -1)]
            for name, values in self.seen.items()
            if values
        }


def sizes() -> dict[str, int]:
    """Bytes of the hot tables with their indexes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, pg_total_relation_size(name::regclass) FROM unnest(%s::text[]) name", [list(HOT)])
        return dict(cursor.fetchall())


def packed_sizes() -> dict[str, int]:
    """The same rows copied into fresh tables with the same indexes: what they would take without any bloat."""
    found = {}
    with connection.cursor() as cursor:
        for name in HOT:
            cursor.execute(f"CREATE TABLE packed (LIKE {name} INCLUDING INDEXES INCLUDING STORAGE)")
            cursor.execute(f"INSERT INTO packed SELECT * FROM {name} ORDER BY 1")
            cursor.execute("SELECT pg_total_relation_size('packed')")
            found[name] = int(cursor.fetchone()[0])
            cursor.execute("DROP TABLE packed")
    time.sleep(0.1)
    return found
