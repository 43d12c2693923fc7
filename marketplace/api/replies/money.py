"""Money as JSON: always decimal text, never a float."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rest_framework import serializers as s

from billing.models import Account, Deposit, Payout
from billing.money import format_amount
from billing.payable import Payable
from billing.wallets import Line
from marketplace.history import Earnings


class LineReply(s.Serializer):
    """One movement, signed, and the balance after it."""

    at = s.DateTimeField()
    kind = s.CharField()
    words = s.CharField()
    amount = s.CharField()
    balance = s.CharField()


class WalletReply(s.Serializer):
    """A requester's prepaid money and its latest movements."""

    balance = s.CharField()
    currency = s.CharField()
    statement = LineReply(many=True)


class DepositReply(s.Serializer):
    """One deposit; while it waits, its payer goes to `checkout_url`."""

    id = s.UUIDField()
    state = s.ChoiceField(choices=Deposit.State.choices)
    amount = s.CharField()
    currency = s.CharField()
    checkout_url = s.CharField(allow_blank=True)
    created_at = s.DateTimeField()


class PayoutReply(s.Serializer):
    """One payout."""

    id = s.UUIDField()
    state = s.ChoiceField(choices=Payout.State.choices)
    amount = s.CharField()
    currency = s.CharField()
    reason = s.CharField(allow_blank=True, help_text="Why it waits or failed.")
    created_at = s.DateTimeField()
    sent_at = s.DateTimeField(allow_null=True)


class JobEarningsReply(s.Serializer):
    """What one job brought."""

    job = s.CharField()
    title = s.CharField()
    answers = s.IntegerField()
    accepted = s.IntegerField()
    rejected = s.IntegerField()
    waiting = s.IntegerField()
    earned = s.CharField(help_text="By the price of the answers.")
    bonuses = s.CharField(help_text="From the requester, beside it.")
    top_ups = s.CharField(help_text="From the job's fair-pay reserve, beside it.")


class HeldReply(s.Serializer):
    """What a requester who is new here paid: yours, and payable from `until` on."""

    amount = s.CharField()
    until = s.DateTimeField(allow_null=True, help_text="Null while the requester's first payment has not cleared.")


class EarningsReply(s.Serializer):
    """A worker's money: in the balance, payable now, waiting for verdicts, and in all."""

    balance = s.CharField()
    payable = s.CharField()
    held = HeldReply(many=True)
    waiting = s.CharField()
    lifetime = s.CharField()
    by_job = JobEarningsReply(many=True)
    payouts = PayoutReply(many=True)


def wallet_json(*, account: Account, lines: Iterable[Line]) -> dict[str, Any]:
    """A WalletReply."""
    return {
        "balance": format_amount(account.balance or 0),
        "currency": account.currency,
        "statement": [
            {
                "at": line.at,
                "kind": line.kind,
                "words": line.words,
                "amount": format_amount(line.amount),
                "balance": format_amount(line.balance),
            }
            for line in lines
        ],
    }


def deposit_json(*, deposit: Deposit) -> dict[str, Any]:
    """A DepositReply."""
    return {
        "id": deposit.pk,
        "state": deposit.state,
        "amount": format_amount(deposit.amount),
        "currency": deposit.currency,
        "checkout_url": deposit.checkout_url,
        "created_at": deposit.created_at,
    }


def payout_json(*, payout: Payout) -> dict[str, Any]:
    """A PayoutReply."""
    return {
        "id": payout.pk,
        "state": payout.state,
        "amount": format_amount(payout.amount),
        "currency": payout.currency,
        "reason": payout.reason,
        "created_at": payout.created_at,
        "sent_at": payout.sent_at,
    }


def earnings_json(*, earnings: Earnings, payable: Payable) -> dict[str, Any]:
    """An EarningsReply."""
    return {
        "balance": format_amount(earnings.balance),
        "payable": format_amount(payable.amount),
        "held": [{"amount": format_amount(one.amount), "until": one.until} for one in payable.held],
        "waiting": format_amount(earnings.waiting),
        "lifetime": format_amount(earnings.lifetime),
        "by_job": [
            {
                "job": row.job.public_id,
                "title": row.job.title,
                "answers": row.answers,
                "accepted": row.accepted,
                "rejected": row.rejected,
                "waiting": row.waiting,
                "earned": format_amount(row.earned),
                "bonuses": format_amount(row.bonuses),
                "top_ups": format_amount(row.top_ups),
            }
            for row in earnings.by_job
        ],
        "payouts": [payout_json(payout=payout) for payout in earnings.payouts],
    }
