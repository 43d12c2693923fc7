"""The admin site's door and its log: one login with a second factor, and an audit entry for every change made there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone

from marketplace import auditlog, second_factor
from marketplace.addresses import address_of
from marketplace.models import User

OPENS_ACCOUNTS = frozenset({"account.emailaddress", "account.emailconfirmation", "mfa.authenticator"})


class Noted:
    """Writes an audit entry wherever Django writes its own log; mixed into the admin of every model."""

    def log_addition(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        _note(request, "admin.added", obj, message)
        return super().log_addition(request, obj, message)  # type: ignore[misc]

    def log_change(self, request: HttpRequest, obj: Model, message: Any) -> Any:
        """Also a password set for somebody, and what is done to rows below the one that is open."""
        _note(request, "admin.changed", obj, message)
        return super().log_change(request, obj, message)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: Iterable[Model]) -> Any:
        rows = list(queryset)
        for row in rows:
            _note(request, "admin.deleted", row, f"{row._meta.verbose_name} {row.pk}")  # its name may be an address
        return super().log_deletions(request, rows)  # type: ignore[misc]


class KeysToAccounts:
    """What lets somebody into an account: changed or taken away only by who may do everything, and made by nobody.

    Else an admin with few permissions could confirm an address as somebody's, or take away their second factor.
    """

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(getattr(request.user, "is_superuser", False))

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return bool(getattr(request.user, "is_superuser", False))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without the one that confirms addresses in bulk: it asks for no permission and is noted nowhere."""
        actions: dict[str, Any] = super().get_actions(request)  # type: ignore[misc]
        actions.pop("make_verified", None)
        return actions

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Not even the encrypted secret is shown."""
        return ["data"]


class TallyAdminSite(admin.AdminSite):
    """Django's admin for admins with a second factor."""

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Register as usual, with every change noted, and what opens accounts shut to all but a few."""
        wanted = admin_class or admin.ModelAdmin
        models: Any = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        for model in models:
            guards = (Noted, KeysToAccounts) if model._meta.label_lower in OPENS_ACCOUNTS else (Noted,)
            super().register(model, type(wanted.__name__, (*guards, wanted), {}), **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Active admins whose second factor is set up."""
        user = request.user
        return super().has_permission(request) and isinstance(user, User) and not second_factor.is_missing(person=user)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponseBase:  # type: ignore[override]
        """The site's own login, with its limits; an admin without a second factor is led to setting one up."""
        user = request.user
        if isinstance(user, User) and user.is_staff and second_factor.is_missing(person=user):
            return render(request, "marketplace/second_factor.html", status=403)
        answer: HttpResponseBase = secure_admin_login(super().login)(request, extra_context)
        return answer


def _note(request: HttpRequest, action: str, subject: Model, message: Any) -> None:
    """Field names and words only, never values: some of them are secrets."""
    actor = request.user if isinstance(request.user, User) else None
    address = address_of(request=request)
    after = {"message": message}
    auditlog.record(actor=actor, action=action, subject=subject, now=timezone.now(), after=after, address=address)
