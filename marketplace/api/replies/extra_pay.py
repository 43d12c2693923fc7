"""What is paid beside the price of answers, as JSON: bonuses, and top-ups to fair pay."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from billing.money import format_amount
from marketplace.models import Bonus, TopUp


class OwnBonusReply(s.Serializer):
    """A bonus as its worker sees it."""

    amount = s.CharField()
    reason = s.CharField()
    created_at = s.DateTimeField()


class BonusReply(OwnBonusReply):
    """A bonus as its requester sees it."""

    id = s.UUIDField()
    assignment = s.UUIDField()
    fee = s.CharField(help_text="The platform's, beside the amount.")


class TopUpReply(s.Serializer):
    """What brought an answer's pay up to the floor, and the median time of the job's workers that showed it lacking."""

    amount = s.CharField()
    answer_ms = s.IntegerField()
    floor = s.CharField(help_text="An hour.")
    created_at = s.DateTimeField()


def own_bonus_json(*, bonus: Bonus) -> dict[str, Any]:
    """An OwnBonusReply."""
    return {"amount": format_amount(bonus.amount), "reason": bonus.reason, "created_at": bonus.created_at}


def bonus_json(*, bonus: Bonus) -> dict[str, Any]:
    """A BonusReply."""
    return {
        **own_bonus_json(bonus=bonus),
        "id": bonus.pk,
        "assignment": bonus.assignment_id,
        "fee": format_amount(bonus.fee),
    }


def top_up_json(*, top_up: TopUp | None) -> dict[str, Any] | None:
    """A TopUpReply, or None without one."""
    if top_up is None:
        return None
    return {
        "amount": format_amount(top_up.amount),
        "answer_ms": top_up.median_ms,
        "floor": format_amount(top_up.floor),
        "created_at": top_up.created_at,
    }
