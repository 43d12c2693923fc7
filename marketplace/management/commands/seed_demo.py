"""`manage.py seed_demo`: make the small demo world of a first start. `manage.py up` calls it by itself."""

from __future__ import annotations

import os
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from marketplace.demo import funding, seeding
from marketplace.demo.seeding import Login

ROLES = ("requester", "worker", "admin")


class Command(BaseCommand):
    help = (
        "Make the demo world: a requester, a worker, an admin, a simulated crowd, a finished job, an open one and a "
        "draft. Addresses and passwords from DEMO_<ROLE>_EMAIL and DEMO_<ROLE>_PASSWORD, else made up and printed."
    )
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.BILLING_GATEWAY != "sandbox":
            raise CommandError("The demo world moves test money: it needs BILLING_GATEWAY=sandbox.")
        logins = {role: login_of(role) for role in ROLES}
        try:
            made = seeding.seed(logins=logins, site=settings.SITE_URL, now=timezone.now())
        except funding.NoBank as away:
            raise CommandError(f"{away}. Run `manage.py up`, which starts it.") from away
        if not made:
            self.stdout.write("The demo world is there already.")
            return
        for role, login in logins.items():
            if f"DEMO_{role.upper()}_PASSWORD" not in os.environ:
                self.stdout.write(f"{role:<10} {login.email}  {login.password}")


def login_of(role: str) -> Login:
    """The login of this role from the environment, or one with a random password."""
    name = role.upper()
    return Login(
        email=os.environ.get(f"DEMO_{name}_EMAIL", f"{role}@tally.test"),
        password=os.environ.get(f"DEMO_{name}_PASSWORD") or secrets.token_urlsafe(12),
    )
