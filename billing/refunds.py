"""Part of a deposit back to the card it came from, in three phases, each safe to die in.

1. `request` takes the money: wallet → transfers in transit, with the row, in one transaction.
2. `send` calls the provider with the row's own idempotency key, no transaction open.
3. `record` takes over the answer; `sweep` sees the refund leave the bank: in transit → stripe available.
One that fails, even after it left, brings the money back into the wallet. Refunds that somebody made at the provider by
hand are facts: they are taken from the wallet whatever it holds.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q, Sum

from billing import debts, gateway, ledger
from billing.gateway import GatewayAway, GatewayRefused
from billing.ledger import AccountKind, KeyReused, Posting, platform
from billing.models import Deposit, Dispute, Outbox, Refund
from billing.money import CENT, AmountRefused, format_amount, whole_cents

log = logging.getLogger("tally.billing")

LEASE = timedelta(minutes=2)  # longer than all tries of one call together: 91.5 s, as reckoned at payouts.LEASE
FUNDS_RETRY = timedelta(minutes=10)
KEY_TRUSTED = timedelta(hours=23)  # the provider forgets a key after 24 h: from here on, look before creating
BATCH = 200
S = Refund.State
# Nothing the provider says of a refund takes it back to here.
BEFORE = (S.REQUESTED, S.SENDING, S.WAITING_FOR_FUNDS)
SHORT = ("balance_insufficient", "insufficient_funds")
REASONS = {
    "charge_disputed": "The payment is contested at the bank, so it cannot be paid back to the card now.",
    "charge_already_refunded": "All of this payment was paid back to the card before.",
    "expired_or_canceled_card": "The card has expired or was cancelled.",
    "lost_or_stolen_card": "The card was reported lost or stolen.",
}
WAITS = "The platform is waiting for funds at its bank; the refund is tried again by itself."


class Person(Protocol):
    """Who asks."""

    pk: Any


def refundable(*, deposit: Deposit) -> int:
    """What of a deposit neither went back to the card nor was taken back by the bank, micro-units."""
    if deposit.state != Deposit.State.PAID:
        return 0
    back = Refund.objects.filter(deposit=deposit).exclude(state=S.FAILED).aggregate(sum=Sum("amount"))["sum"] or 0
    contested = Dispute.objects.filter(deposit=deposit, state__in=["open", "lost"])
    return max(deposit.amount - back - (contested.aggregate(sum=Sum("amount"))["sum"] or 0), 0)


@transaction.atomic
def request(
    *, deposit_id: UUID, amount: int | None, asked_by: Person, idempotency_key: str, now: datetime
) -> tuple[Refund, bool]:
    """Take `amount` micro-units of a deposit, or all that can be refunded, out of the wallet; nothing is sent yet.

    Returns the refund and whether it is new: the same key gives the same one, with another amount it raises KeyReused.
    Raises AmountRefused (rules: deposit, debt, whole_cents, minimum, balance).
    """
    deposit = Deposit.objects.select_for_update(no_key=True).get(pk=deposit_id)
    purse = debts.lock(kind=AccountKind.WALLET, owner_id=deposit.owner_id, currency=deposit.currency)
    known = Refund.objects.filter(deposit=deposit, idempotency_key=idempotency_key).first()
    if known:
        if known.asked != amount:
            raise KeyReused("refund", idempotency_key)
        return known, False
    left = refundable(deposit=deposit)
    total = whole_cents(min(left, purse.holds)) if amount is None else amount
    _check(total, left, purse)
    refund = Refund.objects.create(
        deposit=deposit, amount=total, asked=amount, currency=deposit.currency, asked_by_id=asked_by.pk,
        idempotency_key=idempotency_key or uuid4().hex, created_at=now,
    )  # fmt: skip
    transit = platform(AccountKind.TRANSFERS_IN_TRANSIT, currency=refund.currency)
    _post([_posting(refund, "refund_requested", purse.account, transit.pk)], now)
    return refund, True


def send(*, refund_id: UUID, now: datetime) -> Refund:
    """Call the provider for a requested refund and record its answer. Any number of callers, any number of times.

    When the provider does not answer the refund stays `sending` and the sweeper tries again under the same key.
    Not to be called inside a transaction.
    """
    if _take(refund_id, now):
        refund = Refund.objects.select_related("deposit").get(pk=refund_id)
        try:
            made = _make(refund, now)
        except GatewayAway as away:
            log.warning("refund %s: %s", refund_id, away)
        except GatewayRefused as refused:
            _refused(refund, refused, now)
        else:
            record(refund=made, now=now, known_as=refund_id)
    return Refund.objects.get(pk=refund_id)


@transaction.atomic
def record(*, refund: gateway.Refund, now: datetime, known_as: UUID | None = None) -> bool:
    """Take over how a refund stands at the provider: any order, any number of times; failed wins over everything.

    False when it is of no payment of ours. One that we did not ask for is entered as the bank's own.
    """
    row = _row(refund, known_as)
    if row is None:
        row = _enter(refund, now)
    if row is None:
        return False
    if row.state in BEFORE:
        row = _change(row, to=S.SENT, provider_refund=refund.id, sent_at=now, reason="")
    elif row.provider_refund not in (None, refund.id):
        log.error("refund %s is %s at the provider, and %s too", row.pk, row.provider_refund, refund.id)
        return True
    if refund.status in ("failed", "canceled") and row.state != S.FAILED:
        reason = REASONS.get(refund.reason, "The bank could not pay it to the card.")
        _come_back(row, reason, now)
    return True


def sweep(*, now: datetime) -> None:
    """Go on with whatever was left: requested but not sent, sent without a recorded answer, sent but not yet seen."""
    left = Refund.objects.filter(_takeable(now)).order_by("created_at").values_list("pk", flat=True)
    for refund_id in list(left[:BATCH]):
        send(refund_id=refund_id, now=now)
    for refund in list(Refund.objects.filter(state=S.SENT).order_by("sent_at")[:BATCH]):
        try:
            seen = gateway.clearing_of_refund(refund_id=refund.provider_refund or "")
        except (GatewayAway, GatewayRefused) as away:
            log.warning("refund %s not seen yet: %s", refund.pk, away)
            continue
        if seen is not None and seen.available_on <= now:
            clear(refund_id=refund.pk, now=now)


@transaction.atomic
def clear(*, refund_id: UUID, now: datetime) -> bool:
    """In transit → stripe available: the refund was seen leaving the bank. False when that was recorded before."""
    refund = Refund.objects.select_for_update(of=("self",), no_key=True).select_related("deposit").get(pk=refund_id)
    if refund.state != S.SENT:
        return False
    _change(refund, to=S.PAID, finished_at=now)
    _post([_cleared(refund)], now)
    _tell(refund, "refund.paid", now)
    return True


def _check(total: int, left: int, purse: debts.Purse) -> None:
    if purse.owed > 0:
        raise AmountRefused("amount", "debt", f"You owe {format_amount(purse.owed)}; nothing is paid back before that.")
    if left <= 0:
        raise AmountRefused("deposit", "deposit", "Nothing of this deposit can be paid back to the card.")
    if total % CENT:
        raise AmountRefused("amount", "whole_cents", "A refund is in whole cents.")
    if total > left:
        raise AmountRefused("amount", "deposit", f"Of this deposit {format_amount(left)} can still be paid back.")
    if total > purse.holds:
        raise AmountRefused("amount", "balance", f"Your wallet holds {format_amount(purse.holds)}.")
    if total <= 0:
        raise AmountRefused("amount", "minimum", f"The least refund is {format_amount(CENT)}.")


def _takeable(now: datetime) -> Q:
    return (
        Q(state=S.REQUESTED)
        | Q(state=S.SENDING, called_at__lt=now - LEASE)
        | Q(state=S.WAITING_FOR_FUNDS, called_at__lt=now - FUNDS_RETRY)
    )


def _take(refund_id: UUID, now: datetime) -> bool:
    """Become the one who calls. Guarded: zero rows means somebody else is calling, or it is over."""
    ours = Refund.objects.filter(_takeable(now), pk=refund_id).update(state=S.SENDING, called_at=now)
    Refund.objects.filter(pk=refund_id, state=S.SENDING, first_called_at=None).update(first_called_at=now)
    return bool(ours)


def _make(refund: Refund, now: datetime) -> gateway.Refund:
    """Phase 2. The key changes only after a definite refusal, so what is not known is asked again, never made twice."""
    payment = refund.deposit.provider_payment or ""
    if refund.first_called_at and now - refund.first_called_at > KEY_TRUSTED:
        try:
            found = gateway.find_refund(payment=payment, reference=str(refund.pk))
        except GatewayRefused as refused:
            raise GatewayAway(str(refused)) from refused  # refusing to look is no decision about the refund
        if found:
            return found
    key = f"refund:{refund.pk}:{refund.attempt}"
    return gateway.create_refund(payment=payment, amount=refund.amount, reference=str(refund.pk), key=key)


@transaction.atomic
def _refused(refund: Refund, refused: GatewayRefused, now: datetime) -> None:
    ours = Refund.objects.select_for_update(of=("self",), no_key=True).select_related("deposit")
    row = ours.filter(pk=refund.pk, state=S.SENDING, attempt=refund.attempt).first()
    if row is None:
        return
    if refused.code in SHORT:
        # The provider remembers its refusal under the old key, so the next attempt gets a new one.
        _change(row, to=S.WAITING_FOR_FUNDS, reason=WAITS, attempt=F("attempt") + 1, first_called_at=None)
    else:
        _come_back(row, REASONS.get(refused.code, f"The payment provider refused it: {refused.message}"), now)


def _row(refund: gateway.Refund, known_as: UUID | None) -> Refund | None:
    """The row of a refund, locked: by the provider's id, else by the reference it carries."""
    rows = Refund.objects.select_for_update(of=("self",), no_key=True).select_related("deposit")
    try:
        reference = known_as or UUID(refund.reference or "")
    except ValueError:
        return rows.filter(provider_refund=refund.id).first()
    return rows.filter(pk=reference).first() or rows.filter(provider_refund=refund.id).first()


