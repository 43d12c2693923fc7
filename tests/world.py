"""The named people of the tests, made when first asked for, and short ways to the states they get into.

Rita posts jobs, Rosa too (and has no business in Rita's); Wei and Wanda label; Ada runs the platform; Sam signed up
and has no role.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cached_property

from django.test import Client
from rest_framework.test import APIClient

from marketplace import tokens
from marketplace.models import User


class World:
    """One small market with a clock of its own."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self._clients: dict[int, APIClient] = {}

    def later(self, **span: float) -> datetime:
        """Move the clock, e.g. `world.later(minutes=31)`, and return the new now."""
        self.now += timedelta(**span)
        return self.now

    def person(self, name: str, **roles: bool) -> User:
        """Somebody new, e.g. `world.person("Walt", is_worker=True)`."""
        return User.objects.create_user(email=f"{name.lower()}@example.org", name=name, **roles)

    @cached_property
    def rita(self) -> User:
        return self.person("Rita", is_requester=True)

    @cached_property
    def rosa(self) -> User:
        return self.person("Rosa", is_requester=True)

    @cached_property
    def wei(self) -> User:
        return self.person("Wei", is_worker=True)

    @cached_property
    def wanda(self) -> User:
        return self.person("Wanda", is_worker=True)

    @cached_property
    def ada(self) -> User:
        return self.person("Ada", is_staff=True, is_superuser=True)

    @cached_property
    def sam(self) -> User:
        return self.person("Sam")

    def api(self, person: User | None) -> APIClient:
        """A client of the API that speaks with the person's key; nobody's when None."""
        if person is None:
            return APIClient()
        if person.pk not in self._clients:
            client = APIClient()
            client.credentials(HTTP_AUTHORIZATION=f"Token {tokens.issue(user=person, name='tests')}")
            self._clients[person.pk] = client
        return self._clients[person.pk]

    def browser(self, person: User | None) -> Client:
        """A client of the pages, logged in as the person."""
        client = Client()
        if person is not None:
            client.force_login(person)
        return client
