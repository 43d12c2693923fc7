"""`bench money`: the parts in their order, and their figures as one object."""

from __future__ import annotations

import argparse
import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import psycopg
from django.db import connections
from psycopg import sql

from marketplace.demo.showing import Shows
from tests.bench.ground import Ground
from tests.bench.money.goals import GOALS
from tests.bench.telling import judged

# What needs quiet comes first; a part is a module of this folder with `measure`.
PARTS = ("settlement", "statement", "operations", "faults", "entries")
CLEAN = "_clean"  # so ends the name of the database that holds nothing but tables


def run(ground: Ground, *, shows: Shows, options: argparse.Namespace, described: dict[str, Any]) -> dict[str, Any]:
    """Measure the wanted parts; returns the figures of all, under the names that the goals know."""
    from marketplace.local.starting import migrate
    from tests.bench.bench import Bench
    from tests.bench.handout import versions

    began = time.monotonic()
    with shows.step("Tables"):
        migrate()
        _copy(ground, of="", to=CLEAN)
    found: dict[str, Any] = {}
    for name in options.only:
        _copy(ground, of=CLEAN, to="")
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


def _copy(ground: Ground, *, of: str, to: str) -> None:
    """The database under another name. So each part has tables of its own, for the audits of some read all there is,
    and others pay for answers that nobody gave. Nobody may be connected."""
    ground.stop("web", "worker", "sandbox")
    connections.close_all()
    name = connections["default"].settings_dict["NAME"]
    with psycopg.connect(ground.address, dbname="postgres", autocommit=True) as server:
        target, source = sql.Identifier(f"{name}{to}"), sql.Identifier(f"{name}{of}")
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(target))
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(target, source))


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
