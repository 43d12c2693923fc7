"""Unfinished work, kept on the server so that a closed tab loses nothing."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from marketplace.errors import Conflict
from marketplace.leases import lost
from marketplace.models import Assignment, Draft, User


@transaction.atomic
def save_draft(*, assignment_id: UUID, worker: User, body: dict[str, Any], revision: int, now: datetime) -> int:
    """Keep a draft; returns its new revision.

    `revision` is the one the worker's page started from, 0 for the first. Raises Conflict `stale_draft` when another
    page of theirs saved since, carrying what is stored, so that neither version is lost.
    """
    assignment = Assignment.objects.select_for_update(no_key=True).get(pk=assignment_id, worker=worker)
    if assignment.state not in Assignment.LIVE:
        raise lost(assignment)
    stored, created = Draft.objects.get_or_create(
        assignment=assignment, defaults={"body": body, "updated_at": now, "revision": revision + 1}
    )
    if created:
        return stored.revision
    if stored.revision != revision:
        raise Conflict(
            "stale_draft",
            "A newer draft was saved from another window.",
            revision=stored.revision,
            annotation=stored.body,
        )
    Draft.objects.filter(pk=stored.pk).update(body=body, revision=revision + 1, updated_at=now)
    return revision + 1
