"""Immutable versions of a dataset."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from marketplace.models.job import Job, new_public_id


class Release(models.Model):
    """One immutable, checksummed version of a job's settled consensus."""

    public_id = models.CharField(max_length=16, unique=True, default=new_public_id, editable=False)
    job = models.ForeignKey(Job, models.PROTECT, related_name="releases")
    number = models.IntegerField(help_text="1 is the job's first release.")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    file = models.CharField(max_length=200, help_text="Where the COCO file lies in the storage.")
    sha256 = models.CharField(max_length=64)
    bytes = models.BigIntegerField()
    counts = models.JSONField(help_text="Images, objects, tags, answers, and money in it.")
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="release_one_per_number")]

    def __str__(self) -> str:
        return f"{self.job}, release {self.number}"
