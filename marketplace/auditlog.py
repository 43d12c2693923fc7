"""The only writer of audit entries."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db.models import Model

from marketplace.models import AuditEntry, User


def record(
    *,
    actor: User | None,
    action: str,
    subject: Model,
    now: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    address: str | None = None,
) -> AuditEntry:
    """Note that `actor` did `action` to `subject`, in the caller's transaction.

    `before` and `after` hold the values that changed (JSON types, dates, decimals, UUIDs); never secrets.
    `actor` is None when the platform acted by itself. `address` is the caller's IP address when there was a request.
    """
    return AuditEntry.objects.create(
        actor=actor,
        action=action,
        object_type=subject._meta.label_lower,
        object_id=str(subject.pk),
        before=dict(before or {}),
        after=dict(after or {}),
        address=address,
        created_at=now,
    )


def is_noted(*, action: str, subject: Model) -> bool:
    """Whether `action` on `subject` is in the log; sure only while the caller holds a lock that others must take."""
    kept = AuditEntry.objects.filter(object_type=subject._meta.label_lower, object_id=str(subject.pk), action=action)
    return kept.exists()
