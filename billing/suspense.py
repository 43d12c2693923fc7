"""Money that the provider and the books tell differently: into suspense, and out when somebody knows whose it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from billing import ledger
from billing.ledger import AccountKind, InsufficientFunds, Posting, open_account, platform
from billing.matching import Difference
from billing.models import Account, BankLine, Reconciliation, SuspenseItem, Transfer
from billing.money import AmountRefused, format_amount

K, S = SuspenseItem.Kind, SuspenseItem.State
LONGEST_REASON = 500
# Where money out of suspense can belong, and whether it is somebody's.
DESTINATIONS = {
    AccountKind.WALLET: True,
    AccountKind.WORKER_BALANCE: True,
    AccountKind.OPERATOR_BANK: False,
    AccountKind.PLATFORM_FEES: False,
    AccountKind.STRIPE_FEES: False,
    AccountKind.LOSSES: False,
    AccountKind.GOODWILL: False,
}


class Person(Protocol):
    """An admin, or whose money it is."""

    pk: Any


class Refusal(Exception):
    """What this person may not decide, or what is over; the message is for them."""


def enter(*, found_in: Reconciliation, differences: Sequence[Difference], now: datetime) -> tuple[int, int]:
    """Bring suspense in line with the differences found; returns how many are new, and how many ended by themselves.

    The rows and their postings are the caller's transaction, which holds off other runs.
    """
    left = SuspenseItem.objects.filter(state__in=SuspenseItem.LEFT).exclude(kind=K.UNPLACED).select_for_update()
    held = {_name(item.line_id, item.transfer_id): item for item in left}
    fresh, over = [], []
    for line, transfer, amount, currency in differences:
        if before := held.get(_name(line, transfer)):
            over.append(before)
        if amount:
            kind = K.MISSING if line is None else K.EXTRA if transfer is None else K.WRONG
            about = {"kind": kind, "line_id": line, "transfer_id": transfer, "amount": amount, "currency": currency}
            fresh.append(SuspenseItem(**about, found_in=found_in, found_at=now))
    _settle(over, now)
    SuspenseItem.objects.bulk_create(fresh)
    back = [_between(item, "suspense_out", _bank(item), -item.amount) for item in over]
    ledger.post(postings=back + [_between(item, "suspense_in", _bank(item), item.amount) for item in fresh], now=now)
    return len(fresh), sum(not amount for _line, _transfer, amount, _currency in differences)


def enter_unplaced(*, found_in: Reconciliation, now: datetime) -> int:
    """List the payments that belong to no deposit; their money came into suspense when they were told. How many."""
    known = SuspenseItem.objects.filter(kind=K.UNPLACED)
    corrected = Transfer.objects.filter(kind="correction").values_list("key", flat=True)
    undone = [int(key) for key in corrected]
    _settle(list(known.filter(state__in=SuspenseItem.LEFT, transfer_id__in=undone)), now)
    fresh = Transfer.objects.filter(kind="unplaced").exclude(pk__in=known.values("transfer_id")).exclude(pk__in=undone)
    items = SuspenseItem.objects.bulk_create(
        SuspenseItem(
            kind=K.UNPLACED, transfer=one, amount=one.amount, currency=one.currency, found_in=found_in, found_at=now
        )
        for one in fresh
    )
    return len(items)


def clear_unplaced(*, now: datetime) -> int:
    """Payments without a deposit become available as others do: available ← pending, less the provider's fee."""
    lines = BankLine.objects.filter(transfer__kind="unplaced", available_on__lte=now)
    done = Transfer.objects.filter(kind="unplaced_cleared").values("key")
    available, pending = platform(AccountKind.STRIPE_AVAILABLE).pk, platform(AccountKind.STRIPE_PENDING).pk
    fees, postings = platform(AccountKind.STRIPE_FEES).pk, []
    for line in lines.exclude(pk__in=done):
        postings.append(Posting("unplaced_cleared", line.pk, available, pending, line.net))
        if line.fee:
            postings.append(Posting("unplaced_fee", line.pk, fees, pending, line.fee))
    ledger.post(postings=postings, now=now)
    return len(postings)


@transaction.atomic
def ask(
    *, item_id: UUID, kind: AccountKind, owner: Person | None, reason: str, asked_by: Person, now: datetime
) -> SuspenseItem:
    """Say where the money of an open item belongs; a second admin has to agree before it moves.

    Raises AmountRefused (fields reason, account) for what is not an answer, Refusal when the item is over.
    """
    item = _left(item_id)
    if not reason.strip():
        raise AmountRefused("reason", "required", "Say why; it is kept with the money.")
    if len(reason.strip()) > LONGEST_REASON:
        raise AmountRefused("reason", "too_long", f"Write at most {LONGEST_REASON} characters.")
    if kind not in DESTINATIONS:
        raise AmountRefused("account", "choice", "Choose where the money belongs.")
    if DESTINATIONS[kind] != (owner is not None):
        message = "Say whose it is, by their e-mail address." if DESTINATIONS[kind] else "This account is nobody's."
        raise AmountRefused("owner", "required", message)
    if owner is not None and owner.pk == asked_by.pk:
        raise Refusal("Nobody gives money to themself.")
    account = open_account(kind=kind, owner_id=owner.pk if owner else None, currency=item.currency)
    item.state, item.account, item.reason = S.ASKED, account, reason.strip()
    item.asked_by_id, item.asked_at = asked_by.pk, now
    item.save(update_fields=["state", "account", "reason", "asked_by", "asked_at"])
    return item


