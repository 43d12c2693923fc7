"""`manage.py reconcile`: check every promise about work and money; exit 1 naming what is off."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace.auditing import audit


class Command(BaseCommand):
    help = "Check every invariant of the ledger and of the work it pays for; exits 1 naming each fault."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        faults = audit()
        if options["json"]:
            self.stdout.write(json.dumps({"faults": faults}))
        else:
            for fault in faults:
                self.stdout.write(fault)
        if faults:
            raise CommandError(f"{len(faults)} fault{'s' if len(faults) > 1 else ''} found.")
        if not options["json"]:
            self.stdout.write("All accounts balance; every accepted answer is paid, and every payment has its answer.")
