"""`manage.py up`: Tally on this machine, from nothing to an address in the browser."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from marketplace.local import environment
from marketplace.local.parent import run
from marketplace.local.progress import Progress, Terminal


class Command(BaseCommand):
    help = "Start PostgreSQL, Redis, a worker and the web server here, with a small demo world. Ctrl-C stops all."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        environment.add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        if not environment.PREPARED:
            raise CommandError("up prepares its environment before Django starts: run it as `python3 manage.py up`.")
        installation = environment.PREPARED[-1]
        progress = Progress(console=Terminal(), began=installation.began)
        run(installation=installation, progress=progress, demo=not options["no_demo"])