def _enter(refund: gateway.Refund, now: datetime) -> Refund | None:
    """A refund made at the provider by hand. It has left already, so it is taken whatever the wallet holds."""
    deposits = Deposit.objects.select_for_update(no_key=True).filter(provider_payment=refund.payment)
    deposit = deposits.first() if refund.payment else None
    if deposit is None:
        return None
    known = Refund.objects.filter(provider_refund=refund.id).select_related("deposit").first()
    if known:
        return known  # entered while we waited for the deposit
    row = Refund.objects.create(
        deposit=deposit, amount=refund.amount, currency=deposit.currency, idempotency_key=refund.id, state=S.SENT,
        provider_refund=refund.id, created_at=now, sent_at=now,
    )  # fmt: skip
    purse = debts.lock(kind=AccountKind.WALLET, owner_id=deposit.owner_id, currency=deposit.currency)
    transit = platform(AccountKind.TRANSFERS_IN_TRANSIT, currency=row.currency)
    _post(purse.take(_posting(row, "refund_requested", purse.account, transit.pk)), now)
    return row


def _come_back(refund: Refund, reason: str, now: datetime) -> None:
    """The money is in the wallet again, and settles a debt made meanwhile first.

    What had left the bank has come back to it: both movements are in the provider's books, so both are in ours.
    """
    purse = debts.lock(kind=AccountKind.WALLET, owner_id=refund.deposit.owner_id, currency=refund.currency)
    source = platform(AccountKind.TRANSFERS_IN_TRANSIT, currency=refund.currency)
    postings = []
    if refund.state in (S.SENT, S.PAID):
        postings = [_cleared(refund)] if refund.state == S.SENT else []
        source = platform(AccountKind.STRIPE_AVAILABLE, currency=refund.currency)
    refund = _change(refund, to=S.FAILED, reason=reason[:300], finished_at=now)
    _post(postings + purse.give(_posting(refund, "refund_failed", source.pk, purse.account)), now)
    _tell(refund, "refund.failed", now)


def _change(refund: Refund, *, to: Refund.State, **fields: Any) -> Refund:
    """The change of state of a row that the caller has locked."""
    Refund.objects.filter(pk=refund.pk).update(state=to, **fields)
    return Refund.objects.select_related("deposit").get(pk=refund.pk)


def _cleared(refund: Refund) -> Posting:
    transit = platform(AccountKind.TRANSFERS_IN_TRANSIT, currency=refund.currency)
    return _posting(refund, "refund_cleared", transit.pk, platform(AccountKind.STRIPE_AVAILABLE).pk)


def _posting(refund: Refund, kind: str, source: int, target: int) -> Posting:
    details = {"refund": str(refund.pk), "deposit": str(refund.deposit_id)}
    return Posting(kind, str(refund.pk), source, target, refund.amount, details)


def _post(postings: list[Posting], now: datetime) -> None:
    ledger.post(postings=postings, now=now)


def _tell(refund: Refund, topic: str, now: datetime) -> None:
    payload = {"refund": str(refund.pk), "owner": refund.deposit.owner_id, "amount": refund.amount}
    Outbox.objects.create(topic=topic, payload=payload | {"reason": refund.reason}, created_at=now)
