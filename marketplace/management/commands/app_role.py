"""`manage.py app_role NAME`: make the database role that web and workers use, which can only add to the books."""

from __future__ import annotations

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from marketplace.app_role import give_rights

PASSWORD = "APP_ROLE_PASSWORD"  # noqa: S105  (the name of a variable)


class Command(BaseCommand):
    help = (
        "Make the database role for web and workers and give it its rights; run it as the owner of the tables after"
        f" each migrate. Its password is taken from {PASSWORD}; without it the role keeps the one it has."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", metavar="NAME", help="such as tally_app")

    def handle(self, *args: Any, **options: Any) -> None:
        give_rights(role=options["name"], password=os.environ.get(PASSWORD, ""))
        self.stdout.write(f"{options['name']} works with every table, and can only add to the books.")
