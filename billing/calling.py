"""Who may call the provider for a row that is sent out in phases, a payout or a refund, and when again."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

# A caller owns a row this long: longer than one call can take, and short, for nobody repairs it before. A call tries
# three times (gateway.RETRIES + 1), each at most TIMEOUT = 15 s to connect and as long for the answer, with waits of
# 0.5 s and 1 s between: 3 × 30 + 1.5 = 91.5 s. Looking first, after a day, may take as long again; should two then
# call at once, the key, fresh again, makes one movement of them.
LEASE = timedelta(minutes=2)
FUNDS_RETRY = timedelta(minutes=10)
# The provider forgets an idempotency key after 24 h: from here on, look before creating.
KEY_TRUSTED = timedelta(hours=23)
BATCH = 200


def to_begin(*, now: datetime) -> Q:
    """Rows for which no call is under way: requested, or short of funds a while ago."""
    return Q(state="requested") | Q(state="waiting_for_funds", called_at__lt=now - FUNDS_RETRY)


def cut_short(*, now: datetime) -> Q:
    """Rows whose call has no recorded answer: only the provider knows, and only the same key tells."""
    return Q(state="sending", called_at__lt=now - LEASE)


def take(*, rows: QuerySet[Any], where: Q, now: datetime, **fields: Any) -> bool:
    """Become the one who calls for this row. Guarded: zero rows means somebody else is calling, or it is over."""
    ours = rows.filter(where).update(state="sending", called_at=now, **fields)
    rows.filter(state="sending", first_called_at=None).update(first_called_at=now)
    return bool(ours)


def is_forgotten(*, row: Any, now: datetime) -> bool:
    """Whether the provider may no longer know the key of this attempt."""
    return bool(row.first_called_at and now - row.first_called_at > KEY_TRUSTED)
