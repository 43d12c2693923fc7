"""Random operations on the books beside a plain Python model: after each one both hold the same, and all rules do."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.bench.bench import Bench
from tests.bench.driving import Program
from tests.bench.money import databases

SEEDS = 20
OPERATIONS = 10_000
ANEW_EVERY = 100
"""Each audit asks all rules; so often it also sums all transfers anew instead of those that came since."""


def measure(bench: Bench) -> dict[str, Any]:
    """As many operations of as many seeds, side by side; the first thing that is off ends it and is told."""
    seeds, each = bench.of(SEEDS, 2), bench.of(OPERATIONS, 500)
    began, found = time.monotonic(), list[dict[str, Any]]()
    waiting: Iterator[int] = iter(range(bench.seed, bench.seed + seeds))
    walking = list[Program]()

    def lane(_number: int) -> None:
        while (seed := next(waiting, None)) is not None:
            if not _faults(found):
                found.append(walked(bench, seed, each, walking))

    lanes = min(seeds, os.cpu_count() or 1)
    with ThreadPoolExecutor(lanes) as beside:
        try:
            list(beside.map(lane, range(lanes)))
        except BaseException:  # Ctrl-C too: the lanes would go on to their ends
            waiting = iter(())
            for program in walking:
                program.process.kill()
            raise
    faults = _faults(found)
    return {
        "figures": {"operations": sum(one["done"] for one in found), "operations_faults": len(faults)},
        "seeds": seeds,
        "first_seed": bench.seed,
        "operations_each": each,
        "at_once": lanes,
        "seconds": round(time.monotonic() - began, 1),
        "faults": faults,
    }


def walked(bench: Bench, seed: int, steps: int, walking: list[Program]) -> dict[str, Any]:
    """One seed in a program, among those `walking`, and on a database of its own: what others did costs its audits
    nothing."""
    began = time.monotonic()
    with databases.clean(bench.ground.address, end=f"_seed{seed}") as database:
        plan = {"database": database, "seed": seed, "steps": steps, "anew_every": ANEW_EVERY}
        with Program("money.walk", plan) as program:
            walking.append(program)
            found = program.result()
    bench.say(f"seed {seed}: {found['fault'] or f'{steps:,} operations, books in order after each'}")
    return found | {"seconds": round(time.monotonic() - began, 1)}


def _faults(found: Iterable[dict[str, Any]]) -> list[str]:
    return [one["fault"] for one in found if one["fault"]]
