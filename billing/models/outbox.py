"""Messages to whoever stands above billing and wants to know; billing itself knows nobody there."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Outbox(models.Model):
    """Something happened below that may matter above, written in the transaction that did it."""

    topic = models.CharField(max_length=60, help_text="Such as deposit.paid, payout.sent, payout.failed.")
    payload = models.JSONField()
    created_at = models.DateTimeField()
    consumed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "outbox"
        indexes = [models.Index(fields=["id"], condition=Q(consumed_at=None), name="outbox_to_consume")]

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"
