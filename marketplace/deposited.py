"""A requester's deposits, with what went back of each and what still can."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from billing import ledger, refunds
from billing.models import Deposit, Dispute, Refund, Transfer
from billing.money import whole_cents
from billing.wallets import wallet_of
from marketplace.models import User


@dataclass(frozen=True)
class Deposited:
    """One deposit; `refundable` in micro-units is what can go back to its card now, as far as the wallet holds it."""

    deposit: Deposit
    refunds: tuple[Refund, ...]
    refundable: int
    disputes: tuple[Dispute, ...] = ()


def deposits_of(*, owner: User) -> QuerySet[Deposit]:
    """All of a requester's deposits, the latest first."""
    return Deposit.objects.filter(owner=owner).prefetch_related("refunds", "disputes").order_by("-created_at", "pk")


def rows(*, owner: User, deposits: Sequence[Deposit]) -> list[Deposited]:
    """These deposits of one requester, in their order."""
    wallet = whole_cents(ledger.balance(account_id=wallet_of(owner=owner).pk))
    return [
        Deposited(
            deposit=one,
            refunds=tuple(sorted(one.refunds.all(), key=lambda back: back.created_at)),
            refundable=min(refunds.refundable(deposit=one), wallet),
            disputes=tuple(sorted(one.disputes.all(), key=lambda found: found.opened_at)),
        )
        for one in deposits
    ]


def all_refundable(*, owner: User) -> int:
    """What of the wallet can go back to cards, in whole cents; micro-units."""
    wallet = whole_cents(ledger.balance(account_id=wallet_of(owner=owner).pk))
    total = 0
    for one in Deposit.objects.filter(owner=owner, state=Deposit.State.PAID).order_by("-paid_at", "pk"):
        if total >= wallet:
            break
        total += refunds.refundable(deposit=one)
    return min(total, wallet)


def settled_by(*, deposit: Deposit) -> int:
    """What of a deposit went to what its owner owed, micro-units."""
    kept = Transfer.objects.filter(kind="debt_settled", key=f"deposit:{deposit.provider_payment}")
    return kept.values_list("amount", flat=True).first() or 0
