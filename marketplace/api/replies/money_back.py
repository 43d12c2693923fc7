"""Money that goes back, as JSON."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from billing.models import Clawback, Refund
from billing.money import format_amount


class RefundReply(s.Serializer):
    """One refund."""

    id = s.UUIDField()
    deposit = s.UUIDField()
    state = s.ChoiceField(choices=Refund.State.choices)
    amount = s.CharField()
    currency = s.CharField()
    reason = s.CharField(allow_blank=True, help_text="Why it waits or failed.")
    created_at = s.DateTimeField()
    sent_at = s.DateTimeField(allow_null=True)


class ReversalReply(s.Serializer):
    """What was taken back, and what of it the worker owes now."""

    id = s.UUIDField()
    reward = s.CharField()
    fee = s.CharField()
    owed = s.CharField()


def refund_json(*, refund: Refund) -> dict[str, Any]:
    """A RefundReply."""
    return {
        "id": refund.pk,
        "deposit": refund.deposit_id,
        "state": refund.state,
        "amount": format_amount(refund.amount),
        "currency": refund.currency,
        "reason": refund.reason,
        "created_at": refund.created_at,
        "sent_at": refund.sent_at,
    }


def reversal_json(*, taken: Clawback) -> dict[str, Any]:
    """A ReversalReply."""
    amounts = {name: format_amount(getattr(taken, name)) for name in ("reward", "fee", "owed")}
    return {"id": taken.pk, **amounts}
