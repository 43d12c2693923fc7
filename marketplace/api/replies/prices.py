"""What a job costs, as JSON."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework import serializers as s

from billing.money import format_amount
from marketplace.pricing import Quote


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
    fee = s.CharField()
    expected = s.CharField()
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
        "reward": format_amount(quote.reward),
        "fee": format_amount(quote.fee),
        "expected": format_amount(quote.expected),
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


def price_json(*, quote: Quote, added: Quote | None) -> dict[str, Any]:
    """A PriceReply."""
    return {**quote_json(quote=quote), "added": added_json(added=added)}


def added_json(*, added: Quote | None) -> dict[str, Any] | None:
    """An AddedReply, or None when nothing waits."""
    return None if added is None else {"images": added.images, "at_most": format_amount(added.at_most)}
