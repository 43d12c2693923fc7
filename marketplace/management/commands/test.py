"""`manage.py test`: everything that must hold before a change is let in, with servers of its own."""

import contextlib
import os
import shutil
import signal
import sys
import tempfile
from argparse import REMAINDER, ArgumentParser
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand

from marketplace.local import checks, chromium, lanes, throwaway
from marketplace.local.environment import PROJECT


class Command(BaseCommand):
    help = "Run all checks and tests. With arguments: pytest alone, with these arguments."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Everything behind `test` belongs to pytest, options too."""
        if argv[2:] in (["-h"], ["--help"]):
            super().run_from_argv(argv)
            return
        self.handle(pytest_arguments=argv[2:])

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pytest_arguments", nargs=REMAINDER, help="passed on to pytest")

    def handle(self, *args: Any, **options: Any) -> None:
        for name in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, self.stop)
        try:
            results = self.run_all(options["pytest_arguments"])
        except KeyboardInterrupt:
            sys.exit(130)
        self.say("\nSummary")
        for line in checks.summary(results):
            self.say(line)
        sys.exit(1 if checks.failed(results) else 0)

    def run_all(self, arguments: list[str]) -> list[checks.Result]:
        """All checks, side by side; or pytest alone when there are arguments for it."""
        planned = [[checks.pytest_alone(python=sys.executable, arguments=arguments)]]
        browser = chromium.find() or ""
        if not arguments:
            browser = chromium.find_or_install(say=self.say)
            planned = checks.plan(
                python=sys.executable,
                manage="manage.py",
                node=shutil.which("node"),
                scripts=checks.script_tests(PROJECT),
                lanes=lanes.how_many(environ=os.environ),
            )
        with contextlib.ExitStack() as stack:
            meeting = stack.enter_context(tempfile.TemporaryDirectory(prefix="tally-shared-"))
            found = {"CHROMIUM": browser, "TALLY_SHARED": meeting}
            wanted = []
            for each in planned:
                named = stack.enter_context(throwaway.services(environ=os.environ, say=self.say))
                wanted.append(lanes.Lane(each, checks.environment(environ=os.environ, services=named | found)))
            return lanes.run(lanes=wanted, folder=PROJECT, out=self.pass_on)

    def pass_on(self, words: bytes) -> None:
        """A program's own words, as they are."""
        sys.stdout.flush()
        sys.stdout.buffer.write(words)
        sys.stdout.buffer.flush()

    def say(self, line: str) -> None:
        """One line, at once."""
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def stop(self, _signal: int, _frame: FrameType | None) -> None:
        """End like Ctrl-C does, so that the servers are stopped."""
        raise KeyboardInterrupt
