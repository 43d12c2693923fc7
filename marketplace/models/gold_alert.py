"""What a requester was told about the known answers of a job."""

from __future__ import annotations

from django.db import models

from marketplace.models.job import Job
from marketplace.models.rules import among

WHYS = ["none", "used_up", "worn_out", "few", "review"]


class GoldAlert(models.Model):
    """One thing about a job's known answers that its requester was told of; gone when it is mended."""

    job = models.ForeignKey(Job, models.CASCADE, related_name="gold_alerts", db_index=False)
    why = models.CharField(max_length=8)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["job", "why"], name="gold_alert_told_once"),
            models.CheckConstraint(condition=among("why", WHYS), name="gold_alert_why_known"),
        ]

    def __str__(self) -> str:
        return f"{self.why} in {self.job}"