@transaction.atomic
def agree(*, item_id: UUID, decided_by: Person, now: datetime) -> SuspenseItem:
    """Do what was asked for, as a second admin: the money leaves suspense in the same transaction.

    Raises Refusal for whoever asked, for whose money it is, and when the item is not asked about; AmountRefused when
    an account does not hold what it should give.
    """
    item = _left(item_id)
    if item.state != S.ASKED or item.account is None:
        raise Refusal("Nobody has said yet where this belongs.")
    if decided_by.pk in (item.asked_by_id, item.account.owner_id):
        raise Refusal("Somebody else has to agree to this.")
    try:
        ledger.post(postings=[_between(item, "suspense_resolved", item.account, -item.amount)], now=now)
    except InsufficientFunds as short:
        raise AmountRefused("account", "balance", f"It holds only {format_amount(short.available)}.") from short
    item.state, item.decided_by_id, item.ended_at = S.RESOLVED, decided_by.pk, now
    item.save(update_fields=["state", "decided_by", "ended_at"])
    return item


@transaction.atomic
def decline(*, item_id: UUID) -> SuspenseItem:
    """Put an item back among the open ones; whoever asked may do so too. Raises Refusal when it is not asked about."""
    item = _left(item_id)
    if item.state != S.ASKED:
        raise Refusal("Nobody has said yet where this belongs.")
    item.state, item.account, item.asked_by_id, item.asked_at, item.reason = S.OPEN, None, None, None, ""
    item.save(update_fields=["state", "account", "asked_by", "asked_at", "reason"])
    return item


def left() -> QuerySet[SuspenseItem]:
    """What is not over, the oldest first."""
    waiting = SuspenseItem.objects.filter(state__in=SuspenseItem.LEFT)
    return waiting.select_related("line", "transfer", "account__owner", "asked_by").order_by("found_at", "pk")


def over() -> QuerySet[SuspenseItem]:
    """What is over, the latest first."""
    ended = SuspenseItem.objects.exclude(state__in=SuspenseItem.LEFT)
    return ended.select_related("line", "transfer", "account__owner", "asked_by", "decided_by").order_by(
        "-ended_at", "pk"
    )


def described(*, item: SuspenseItem) -> str:
    """One item in a sentence."""
    line = f"{item.line.type} {item.line_id}" if item.line else ""
    transfer = f"{item.transfer.kind} {item.transfer.key}" if item.transfer else ""
    if item.kind == K.EXTRA:
        return f"The provider moved {format_amount(item.amount)} by {line}, which is not in our books."
    if item.kind == K.MISSING:
        return f"We booked {format_amount(-item.amount)} by {transfer}, which the provider does not have."
    if item.kind == K.WRONG:
        return f"By {line} the provider moved {format_amount(item.amount)} more than we booked by {transfer}."
    return f"The payment {item.transfer and item.transfer.key} of {format_amount(item.amount)} belongs to no deposit."


def _left(item_id: UUID) -> SuspenseItem:
    """An item that is not over, locked."""
    rows = SuspenseItem.objects.select_for_update(of=("self",), no_key=True).select_related("account")
    item = rows.get(pk=item_id)
    if item.state not in SuspenseItem.LEFT:
        raise Refusal(f"This is {item.get_state_display().lower()} already.")
    return item


def _settle(items: Sequence[SuspenseItem], now: datetime) -> None:
    over = SuspenseItem.objects.filter(Q(pk__in=[item.pk for item in items]), state__in=SuspenseItem.LEFT)
    over.update(state=S.SETTLED, ended_at=now)


def _name(line: str | None, transfer: int | None) -> tuple[str, str | int | None]:
    """What a difference is about: a line if there is one, whatever it was matched with since."""
    return ("line", line) if line is not None else ("transfer", transfer)


def _bank(item: SuspenseItem) -> Account:
    return platform(AccountKind.STRIPE_AVAILABLE, currency=item.currency)


def _between(item: SuspenseItem, kind: str, other: Account, amount: int) -> Posting:
    """Other → suspense, or back where the amount is negative; once a kind and item."""
    suspense = platform(AccountKind.SUSPENSE, currency=item.currency).pk
    ends = (other.pk, suspense) if amount > 0 else (suspense, other.pk)
    return Posting(kind, str(item.pk), *ends, abs(amount), {"suspense": str(item.pk)})
