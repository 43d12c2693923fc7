"""`bench money`: the parts in their order, and their figures as one object."""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import connections

from marketplace.demo.showing import Shows
from tests.bench.ground import Ground
from tests.bench.money import databases
from tests.bench.money.goals import GOALS
from tests.bench.telling import judged

# What needs quiet comes first; a part is a module of this folder with `measure`.
PARTS = ("settlement", "statement", "operations", "faults", "entries")


def run(ground: Ground, *, shows: Shows, options: argparse.Namespace, described: dict[str, Any]) -> dict[str, Any]:
    """Measure the wanted parts; returns the figures of all, under the names that the goals know."""
    from marketplace.local.starting import migrate
    from tests.bench.bench import Bench
    from tests.bench.handout import versions

    began = time.monotonic()
    with shows.step("Tables"):
        migrate()
        connections.close_all()
        databases.copy(ground.address, of=databases.name(), to=databases.name(databases.CLEAN))
    found: dict[str, Any] = {}
    for name in options.only:
        _anew(ground)
        with shows.step(name):
            found[name] = _part(name)(Bench(ground, shows, seed=options.seed, quick=options.quick))
    return summed_up(found) | {
        "bench": "money",
        "quick": options.quick,
        "seed": options.seed,
        "seconds": round(time.monotonic() - began, 1),
        "machine": described | versions(),
        "parts": found,
    }


def _anew(ground: Ground) -> None:
    """A database of its own for the next part, for the audits of some read all there is, and others pay for
    answers that nobody gave."""
    ground.stop("web", "worker", "sandbox")
    connections.close_all()
    databases.copy(ground.address, of=databases.name(databases.CLEAN), to=databases.name())


def _part(name: str) -> Callable[..., dict[str, Any]]:
    found: Callable[..., dict[str, Any]] = importlib.import_module(f"{__package__}.{name}").measure
    return found


def summed_up(parts: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The figures that have a name in the promises, and which promises they break."""
    audits = [fault for part in parts.values() for fault in part.get("audit", [])]
    told: dict[str, Any] = {"audit_faults": len(audits), "audit": audits[:20]}
    for part in parts.values():
        told |= part.pop("figures", {})
    told["missed"], told["faults"] = judged(told, goals=GOALS)
    return told


def add_arguments(parser: argparse.ArgumentParser, *, parts: Callable[[str], Sequence[str]]) -> None:
    """The options of `bench money`."""
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else on stdout")
    parser.add_argument("--quick", action="store_true", help="the same at a tenth of the size")
    parser.add_argument("--only", type=parts, default=PARTS, metavar="PART,…", help=f"of {', '.join(PARTS)}")
    parser.add_argument(
        "--seed", type=int, default=1, help="decides amounts, days, and when what is killed (default 1)"
    )
