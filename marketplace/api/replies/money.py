"""Money as JSON: always decimal text, never a float."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers as s

from billing.models import Deposit, Payout
from billing.money import format_amount
from billing.payable import Payable
from marketplace.history import Earnings
from marketplace.movements import Movement
from marketplace.own_statements import OwnStatement
from marketplace.purse import Purse
from marketplace.yearly import Year


class LineReply(s.Serializer):
    """One movement, signed, and the balance after it."""

    at = s.DateTimeField()
    kind = s.CharField()
    words = s.CharField()
    amount = s.CharField()
    balance = s.CharField()


class MovementReply(s.Serializer):
    """One movement, signed, in words, and what it is about: ids are null where there is no such thing."""

    at = s.DateTimeField()
    kind = s.CharField()
    words = s.CharField()
    amount = s.CharField()
    job = s.CharField(allow_null=True)
    assignment = s.UUIDField(allow_null=True, help_text="The answer it pays.")
    deposit = s.UUIDField(allow_null=True)
    payout = s.UUIDField(allow_null=True)


class WalletReply(s.Serializer):
    """A requester's prepaid money, what jobs hold of it, and its latest movements."""

    balance = s.CharField()
    held = s.CharField(help_text="In the escrow of jobs.")
    owed = s.CharField(help_text="Since a bank took a payment back after it was spent; new deposits settle it first.")
    currency = s.CharField()
    statement = LineReply(many=True)


class DayReply(s.Serializer):
    """One day (UTC) on which something moved."""

    day = s.DateField()
    came_in = s.CharField()
    went_out = s.CharField()
    balance = s.CharField(help_text="At its end.")
    movements = s.IntegerField()


class StatementReply(s.Serializer):
    """Some days: what there was before, what moved, what there was after; as CSV with every movement."""

    first = s.DateField()
    last = s.DateField()
    currency = s.CharField()
    opening = s.CharField()
    came_in = s.CharField()
    went_out = s.CharField()
    closing = s.CharField()
    days = DayReply(many=True)


class YearReply(s.Serializer):
    """A calendar year (UTC). Paid out counts when the money left, less what a bank returned."""

    year = s.IntegerField()
    earned = s.CharField()
    paid_out = s.CharField()


class YearsReply(s.Serializer):
    """All years in which anything was earned or paid out, the latest first."""

    years = YearReply(many=True)


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
    late = s.CharField(help_text="From the platform, for answers that came too late and agreed.")


class HeldReply(s.Serializer):
    """What a requester who is new here paid: yours, and payable from `until` on."""

    amount = s.CharField()
    until = s.DateTimeField(allow_null=True, help_text="Null while the requester's first payment has not cleared.")


class EarningsReply(s.Serializer):
    """A worker's money: in the balance, payable now, waiting for verdicts, asked for and not yet at the bank, paid, and
    earned in all."""

    balance = s.CharField()
    payable = s.CharField()
    held = HeldReply(many=True)
    waiting = s.CharField()
    on_its_way = s.CharField()
    paid_out = s.CharField()
    lifetime = s.CharField()
    owed = s.CharField(help_text="Of pay taken back after it was paid out; half of what is newly earned goes to it.")
    by_job = JobEarningsReply(many=True)
    payouts = PayoutReply(many=True)


def wallet_json(*, purse: Purse, currency: str) -> dict[str, Any]:
    """A WalletReply."""
    return {
        "balance": format_amount(purse.balance),
        "held": format_amount(purse.held_total),
        "owed": format_amount(purse.owed),
        "currency": currency,
        "statement": [
            {
                "at": moved.line.at,
                "kind": moved.line.kind,
                "words": moved.words,
                "amount": format_amount(moved.line.amount),
                "balance": format_amount(moved.line.balance),
            }
            for moved in purse.lines
        ],
    }


def movement_json(*, moved: Movement[Any]) -> dict[str, Any]:
    """A MovementReply."""
    return {
        "at": moved.line.created_at,
        "kind": moved.line.kind,
        "words": moved.words,
        "amount": format_amount(moved.line.signed),
        "job": moved.job.public_id if moved.job else None,
        "assignment": moved.answer,
        "deposit": moved.deposit,
        "payout": moved.payout,
    }


def statement_json(*, found: OwnStatement) -> dict[str, Any]:
    """A StatementReply."""
    sums = found.sums
    return {
        "first": found.period.first,
        "last": found.period.last,
        "currency": sums.account.currency,
        "opening": format_amount(sums.opening),
        "came_in": format_amount(sums.came_in),
        "went_out": format_amount(sums.went_out),
        "closing": format_amount(sums.closing),
        "days": [
            {
                "day": day.on,
                "came_in": format_amount(day.came_in),
                "went_out": format_amount(day.went_out),
                "balance": format_amount(day.balance),
                "movements": day.count,
            }
            for day in found.days
        ],
    }


def years_json(*, years: Sequence[Year]) -> dict[str, Any]:
    """A YearsReply."""
    return {
        "years": [
            {"year": row.year, "earned": format_amount(row.earned), "paid_out": format_amount(row.paid_out)}
            for row in years
        ]
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
        "on_its_way": format_amount(earnings.on_its_way),
        "paid_out": format_amount(earnings.paid_out),
        "lifetime": format_amount(earnings.lifetime),
        "owed": format_amount(earnings.owed),
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
                "late": format_amount(row.late),
            }
            for row in earnings.by_job
        ],
        "payouts": [payout_json(payout=payout) for payout in earnings.payouts],
    }
