"""Random operations on the books beside a plain Python model: after each one both hold the same."""

from __future__ import annotations

import time
from typing import Any

import pytest

from billing import reconcile
from tests.bench.bench import Bench
from tests.billing import all_money

SEEDS = 20
OPERATIONS = 10_000
AUDIT_EVERY = 250
"""The audit reads everything there is; the model is asked after every operation."""


def measure(bench: Bench) -> dict[str, Any]:
    """As many operations of as many seeds; the first thing that is off ends it, with its seed and step."""
    seeds, each = bench.of(SEEDS, 2), bench.of(OPERATIONS, 500)
    began, done, faults = time.monotonic(), 0, list[str]()
    for number in range(bench.seed, bench.seed + seeds):
        try:
            with pytest.MonkeyPatch.context() as patch:
                done += all_money.run(patch=patch, seed=number, steps=each, audit_every=AUDIT_EVERY)
        except Exception as fault:
            faults.append(" ".join([repr(fault), *getattr(fault, "__notes__", ())])[:2000])
            break
        bench.say(f"seed {number}: {each:,} operations, books in order")
    figures = {"operations": done, "operations_faults": len(faults)}
    return {
        "figures": figures,
        "seeds": seeds,
        "first_seed": bench.seed,
        "operations_each": each,
        "seconds": round(time.monotonic() - began, 1),
        "faults": faults,
        "audit": reconcile.audit(),
    }
