"""The browsers people use, to see who shares one."""

from __future__ import annotations

from django.conf import settings
from django.db import models


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
