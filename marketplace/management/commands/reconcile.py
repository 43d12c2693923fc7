"""`manage.py reconcile`: check every promise about work and money; exit 1 naming what is off."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing import reconciling, suspense
from billing.models import Reconciliation
from marketplace.auditing import audit


class Command(BaseCommand):
    help = "Check every invariant of the ledger and of the work it pays for; exits 1 naming each fault."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.add_argument(
            "--provider",
            action="store_true",
            help="first compare the payment provider's books with ours, as every night: differences go to suspense",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        run = reconciling.run(now=timezone.now()) if options["provider"] else None
        faults = (_named(run) if run else []) + audit()
        if options["json"]:
            compared = {"provider": _figures(run)} if run else {}
            self.stdout.write(json.dumps({"faults": faults} | compared))
        else:
            for fault in faults:
                self.stdout.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} fault{'s' if len(faults) > 1 else ''} found.")
        if not options["json"]:
            if run:
                young = f"{run.waiting:,} too young to say"
                self.stdout.write(f"{run.lines:,} lines of the provider, {run.matched:,} matched, {young}.")
            self.stdout.write("All accounts balance; every accepted answer is paid, and every payment has its answer.")


def _named(run: Reconciliation) -> list[str]:
    """What the comparison alarms about, and each difference that is left, old ones too."""
    return [*reconciling.alarms(run=run), *(suspense.described(item=item) for item in suspense.left())]


def _figures(run: Reconciliation) -> dict[str, Any]:
    return {name: getattr(run, name) for name in ("state", "lines", "matched", "waiting", "found", "settled")}
