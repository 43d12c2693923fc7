"""What need not be kept: answers remembered for repeats of requests that nobody repeats any more."""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.models import IdempotencyRecord

# Longer than any client repeats, than the 24 hours for which the payment provider keeps its keys, and than a weekend.
KEPT = timedelta(hours=72)


def forget_answers(*, now: datetime, limit: int = 10_000) -> int:
    """Delete remembered answers older than three days, oldest first; returns how many."""
    old = IdempotencyRecord.objects.filter(created_at__lt=now - KEPT).order_by("created_at").values("pk")[:limit]
    return IdempotencyRecord.objects.filter(pk__in=old)._raw_delete(IdempotencyRecord.objects.db)
