"""People, their keys, and who did what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.http import HttpRequest
from django.utils import timezone

from annotation.admin import ReadOnly
from marketplace import auditlog
from marketplace.addresses import address_of
from marketplace.models import ApiToken, AuditEntry, Device, IdempotencyRecord, KnownApart, User

ROLES = ("is_requester", "is_worker", "is_staff")
NOTED = (*ROLES, "is_superuser", "is_active")
POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")


def _may_everything(request: HttpRequest) -> bool:
    return isinstance(request.user, User) and request.user.is_superuser


class LowerEmail(forms.ModelForm):
    """One address is one account, however it was typed."""

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip().lower()


class NewPerson(LowerEmail, AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name", *ROLES)


class PersonForm(LowerEmail, UserChangeForm):
    class Meta:
        model = User
        fields = ("email", "name", "password", *ROLES, "is_active", "is_superuser", "groups", "user_permissions")


@admin.register(User)
class PersonAdmin(UserAdmin):
    """People are suspended, never deleted: their work and their money stay theirs."""

    form = PersonForm
    add_form = NewPerson
    list_display = ["email", "name", "pseudonym", *ROLES, "is_active", "date_joined"]
    list_filter = [*ROLES, "is_active"]
    list_per_page = 50
    show_full_result_count = False
    search_fields = ["email", "name", "pseudonym"]
    ordering = ["-date_joined"]
    readonly_fields = ["pseudonym", "date_joined", "last_login", "left_at"]
    filter_horizontal = ["groups", "user_permissions"]
    fieldsets = [
        (None, {"fields": ["email", "name", "pseudonym", "password"]}),
        ("Roles", {"fields": [*ROLES]}),
        ("Access", {"fields": ["is_active", "is_superuser"]}),
        ("Times", {"fields": ["date_joined", "last_login", "left_at"]}),
        (
            "Single permissions, for admins who may not do everything",
            {
                "classes": ["collapse"],
                "fields": ["groups", "user_permissions"],
            },
        ),
    ]
    add_fieldsets = [
        (None, {"classes": ["wide"], "fields": ["email", "name", "usable_password", "password1", "password2", *ROLES]})
    ]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may not do everything may not take over those who can: their passwords and addresses are shut.

        Nobody may bring back who has left: there is nobody to bring back.
        """
        shut = obj is not None and (obj.is_staff or obj.is_superuser) and not _may_everything(request)
        shut = shut or (obj is not None and obj.left_at is not None)
        return not shut and super().has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Nor may they hand out what they have not."""
        return [*self.readonly_fields, *([] if _may_everything(request) else POWERS)]

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        """Save. What a person may do from now on is noted with its values, in the admin's own transaction."""
        noted = [name for name in NOTED if name in form.changed_data]
        before = {name: form.initial.get(name) for name in noted} if change else {}
        super().save_model(request, obj, form, change)
        if noted:
            auditlog.record(
                actor=request.user if isinstance(request.user, User) else None,
                action="role.changed",
                subject=obj,
                now=timezone.now(),
                before=before,
                after={name: getattr(obj, name) for name in noted},
                address=address_of(request=request),
            )


@admin.register(ApiToken)
class ApiTokenAdmin(ReadOnly):
    """Keys may be seen and taken away; they are made by their owners."""

    list_display = ["id", "user", "name", "created_at", "last_used_at", "expires_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "name"]
    exclude = ["digest"]
    ordering = ["-id"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return admin.ModelAdmin.has_delete_permission(self, request, obj)


@admin.register(Device)
class DeviceAdmin(ReadOnly):
    """Who used one browser: the digest is the same, and tells nothing else."""

    list_display = ["id", "digest", "person", "first_seen_at", "seen_at"]
    list_select_related = ["person"]
    search_fields = ["=digest", "person__email"]
    ordering = ["-id"]


@admin.register(KnownApart)
class KnownApartAdmin(ReadOnly):
    list_display = ["id", "first", "second", "reason", "decided_by", "decided_at"]
    list_select_related = ["first", "second", "decided_by"]
    search_fields = ["first__email", "second__email", "reason"]
    ordering = ["-id"]


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ["id", "created_at", "actor", "action", "object_type", "object_id", "after", "address"]
    list_filter = ["action", "object_type"]
    list_select_related = ["actor"]
    search_fields = ["actor__email", "action", "=object_id"]
    ordering = ["-id"]


@admin.register(IdempotencyRecord)
class IdempotencyRecordAdmin(ReadOnly):
    list_display = ["id", "user", "key", "status", "created_at"]
    list_select_related = ["user"]
    search_fields = ["user__email", "key"]
    ordering = ["-id"]
