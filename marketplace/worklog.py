"""The history of assignments: one row for each step, written in the transaction that takes it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from marketplace.models import Assignment, WorkEvent
from marketplace.models.event import EventKind


def note(*, kind: EventKind, assignments: Iterable[Assignment], now: datetime) -> None:
    """Note one step of each of these assignments. The hot path notes its own steps in its own statements."""
    WorkEvent.objects.bulk_create(
        WorkEvent(kind=kind, assignment=one.pk, job=one.job_id, task=one.task_id, worker=one.worker_id, at=now)
        for one in assignments
    )
