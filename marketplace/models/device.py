"""The browsers people use, to see who shares one; and who shares something and is not the same person."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q


class Device(models.Model):
    """A browser that somebody was signed in with, known by a digest of the id in its cookie; never by anything else."""

    digest = models.CharField(max_length=64, help_text="SHA-256 of the id, in hex.")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="devices")
    first_seen_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When a session of theirs last began with it.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "person"], name="device_once_a_person")]

    def __str__(self) -> str:
        return f"device {self.digest[:8]}"


class KnownApart(models.Model):
    """Two people who an admin knows to be two, whatever they share. `first` is the one with the smaller number."""

    first = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    second = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    reason = models.CharField(max_length=500)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="known_apart_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="known_apart_in_order"),
            models.CheckConstraint(
                condition=~Q(decided_by=F("first")) & ~Q(decided_by=F("second")), name="known_apart_by_somebody_else"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="known_apart_says_why"),
        ]
        indexes = [models.Index(fields=["second"], name="known_apart_second")]

    def __str__(self) -> str:
        return f"people {self.first_id} and {self.second_id}"
