"""What happened to assignments, step by step: never changed, for reports and for whoever asks why."""

from __future__ import annotations

from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from marketplace.models.soundness import Soundness, one_of


class EventKind(models.TextChoices):
    """The steps of an assignment."""

    RESERVED = "reserved"  # looked ahead for its worker
    CLAIMED = "claimed"  # shown under a lease
    RENEWED = "renewed"  # the lease began anew
    SUBMITTED = "submitted"  # answered
    RETURNED = "returned"  # sent back to its worker with a note
    STANDS = "stands"  # came back unbettered; the first answer counts
    LATE = "late"  # answered when its place was given on; the answer is kept
    SKIPPED = "skipped"  # passed for good
    GIVEN_BACK = "given_back"  # left to others
    EXPIRED = "expired"  # the lease ran out
    TAKEN_OVER = "taken_over"  # run out or idle, and its place went straight to another worker
    CANCELLED = "cancelled"  # its job ended first


SOUND_EVENT = Soundness(
    table="marketplace_workevent",
    columns={"kind": "varchar"},
    rules={"work_event_kind_known": f"kind IN {one_of(EventKind.values)}"},
)


class WorkEvent(models.Model):
    """One step of one assignment.

    Plain ids instead of foreign keys: two rows an answer are written on the hottest path, each key would lock the rows
    it points to, and what they point to is never deleted. A trigger refuses every change.
    """

    Kind = EventKind

    kind = models.CharField(max_length=10, choices=EventKind)
    assignment = models.UUIDField()
    job = models.BigIntegerField()
    task = models.BigIntegerField()
    worker = models.BigIntegerField()
    at = models.DateTimeField()

    class Meta:
        indexes = [BrinIndex(fields=["at"], name="work_event_at")]
        constraints = [SOUND_EVENT.check(name="work_event_is_sound", fields=["kind"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.assignment}"
