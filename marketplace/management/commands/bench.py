"""`manage.py bench NAME`: how fast Tally is on this machine, and how true what it adopts."""

import os
import signal
import subprocess
import sys
from argparse import REMAINDER, ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.local import lineup, processes
from marketplace.local.environment import PROJECT

MEASUREMENTS = Path("tests") / "bench"


class Command(BaseCommand):
    help = "Measure Tally here, beside a reference of the same run; `bench NAME --help` tells the options of NAME."
    requires_system_checks: list[str] = []

    def run_from_argv(self, argv: list[str]) -> None:
        """Everything behind `bench` belongs to the measurement, options too."""
        self.execute_measurement(argv[2:])

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("arguments", nargs=REMAINDER, help="NAME of the measurement and its options")

    def handle(self, *args: Any, **options: Any) -> None:
        self.execute_measurement(options["arguments"])

    def execute_measurement(self, arguments: list[str]) -> None:
        """Run the measurement as a program of its own: it starts the services before Django reads its settings."""
        try:
            require_checkout(PROJECT)
        except CommandError as refused:
            raise SystemExit(f"bench: {refused}") from None
        running = subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-m", "tests.bench", *arguments],
            env=environment_of_its_own(os.environ),
            preexec_fn=processes.dies_with_parent(signal.SIGTERM),
        )
        # Ctrl-C reaches both: the measurement stops its services and ends, this waits for it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        for name in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(name, passing_on(running))
        raise SystemExit(running.wait())


def require_checkout(project: Path) -> None:
    """Refuse where the measurements are not: they belong to the source, not to an installed copy without tests."""
    if not (project / MEASUREMENTS / "__main__.py").exists():
        raise CommandError(
            f"the measurements are part of the source checkout ({MEASUREMENTS}/), and {project} has none. "
            "Run it from a clone of the repository."
        )


def environment_of_its_own(environ: Mapping[str, str]) -> dict[str, str]:
    """What a server that is not ours gets: a measurement must neither depend on nor touch what is installed here."""
    shown = {name: environ[name] for name in ("TERM", "COLUMNS", "CROWD_DATA") if name in environ}
    # One thread: figures of array libraries that take all cores say little of the code.
    steady = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return lineup.bare(environ) | shown | steady | {"PYTHONPATH": str(PROJECT), "PYTHONUTF8": "1"}


def passing_on(running: "subprocess.Popen[bytes]") -> Any:
    """A handler that ends the measurement the way Ctrl-C does."""

    def handler(_signal: int, _frame: FrameType | None) -> None:
        running.send_signal(signal.SIGTERM)

    return handler
