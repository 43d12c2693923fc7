"""Who has seen a known image and left it without an answer."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from marketplace.models.task import Task


class GoldSight(models.Model):
    """A worker who was handed an image of gold and gave it up, or let its time run out. Once for each.

    Whoever answers or passes it is found by their assignment; these are kept apart because no index leads to them.
    """

    task = models.ForeignKey(Task, models.CASCADE, related_name="+", db_index=False)
    worker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["task", "worker"], name="gold_sight_once")]

    def __str__(self) -> str:
        return f"{self.worker} saw task {self.task_id}"
