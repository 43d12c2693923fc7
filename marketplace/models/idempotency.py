"""What a request with an Idempotency-Key was answered, so that its repeats get the same answer and no second effect."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class IdempotencyRecord(models.Model):
    """One key of one person. Written in the transaction of the effect, so that a rollback forgets both."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of method, path and body, in hex.")
    # Null while the request runs; only a request that calls the payment provider can be seen (or die) in that state.
    status = models.PositiveSmallIntegerField(null=True)
    body = models.TextField(default="", blank=True)
    content_type = models.CharField(max_length=100, default="", blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "key"], name="idempotency_user_key_unique"),
            models.CheckConstraint(
                condition=models.Q(status__isnull=True) | models.Q(status__gte=200, status__lt=400),
                name="idempotency_keeps_only_successes",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} → {self.status or 'running'}"
