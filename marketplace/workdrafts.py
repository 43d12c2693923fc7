"""Unfinished work, kept on the server so that a closed tab loses nothing."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from marketplace.answer_limits import answer_limits
from marketplace.errors import Conflict, Refused
from marketplace.leases import lost
from marketplace.models import Assignment, Draft, User

DEEPEST = 32  # an answer nests five levels; what nests hundreds cannot be written as JSON again
LAST_REVISION = 2**31 - 2


@transaction.atomic
def save_draft(*, assignment_id: UUID, worker: User, body: dict[str, Any], revision: int, now: datetime) -> int:
    """Keep a draft; returns its new revision.

    `revision` is the one the worker's page started from, 0 for the first. Raises Conflict `stale_draft` when another
    page of theirs saved since, carrying what is stored, so that neither version is lost; Refused when the body cannot
    be kept.
    """
    _demand_storable(body, revision)
    assignment = Assignment.objects.select_for_update(no_key=True).get(pk=assignment_id, worker=worker)
    if assignment.state not in Assignment.LIVE:
        raise lost(state=assignment.state)
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


def _demand_storable(body: dict[str, Any], revision: int) -> None:
    if not 0 <= revision <= LAST_REVISION:
        raise Refused.one("revision", "range", f"A whole number from 0 to {LAST_REVISION:,}.")
    level: list[Any] = [body]
    for _ in range(DEEPEST):
        level = [inner for outer in level for inner in _inside(outer)]
    if level:
        raise Refused.one("annotation", "too_deep", f"A draft nests at most {DEEPEST} levels deep.")
    try:
        size = len(json.dumps(body, allow_nan=False))
    except ValueError as nonsense:
        raise Refused.one("annotation", "finite", "A draft's numbers must be finite.") from nonsense
    if size > (most := answer_limits().bytes):
        raise Refused.one("annotation", "too_large", f"A draft holds at most {most:,} bytes.")


def _inside(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
