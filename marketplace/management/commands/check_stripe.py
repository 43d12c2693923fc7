"""`manage.py check_stripe`: everything Tally asks of Stripe, tried with a test key."""

from __future__ import annotations

import secrets
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing.rehearsal import Finding, Kind, LiveKey, rehearse

EVERY = 3  # seconds between two looks at what a person was asked to do


class Command(BaseCommand):
    """Prints what was proved, what failed, and what a person has to do; ends with 1 when something failed."""

    help = "Try deposits, refunds, accounts, transfers, reversals, events and the balance at Stripe with a test key."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--minutes", type=float, default=10, help="how long to wait for you at each page (10)")
        parser.add_argument("--account", default="", help="a worker's account (acct_…) set up in an earlier run")

    def handle(self, *args: Any, **options: Any) -> None:
        self.allowed = options["minutes"] * 60
        failed = 0
        steps = rehearse(
            token=secrets.token_hex(4), site=settings.SITE_URL, account=options["account"], wait=self._wait,
            clock=timezone.now,
        )  # fmt: skip
        try:
            for finding in steps:
                failed += finding.kind is Kind.FAILED
                self.left = self.allowed
                self._say(finding)
        except LiveKey as live:
            raise CommandError(str(live)) from live
        if failed:
            raise CommandError(f"{failed} thing{'s are' if failed > 1 else ' is'} not as it must be.")
        self.stdout.write("Everything that a test key can prove was proved. What is left to do stands above.")

    def _say(self, finding: Finding) -> None:
        self.stdout.write(f"{finding.kind:>6}  {finding.text}")
        self.stdout.flush()

    def _wait(self) -> bool:
        if self.left <= 0:
            return False
        time.sleep(EVERY)
        self.left -= EVERY
        return True
