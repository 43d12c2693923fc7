"""What a job costs, as JSON."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers as s

from billing.money import format_amount
from marketplace.pricing import Quote, Rate


class QuoteLine(s.Serializer):
    """`count` × `unit` = `amount`."""

    name = s.CharField()
    count = s.IntegerField()
    unit = s.CharField()
    amount = s.CharField()


class QuoteReply(s.Serializer):
    """What the job is expected to cost, and what it can cost at most; publishing holds `at_most`."""

    images = s.IntegerField()
    currency = s.CharField()
    reward = s.CharField()
    reward_per_shape = s.CharField()
    reward_at_most = s.CharField(help_text="What an answer pays when all its shapes are paid for.")
    fee = s.CharField(help_text="On the most that an answer pays.")
    expected = s.CharField()
    fair_pay_reserve = s.CharField(help_text="In `at_most`; comes back unless real times prove the pay too low.")
    at_most = s.CharField()
    lines = QuoteLine(many=True)


class AddedReply(s.Serializer):
    """Images added since the job was published: they wait until you publish them, which holds `at_most`."""

    images = s.IntegerField()
    at_most = s.CharField()


class PriceReply(QuoteReply):
    """The quote of the whole job, and what is still to be paid for."""

    added = AddedReply(allow_null=True)


def quote_json(*, quote: Quote) -> dict[str, Any]:
    """A QuoteReply."""
    return {
        "images": quote.images,
        "currency": settings.CURRENCY,
        **pay_json(rate=quote.rate),
        "fee": format_amount(quote.rate.fee(pay=quote.rate.most)),
        "expected": format_amount(quote.expected),
        "fair_pay_reserve": format_amount(quote.reserve),
        "at_most": format_amount(quote.at_most),
        "lines": [
            {
                "name": line.name,
                "count": line.count,
                "unit": format_amount(line.unit),
                "amount": format_amount(line.amount),
            }
            for line in quote.lines
        ],
    }


def pay_json(*, rate: Rate) -> dict[str, Any]:
    """What an answer pays: its reward, and pay for shapes."""
    return {
        "reward": format_amount(rate.reward),
        "reward_per_shape": format_amount(rate.per_shape),
        "reward_at_most": format_amount(rate.most),
    }


def price_json(*, quote: Quote, added: Quote | None) -> dict[str, Any]:
    """A PriceReply."""
    return {**quote_json(quote=quote), "added": added_json(added=added)}


def added_json(*, added: Quote | None) -> dict[str, Any] | None:
    """An AddedReply, or None when nothing waits."""
    return None if added is None else {"images": added.images, "at_most": format_amount(added.at_most)}
