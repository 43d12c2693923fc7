"""`manage.py demo`: the main job as one command, by a simulated crowd that works through the API."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Never

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console

from billing.money import AmountRefused, parse_amount
from marketplace.demo import folder, server
from marketplace.demo.client import ApiFault
from marketplace.demo.requester import TookTooLong
from marketplace.demo.run import OVERLAP, Plan, run
from marketplace.demo.showing import Shows, print_tables

SCENES = 90


class Command(BaseCommand):
    help = (
        "Post a job, let a simulated crowd label it through the API, judge, pay, release; print the figures. "
        "Uses the server that `up` runs, or starts one for the run."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--images", type=Path, metavar="DIR", help="photographs (default: scenes drawn for it)")
        parser.add_argument("--truth", type=Path, metavar="DIR", help="their Pascal VOC files, matched by stem")
        parser.add_argument("--workers", type=int, default=12, help="size of the crowd (default 12)")
        parser.add_argument("--seed", type=int, default=1, help="decides scenes, errors and order (default 1)")
        parser.add_argument("--limit", type=int, help=f"images at most (default: all; {SCENES} scenes)")
        parser.add_argument("--reward", default="0.05", help="for one accepted annotation (default 0.05)")
        parser.add_argument("--url", help="a server that uses the same database (default: the running `up`)")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self.do(options)
        except KeyboardInterrupt:
            raise SystemExit(
                "\nStopped. The job stays as it is; its workers can be paid and it can be closed."
            ) from None

    def do(self, options: dict[str, Any]) -> None:
        """Find or start a server, run, tell."""
        check(options)
        shows = Shows(console=Console(stderr=True))
        found_url = options["url"] or server.running_url(folder=settings.LOCAL_DIR, site_url=settings.SITE_URL)
        if found_url is None:
            self.start_and_run_again(shows)
        url = str(found_url).rstrip("/")
        if not server.answers(url=url):
            raise CommandError(f"No Tally answers at {url}.")
        plan = plan_of(options, url=url, shows=shows)
        try:
            found = run(plan=plan, shows=shows)
        except (ApiFault, ConnectionError, TookTooLong) as fault:
            raise CommandError(str(fault)) from fault
        self.tell(found, as_json=options["json"])

    def tell(self, found: dict[str, Any], *, as_json: bool) -> None:
        """Print the figures; end with 1 when the audit found something."""
        if as_json:
            self.stdout.write(json.dumps(found, ensure_ascii=False))
        else:
            print_tables(found=found, console=Console(file=sys.stdout))
        if found["audit"]:
            raise SystemExit(1)

    def start_and_run_again(self, shows: Shows) -> Never:
        """Start the services, run this command against them, stop them, and end as it ended."""
        shows.say("No server is running: starting one for this run")
        try:
            with server.started(say=shows.say) as env:
                code = server.run_again(argv=sys.argv[1:], url=env["SITE_URL"], env=env)
        except server.NoServer as fault:
            raise CommandError(str(fault)) from fault
        raise SystemExit(code)


def check(options: dict[str, Any]) -> None:
    """Refuse options that cannot work before anything is started."""
    if options["workers"] < OVERLAP:
        raise CommandError(f"--workers: at least {OVERLAP}, because each image gets {OVERLAP} answers.")
    if options["limit"] is not None and options["limit"] < 1:
        raise CommandError("--limit: at least 1.")
    if options["seed"] < 0:
        raise CommandError("--seed: 0 or above.")
    if options["truth"] and not options["images"]:
        raise CommandError("--truth goes with --images.")
    for name in ("images", "truth"):
        if options[name] and not options[name].is_dir():
            raise CommandError(f"--{name}: {options[name]} is not a folder.")
    try:
        parse_amount(options["reward"], field="--reward")
    except AmountRefused as refused:
        raise CommandError(str(refused)) from refused


def plan_of(options: dict[str, Any], *, url: str, shows: Shows) -> Plan:
    """What to do, with the pictures read or drawn."""
    try:
        if options["images"]:
            title = f"Box the objects in {options['images'].resolve().parent.name}/{options['images'].name}"
            with shows.step("Reading photographs"):
                pictures = folder.photographs(images=options["images"], truth=options["truth"], limit=options["limit"])
        else:
            title = "Box the cans and bags on the shelves"
            with shows.step("Drawing scenes"):
                pictures = folder.drawn(seed=options["seed"], count=options["limit"] or SCENES)
    except folder.FolderRefused as refused:
        raise CommandError(str(refused)) from refused
    for note in pictures.notes:
        shows.say(f"left out: {note}")
    if not pictures.known:
        shows.say("No truth is given: the workers pretend to see objects, and nothing is measured against truth.")
    return Plan(
        url=url,
        pictures=pictures,
        title=title[:120],
        seed=options["seed"],
        workers=options["workers"],
        reward=options["reward"],
        now=timezone.now(),
    )
