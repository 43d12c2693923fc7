"""A worker contests a verdict; somebody else looks again."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from marketplace.models.work import Assignment

LONGEST = 1024
"""Characters of what a worker says, and of what is answered."""


class Appeal(models.Model):
    """One appeal against one verdict, or the worker's word that there will be none."""

    class State(models.TextChoices):
        OPEN = "open"  # waits for somebody to decide; the answer's money stays held
        UPHELD = "upheld"  # the answer is paid after all
        LOST = "lost"  # the rejection is final
        WAIVED = "waived"  # the worker leaves it at that; the rejection is final

    class Addressee(models.TextChoices):
        REQUESTER = "requester"  # the job's owner decides; an admin may
        ADMIN = "admin"  # only an admin decides

    # Its number opens nothing and says nothing: neither when it was made nor how many there are.
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    assignment = models.ForeignKey(Assignment, models.PROTECT, related_name="appeals")
    verdict = models.ForeignKey("qa.Verdict", models.PROTECT, related_name="+", db_index=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="appeals")
    rejected_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", help_text="Null when the votes did."
    )
    addressee = models.CharField(max_length=10, choices=Addressee)
    reason = models.CharField(
        max_length=LONGEST, blank=True, help_text="Why the verdict is wrong, in the worker's words."
    )
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    opened_at = models.DateTimeField()
    decide_by = models.DateTimeField(help_text="Not decided by then, it is upheld.")
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", help_text="Null when the deadline did."
    )
    answer = models.CharField(max_length=LONGEST, blank=True, help_text="Why it was decided so; the worker reads it.")
    adopted = models.BooleanField(default=False, help_text="The answer also became what is adopted for its image.")

    class Meta:
        ordering = ["decide_by", "id"]
        indexes = [
            models.Index(fields=["decide_by"], name="appeal_to_decide", condition=Q(state="open")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["verdict"], name="appeal_one_per_verdict"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "upheld", "lost", "waived"]), name="appeal_state_known"
            ),
            models.CheckConstraint(condition=Q(addressee__in=["requester", "admin"]), name="appeal_addressee_known"),
            models.CheckConstraint(condition=Q(state="waived") | ~Q(reason=""), name="appeal_reason_given"),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True, decided_by__isnull=True)
                | (~Q(state="open") & Q(decided_at__isnull=False)),
                name="appeal_decided_once_closed",
            ),
            models.CheckConstraint(
                condition=~Q(state="lost") | (Q(decided_by__isnull=False) & ~Q(answer="")),
                name="appeal_lost_to_a_person_with_words",
            ),
            models.CheckConstraint(condition=~Q(decided_by=F("worker")), name="appeal_not_decided_by_its_worker"),
            models.CheckConstraint(
                condition=~Q(decided_by=F("rejected_by")), name="appeal_not_decided_by_who_rejected"
            ),
            models.CheckConstraint(
                condition=Q(adopted=False) | Q(state="upheld"), name="appeal_adopted_only_if_upheld"
            ),
            models.CheckConstraint(condition=Q(decide_by__gt=F("opened_at")), name="appeal_has_time"),
        ]

    def __str__(self) -> str:
        return f"appeal {self.id}"
