"""People: requesters, workers and admins, known by e-mail."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


def new_pseudonym() -> str:
    """An opaque name under which others see a person, e.g. `w-3f9a1c07`."""
    return f"w-{secrets.token_hex(4)}"


class UserManager(BaseUserManager["User"]):
    def create_user(self, *, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a person; the e-mail is kept lower-case, so one address is one account."""
        if not email:
            raise ValueError("email: an e-mail address is required")
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, *, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an admin who may do everything in the Django admin."""
        return self.create_user(email=email, password=password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """One person, who may be requester and worker at once, but never works on their own job."""

    email = models.EmailField(unique=True, error_messages={"unique": "An account with this e-mail already exists."})
    name = models.CharField(max_length=80, blank=True, help_text="How you want to be addressed.")
    pseudonym = models.CharField(max_length=20, unique=True, default=new_pseudonym, editable=False)
    # What people say of themselves; nobody checks it.
    country = models.CharField(
        max_length=2, blank=True, default="", db_default="", help_text="Where they live: ISO 3166-1, e.g. DE."
    )
    languages = models.JSONField(
        default=list, db_default=[], blank=True, help_text="What they speak: ISO 639-1, e.g. de."
    )
    is_requester = models.BooleanField("requester", default=False, help_text="May post jobs and pay for them.")
    is_worker = models.BooleanField("worker", default=False, help_text="May label images and be paid.")
    is_staff = models.BooleanField("admin", default=False, help_text="May read reports and use the admin site.")
    is_active = models.BooleanField("active", default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)
    left_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When they left for good and what was personal was removed."
    )

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_lower_unique"),
            models.CheckConstraint(
                condition=models.Q(left_at=None)
                | models.Q(
                    is_active=False,
                    is_staff=False,
                    is_superuser=False,
                    name="",
                    country="",
                    last_login=None,
                    email__endswith=".invalid",
                ),
                name="user_who_left_is_nobody",
            ),
            models.CheckConstraint(
                condition=models.Q(country="") | models.Q(country__regex="^[A-Z]{2}$"), name="user_country_code"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email.split("@")[0]
