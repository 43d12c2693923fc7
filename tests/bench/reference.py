"""The reference: a raw psycopg client that runs reference.sql. A program of its own, `python -m tests.bench.reference`.

Reads one JSON object (address, threads, loops, tasks, overlap, seed), says "begun" once all threads are warm, and
prints one at the end. Knows no Django.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from random import Random
from typing import Any
from uuid import uuid4

import psycopg

from tests.bench.answers import annotation, size_of

FILE = Path(__file__).with_name("reference.sql")
WARM_UP = 20  # loops of each thread before the clock starts: plans made, pages read
OPTIONS = "-c plan_cache_mode=force_generic_plan -c jit=off"


def part(name: str = "") -> str:
    """One part of the file: what stands first, the hand-out, or the one of this name."""
    first, *others = FILE.read_text().split("-- part: ")
    return next(other for other in others if other.startswith(f"{name}\n")) if name else first


def statements(*, of: str = "") -> dict[str, str]:
    """The statements of a part of the file by name."""
    _head, *parts = part(of).split("-- name: ")
    return {name.strip(): sql.strip() for name, sql in (part.split("\n", 1) for part in parts)}


class Client(threading.Thread):
    """One worker on one connection."""

    def __init__(self, *, plan: dict[str, Any], number: int, gates: tuple[threading.Barrier, threading.Barrier]):
        super().__init__()
        self.sql, self.number, self.loops = statements(), number, plan["loops"] // plan["threads"]
        self.dice, (self.ready, self.over) = Random(f"{plan['seed']}-{number}"), gates
        self.connection = connect(plan["address"])
        self.done, self.fault = 0, ""

    def run(self) -> None:
        try:
            held = self.claim()
            for _ in range(WARM_UP):
                held = self.loop(held)
            self.ready.wait()
            for _ in range(self.loops):
                held = self.loop(held)
                self.done += 1
            self.over.wait()
        except Exception as fault:
            self.fault = repr(fault)
            self.ready.abort()
            self.over.abort()
        finally:
            self.connection.close()

    def claim(self) -> dict[str, Any]:
        token = uuid4()
        row = self.connection.execute(self.sql["claim"], {"worker": self.number, "token": token}, prepare=True)
        place, *_ = row.fetchone() or (None,)
        assert place is not None, "the reference has run out of places"
        return {"place": place, "token": token, "worker": self.number}

    def loop(self, held: dict[str, Any]) -> dict[str, Any]:
        """Submit and claim the next: two statements, one transaction."""
        width, height = size_of(self.dice.randrange(10_000))
        body = annotation(width=width, height=height, dice=self.dice)
        with self.connection.transaction():
            row = self.connection.execute(self.sql["submit"], {**held, "body": body}, prepare=True)
            assert row.fetchone(), "a submission of the reference was refused"
            return self.claim()


def connect(address: str) -> psycopg.Connection[Any]:
    """A connection with generic plans, each statement prepared when first used."""
    return psycopg.connect(address, autocommit=True, options=OPTIONS)


def fill(plan: dict[str, Any]) -> None:
    """The schema anew, with all places open."""
    sql = statements()
    with connect(plan["address"]) as connection:
        for name in ("schema", "fill"):
            text = sql[name]
            for key, value in (("tasks", plan["tasks"]), ("overlap", plan["overlap"]), ("workers", plan["threads"])):
                text = text.replace(f":{key}", str(int(value)))
            connection.execute(text)
        connection.execute("VACUUM ANALYZE reference.task, reference.place, reference.worker")


def measure(plan: dict[str, Any]) -> dict[str, Any]:
    """Loops a second of the reference."""
    fill(plan)
    gates = threading.Barrier(plan["threads"] + 1), threading.Barrier(plan["threads"] + 1)
    clients = [Client(plan=plan, number=number + 1, gates=gates) for number in range(plan["threads"])]
    for client in clients:
        client.start()
    seconds = cpu = 0.0
    try:
        gates[0].wait()
        print("begun", flush=True)
        began, cpu = time.perf_counter(), time.process_time()
        gates[1].wait()
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    except threading.BrokenBarrierError:
        pass
    for client in clients:
        client.join()
    faults = [client.fault for client in clients if client.fault]
    if faults:
        raise SystemExit(f"The reference failed: {faults[0]}")
    loops = sum(client.done for client in clients)
    return {
        "loops": loops,
        "seconds": round(seconds, 3),
        "loops_per_s": round(loops / seconds, 1),
        "cpu_s": round(cpu, 3),
    }


if __name__ == "__main__":
    print(json.dumps(measure(json.load(sys.stdin))))
