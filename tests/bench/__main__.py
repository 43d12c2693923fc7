"""`python -m tests.bench NAME`: what `manage.py bench` starts. Figures on stdout, progress on stderr."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from functools import partial
from typing import Any

import django
from rich.console import Console

from marketplace.demo.showing import Shows
from marketplace.local.parent import StopAsked, stop_on_signals
from tests.bench import machine
from tests.bench.consensus import run as consensus
from tests.bench.consensus.goals import GOALS as CONSENSUS_GOALS
from tests.bench.ground import ground
from tests.bench.money import run as money
from tests.bench.money.goals import GOALS as MONEY_GOALS
from tests.bench.telling import GOALS as HANDOUT_GOALS
from tests.bench.telling import Goal, table

# In this order: what needs quiet tables comes first, a million tasks last.
PARTS = (
    "statements",
    "loops",
    "settling",
    "end",
    "steady",
    "vanish",
    "faults",
    "snapshot",
    "exhausted",
    "publish",
    "growth",
    "peer",
)


def arguments(argv: list[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="manage.py bench",
        description="Measure Tally on this machine, beside a reference of the same run.",
    )
    names = parser.add_subparsers(dest="name", metavar="NAME", required=True)
    handout = names.add_parser("handout", help="the hand-out of work, on servers of its own")
    handout.add_argument("--json", action="store_true", help="print one JSON object and nothing else on stdout")
    handout.add_argument("--quick", action="store_true", help="the same at a tenth of the size")
    handout.add_argument("--only", type=parts, default=PARTS, metavar="PART,…", help=f"of {', '.join(PARTS)}")
    handout.add_argument("--seed", type=int, default=1, help="decides answers, and when what is killed (default 1)")
    handout.add_argument("--peer", metavar="DIR", help="a Label Studio bench whose load client drives Tally too")
    handout.add_argument(
        "--peer-loops-per-s", type=float, metavar="N", help="what Label Studio reached on this machine"
    )
    judging = names.add_parser("consensus", help="how true the adopted labels are, on answers of real crowds")
    consensus.add_arguments(judging, parts=partial(parts, known=tuple(consensus.PARTS)))
    paying = names.add_parser("money", help="how fast money moves, and whether it adds up")
    money.add_arguments(paying, parts=partial(parts, known=money.PARTS))
    return parser.parse_args(argv)


def parts(text: str, *, known: Sequence[str] = PARTS) -> tuple[str, ...]:
    """The names after --only, in the order in which they are measured."""
    wanted = {name.strip() for name in text.split(",") if name.strip()}
    unknown = sorted(wanted - set(known))
    if unknown or not wanted:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown) or 'nothing'} is none of {', '.join(known)}")
    return tuple(name for name in known if name in wanted)


def main(argv: list[str]) -> int:
    """Measure and tell; 1 when something was found that must never be."""
    options = arguments(argv)
    shows = Shows(console=Console(stderr=True))
    described = machine.description()  # before the measurement loads the machine itself
    try:
        with stop_on_signals():
            if options.name == "consensus":
                found, goals = consensus.run(shows=shows, options=options, described=described), CONSENSUS_GOALS
            elif options.name == "money":
                found, goals = _money(shows, options, described), MONEY_GOALS
            else:
                found, goals = _handout(shows, options, described), HANDOUT_GOALS
    except StopAsked:
        shows.say("Stopped. Nothing is left running.")
        return 130
    tell(found, goals=goals, as_json=options.json)
    return 1 if found["faults"] else 0


def _handout(shows: Shows, options: argparse.Namespace, described: dict[str, Any]) -> dict[str, Any]:
    with ground(say=shows.say) as here:
        django.setup()  # reads the settings only now: for the servers just started
        from tests.bench import handout

        return handout.run(here, shows=shows, options=options, described=described)


def _money(shows: Shows, options: argparse.Namespace, described: dict[str, Any]) -> dict[str, Any]:
    with ground(say=shows.say, sandbox=True) as here:
        django.setup()
        return money.run(here, shows=shows, options=options, described=described)


def tell(found: dict[str, Any], *, goals: Sequence[Goal], as_json: bool) -> None:
    """One JSON object, or the goals as a table."""
    if as_json:
        print(json.dumps(found, ensure_ascii=False))
        return
    Console().print(table(found, goals=goals))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
