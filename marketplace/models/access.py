"""Whom a requester lets in, and whom not."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from marketplace.models.job import Job


class Invitation(models.Model):
    """One address invited to a job; whoever has it confirmed on their account may enrol."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="invitations")
    email = models.EmailField(help_text="In lower case.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["email"]
        constraints = [
            models.UniqueConstraint("job", Lower("email"), name="invitation_once_a_job"),
            models.CheckConstraint(condition=~Q(email=""), name="invitation_has_an_address"),
        ]

    def __str__(self) -> str:
        return f"{self.email} to {self.job}"


class Block(models.Model):
    """A worker whom a requester wants in none of their jobs. What they hold they may finish, and are paid."""

    requester = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="blocks")
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="blocked_by")
    reason = models.CharField(max_length=200, blank=True, help_text="For the requester's own memory.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["requester", "worker"], name="block_once_a_worker"),
            models.CheckConstraint(condition=~Q(worker=F("requester")), name="block_not_oneself"),
        ]

    def __str__(self) -> str:
        return f"{self.requester} blocks {self.worker}"
