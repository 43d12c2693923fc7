"""`manage.py forget EMAIL`: remove what is personal of somebody who asked for it, and look whether anything is left."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from billing.money import format_amount
from marketplace import erasing, leaving
from marketplace.errors import Conflict
from marketplace.models import User


class Command(BaseCommand):
    help = "End an account for good and remove what is personal. Answers and movements stay under a pseudonym."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", metavar="EMAIL", help="whose account it is")
        parser.add_argument("--give-up", action="store_true", help="they said that they leave their money behind")

    def handle(self, *args: Any, **options: Any) -> None:
        person = User.objects.filter(email=options["email"].strip().lower()).first()
        if person is None:
            raise CommandError(f"There is no account with the e-mail {options['email']}.")
        words = [*erasing.addresses_of(person=person), *([person.name] if len(person.name) > 3 else [])]
        try:
            left = leaving.leave(person=person, gives_up=options["give_up"], now=timezone.now())
        except Conflict as conflict:
            raise CommandError(conflict.message) from conflict
        self.stdout.write(f"Gone. What stays is under {person.pseudonym}; {format_amount(left)} was left behind.")
        for found in erasing.traces(words=words):
            self.stdout.write(f"Their name or address still stands in {found} rows: look whether it is theirs.")
