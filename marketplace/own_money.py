"""The money in the document of all that is kept of a person: what moved, and what was said about it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Q

from billing.models import Account, Adjustment, Clawback, Deposit, Dispute, Payout, PayoutAccount, Refund
from billing.money import format_amount
from billing.wallets import earnings_of, movements, wallet_of
from marketplace.models import Bonus, User
from marketplace.movements import explained

CHUNK = 500
Row = Mapping[str, Any]


def _movements(account: Account) -> Iterator[Row]:
    found = movements(account=account)
    for start in range(0, found.count(), CHUNK):
        for moved in explained(lines=list(found[start : start + CHUNK])):
            line = moved.line
            yield {
                "when": line.created_at,
                "what": moved.words,
                "about": moved.about,
                "reference": moved.reference,
                "amount": format_amount(line.signed),  # type: ignore[attr-defined]
            }


def _payout_account(person: User) -> Iterator[Row]:
    """Bank details entered here are sealed and shown to nobody, whoever sits before an open page."""
    for one in PayoutAccount.objects.filter(worker=person):
        yield {
            "method": one.method, "country": one.country, "provider_account": one.provider_account,
            "bank_details_given": bool(one.sealed_details),
            "ready": one.payouts_enabled, "asked_for": one.currently_due, "bank_problem": one.bank_problem,
        }  # fmt: skip


def _bonuses(person: User) -> Iterator[Row]:
    """Given and got, with the reason."""
    for one in Bonus.objects.filter(Q(worker=person) | Q(requester=person)).select_related("job"):
        yield {
            "got": one.worker_id == person.pk, "amount": format_amount(one.amount), "reason": one.reason,
            "assignment": one.assignment_id, "job": one.job.public_id, "when": one.created_at,
        }  # fmt: skip


def _taken_back(person: User) -> Iterator[Row]:
    for one in Clawback.objects.filter(worker=person).order_by("created_at", "pk"):
        yield {
            "amount": format_amount(one.reward), "owed": format_amount(one.owed), "reason": one.reason,
            "when": one.created_at,
        }  # fmt: skip


def _put_right(person: User) -> Iterator[Row]:
    """Gifts of the platform, and debts that were written off."""
    for one in Adjustment.objects.filter(person=person, state=Adjustment.State.DONE).order_by("decided_at", "pk"):
        yield {"what": one.kind, "amount": format_amount(one.amount), "reason": one.reason, "when": one.decided_at}


def _payouts(person: User) -> Iterator[Row]:
    for one in Payout.objects.filter(worker=person).order_by("-created_at", "pk"):
        yield {
            "payout": one.pk, "amount": format_amount(one.amount), "state": one.state, "reason": one.reason,
            "asked_at": one.created_at, "sent_at": one.sent_at,
        }  # fmt: skip


def _deposits(person: User) -> Iterator[Row]:
    for one in Deposit.objects.filter(owner=person).order_by("-created_at", "pk"):
        yield {
            "deposit": one.pk, "amount": format_amount(one.amount), "state": one.state, "started_at": one.created_at,
            "paid_at": one.paid_at, "payment": one.provider_payment,
        }  # fmt: skip


def _refunds(person: User) -> Iterator[Row]:
    for one in Refund.objects.filter(deposit__owner=person).order_by("-created_at", "pk"):
        yield {
            "refund": one.pk, "deposit": one.deposit_id, "amount": format_amount(one.amount), "state": one.state,
            "reason": one.reason, "asked_at": one.created_at,
        }  # fmt: skip


def _disputes(person: User) -> Iterator[Row]:
    for one in Dispute.objects.filter(deposit__owner=person).order_by("opened_at", "pk"):
        yield {
            "deposit": one.deposit_id, "amount": format_amount(one.amount), "state": one.state, "reason": one.reason,
            "opened_at": one.opened_at, "closed_at": one.closed_at,
        }  # fmt: skip


# By name, in the order of the document; each tells its rows.
SECTIONS: Mapping[str, Callable[[User], Iterable[Row]]] = {
    "earnings": lambda person: _movements(earnings_of(worker=person)),
    "bonuses": _bonuses,
    "pay_taken_back": _taken_back,
    "put_right": _put_right,
    "payout_account": _payout_account,
    "payouts": _payouts,
    "wallet": lambda person: _movements(wallet_of(owner=person)),
    "deposits": _deposits,
    "refunds": _refunds,
    "disputes": _disputes,
}
