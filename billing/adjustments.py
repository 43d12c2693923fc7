"""What two admins put right by hand: one asks with a reason, another one agrees, and only then money moves."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from billing import debts, ledger, refunds
from billing.ledger import AccountKind, InsufficientFunds, Posting, platform
from billing.models import Adjustment, Deposit, Refund, Transfer
from billing.money import AmountRefused, format_amount, parse_amount
from billing.wallets import earnings_of

S, K = Adjustment.State, Adjustment.Kind
# What no other row speaks of. Everything else has a way back of its own, which keeps its row and its transfers
# together: pay is clawed back, a deposit refunded, a payout returned.
CORRECTABLE = ("bonus", "bonus_fee", "goodwill")


class Person(Protocol):
    """An admin, or whom it is about."""

    pk: Any


class NotAllowed(Exception):
    """An adjustment that this person may not make, or that is over; the message is for them."""


def goodwill_limit() -> int:
    """The most that one goodwill payment gives, micro-units."""
    return parse_amount(settings.GOODWILL_LIMIT, field="GOODWILL_LIMIT")


def ask_write_off(
    *, person: Person, kind: AccountKind, amount: int, reason: str, asked_by: Person, now: datetime
) -> Adjustment:
    """Ask that `amount` micro-units of a person's debt on the purse `kind` be written off."""
    _most(amount, debts.owed(kind=kind, owner_id=person.pk), "debt", "They owe {}.")
    about = {"person_id": person.pk, "debt": debts.PURSES[kind]}
    return _ask(K.WRITE_OFF, amount, reason, asked_by, now, **about)


def ask_goodwill(*, worker: Person, amount: int, reason: str, asked_by: Person, now: datetime) -> Adjustment:
    """Ask that the platform gives a worker `amount` micro-units of its own."""
    _most(amount, goodwill_limit(), "limit", "One goodwill payment is at most {}.")
    return _ask(K.GOODWILL, amount, reason, asked_by, now, person_id=worker.pk)


def ask_correction(*, transfer_id: int, reason: str, asked_by: Person, now: datetime) -> Adjustment:
    """Ask that a wrong transfer be reversed, whole; once a transfer."""
    wrong = Transfer.objects.get(pk=transfer_id)
    if wrong.kind not in CORRECTABLE:
        raise NotAllowed(f"A transfer of the kind {wrong.kind} is not corrected by hand.")
    try:
        with transaction.atomic():
            return _ask(K.CORRECTION, wrong.amount, reason, asked_by, now, transfer=wrong)
    except IntegrityError as twice:
        raise NotAllowed("This transfer was corrected, or its correction was asked for, before.") from twice


def ask_refund(*, deposit_id: UUID, amount: int | None, reason: str, asked_by: Person, now: datetime) -> Adjustment:
    """Ask that `amount` micro-units of a deposit, or all that can, go back to its card.

    Raises Deposit.DoesNotExist, and AmountRefused as `refunds.request` does: what cannot be refunded is not asked for.
    """
    deposit = Deposit.objects.get(pk=deposit_id)
    total = refunds.demand(deposit_id=deposit_id, amount=amount)
    return _ask(K.REFUND, total, reason, asked_by, now, person_id=deposit.owner_id, deposit=deposit)


@transaction.atomic
def agree(*, adjustment_id: UUID, decided_by: Person, now: datetime) -> Adjustment:
    """Do what was asked for, as a second admin; the adjustment and its transfer, or its refund, are one transaction.

    Raises NotAllowed for whoever asked, for whom it is about, and when it is over; AmountRefused when there is no
    longer enough to move.
    """
    row = _decidable(adjustment_id)
    if decided_by.pk in (row.asked_by_id, row.person_id):
        raise NotAllowed("Somebody else has to agree to this.")
    try:
        if row.kind == K.REFUND:
            row.refund = _refund(row, now)
        else:
            ledger.post(postings=_postings(row), now=now)
    except InsufficientFunds as short:
        raise AmountRefused("amount", "balance", f"Only {format_amount(short.available)} is left of it.") from short
    return _end(row, S.DONE, decided_by, now)


@transaction.atomic
def decline(*, adjustment_id: UUID, decided_by: Person, now: datetime) -> Adjustment:
    """Let it be; whoever asked may do so too. Raises NotAllowed when it is over."""
    return _end(_decidable(adjustment_id), S.DECLINED, decided_by, now)


def _ask(kind: Adjustment.Kind, amount: int, reason: str, asked_by: Person, now: datetime, **about: Any) -> Adjustment:
    if not reason.strip():
        raise AmountRefused("reason", "required", "Say why; it is kept with the money.")
    if about.get("person_id") == asked_by.pk:
        raise NotAllowed("Nobody adjusts their own money.")
    return Adjustment.objects.create(
        kind=kind, amount=amount, reason=reason.strip()[:500], asked_by_id=asked_by.pk, asked_at=now, **about
    )


def _most(amount: int, most: int, rule: str, message: str) -> None:
    if amount <= 0:
        raise AmountRefused("amount", "minimum", "The amount is more than nothing.")
    if amount > most:
        raise AmountRefused("amount", rule, message.format(format_amount(most)))


def _decidable(adjustment_id: UUID) -> Adjustment:
    row = Adjustment.objects.select_for_update(of=("self",), no_key=True).get(pk=adjustment_id)
    if row.state != S.ASKED:
        raise NotAllowed(f"This is {row.get_state_display().lower()} already.")
    return row


def _refund(row: Adjustment, now: datetime) -> Refund:
    assert row.deposit_id is not None, "a refund is of a deposit"
    refund, _ = refunds.request(
        deposit_id=row.deposit_id, amount=row.amount, asked_by=row.asked_by, idempotency_key="", now=now
    )
    return refund


def _postings(row: Adjustment) -> list[Posting]:
    key, details = str(row.pk), {"adjustment": str(row.pk)}
    if row.kind == K.CORRECTION:
        assert row.transfer is not None, "a correction names its transfer"
        wrong = row.transfer
        return [Posting("correction", str(wrong.pk), wrong.target_id, wrong.source_id, wrong.amount, details)]
    assert row.person is not None, "a write-off and a gift are about somebody"
    if row.kind == K.GOODWILL:
        gift, purse = platform(AccountKind.GOODWILL).pk, earnings_of(worker=row.person).pk
        return [Posting("goodwill", key, gift, purse, row.amount, details)]
    kind = next(purse for purse, receivable in debts.PURSES.items() if receivable == row.debt)
    held = debts.lock(kind=kind, owner_id=row.person.pk)
    _most(row.amount, held.owed, "debt", "They owe {} by now.")
    return [debts.forgive(purse=held, amount=row.amount, key=key, details=details)]


def _end(row: Adjustment, state: Adjustment.State, decided_by: Person, now: datetime) -> Adjustment:
    row.state, row.decided_by_id, row.decided_at = state, decided_by.pk, now
    row.save(update_fields=["state", "decided_by", "decided_at", "refund"])
    return row
