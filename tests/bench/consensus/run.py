"""`bench consensus`: the parts in their order, and their figures as one object. It needs no server."""

from __future__ import annotations

import argparse
import importlib
import inspect
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketplace.demo.showing import Shows
from tests.bench.consensus.goals import GOALS
from tests.bench.consensus.missing import Missing
from tests.bench.consensus.peers import Peers
from tests.bench.telling import judged

DATA_VARIABLE = "CROWD_DATA"
NO_DATA = f"measured on crowd answers, and none were named: --data DIR or {DATA_VARIABLE}"


@dataclass(frozen=True)
class Part:
    """One part: a module of this folder with `measure`, imported when it is wanted."""

    module: str
    needs_data: bool = True

    def load(self) -> Callable[..., dict[str, Any]]:
        """Its `measure`. Raises Missing where the part is not there."""
        name = f"{__package__}.{self.module}"
        try:
            return importlib.import_module(name).measure
        except ModuleNotFoundError as gone:
            if gone.name != name:
                raise
            raise Missing("not part of this version") from None


# In this order: what is quick first.
PARTS: dict[str, Part] = {
    "tags": Part("tags"),
    "scale": Part("scale", needs_data=False),
    "adaptive": Part("adaptive"),
    "boxes": Part("boxes"),
    "masks": Part("masks"),
    "drawn": Part("drawn"),
    "adaptive_boxes": Part("adaptive_boxes"),
    "drawn_claims": Part("drawn_claims"),
    "geometry": Part("geometry", needs_data=False),
    "collusion": Part("collusion", needs_data=False),
    "gold": Part("gold", needs_data=False),
}


def run(*, shows: Shows, options: argparse.Namespace, described: dict[str, Any]) -> dict[str, Any]:
    """Measure the wanted parts.

    Every key that a part returns stands in the result under its own name, but for `detail`, which stands in
    `parts[name]`, and `notes` (sentences), which are gathered: what could not be measured, and why.
    """
    began = time.monotonic()
    offered = {
        "data": options.data,
        "peers": Peers(python=options.peers),
        "seed": options.seed,
        "say": shows.say,
    }
    found: dict[str, Any] = {}
    details: dict[str, Any] = {}
    notes: dict[str, list[str]] = {}
    for name in options.only:
        with shows.step(name):
            told, why = _measure(PARTS[name], offered)
        if why:
            notes[name] = why
            shows.say(f"  {name}: {' '.join(why)}")
        details[name] = told.pop("detail", {})
        found |= told
    missed, faults = judged(found, goals=GOALS)
    return found | {
        "missed": missed,
        "faults": faults,
        "notes": notes,
        "bench": "consensus",
        "seed": options.seed,
        "seconds": round(time.monotonic() - began, 1),
        "machine": described,
        "parts": details,
    }


def _measure(part: Part, offered: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """What a part found, and what it could not measure."""
    try:
        if part.needs_data and offered["data"] is None:
            raise Missing(NO_DATA)
        measure = part.load()
        wanted = inspect.signature(measure).parameters
        told = dict(measure(**{name: value for name, value in offered.items() if name in wanted}))
    except Missing as gone:
        return {}, [str(gone)]
    return told, list(told.pop("notes", []))


def folder(text: str) -> Path:
    """The folder after --data. Raises argparse.ArgumentTypeError where there is none."""
    path = Path(text).expanduser().resolve()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"there is no folder {text}")
    return path


def add_arguments(parser: argparse.ArgumentParser, *, parts: Callable[[str], Sequence[str]]) -> None:
    """The options of `bench consensus`."""
    named = os.environ.get(DATA_VARIABLE)
    parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else on stdout")
    parser.add_argument(
        "--data",
        type=folder,
        default=folder(named) if named and Path(named).is_dir() else None,
        metavar="DIR",
        help=f"crowd answers with their truth, one folder a set (default {DATA_VARIABLE})",
    )
    parser.add_argument("--only", type=parts, default=tuple(PARTS), metavar="PART,…", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--seed", type=int, default=1, help="of what is simulated or drawn by lot (default 1)")
    parser.add_argument("--peers", metavar="PYTHON", help="an interpreter that has crowd-kit, datumaro, … installed")
