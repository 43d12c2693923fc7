"""`manage.py token EMAIL`: make an API key for a person and print it once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from marketplace import tokens
from marketplace.models import User


class Command(BaseCommand):
    help = "Make an API key for a person and print it. It is stored as a digest only, so copy it now."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="whose key it is")
        parser.add_argument("--name", default="", help="what the key is for")
        parser.add_argument("--days", type=int, default=None, help="days until it expires (default: never)")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip().lower()
        user = User.objects.filter(email=email, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active account with the e-mail {email}.")
        if options["days"] is not None and options["days"] < 1:
            raise CommandError("--days must be at least 1.")
        lifetime = timedelta(days=options["days"]) if options["days"] else None
        self.stdout.write(tokens.issue(user=user, name=options["name"], lifetime=lifetime))
