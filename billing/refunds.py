"""Part of a deposit back to the card it came from, in three phases, each safe to die in.

1. `request` takes the money: wallet → transfers in transit, with the row, in one transaction.
2. `send` calls the provider with the row's own idempotency key, no transaction open.
3. `record` takes over the answer; `sweep` sees the refund leave the bank: in transit → stripe available.
One that fails, even after it left, brings the money back into the wallet. Refunds that somebody made at the provider by
hand are facts: they are taken from the wallet whatever it holds, and kept until their payment is known if they are told
before it.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q, Sum

from billing import calling, debts, gateway, refund_steps
from billing.gateway import GatewayAway, GatewayRefused
from billing.ledger import AccountKind, KeyReused
from billing.models import Deposit, Dispute, Refund
from billing.money import CENT, AmountRefused, format_amount, whole_cents

log = logging.getLogger("tally.billing")

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
    deposit, purse = _lock(deposit_id)
    known = Refund.objects.filter(deposit=deposit, idempotency_key=idempotency_key).first()
    if known:
        if known.asked != amount:
            raise KeyReused("refund", idempotency_key)
        return known, False
    refund = Refund.objects.create(
        deposit=deposit, payment=deposit.provider_payment or "", amount=_demand(deposit, purse, amount), asked=amount,
        currency=deposit.currency, asked_by_id=asked_by.pk, idempotency_key=idempotency_key or uuid4().hex,
        created_at=now,
    )  # fmt: skip
    refund_steps.take_out(refund=refund, purse=purse, now=now)
    return refund, True


@transaction.atomic
def demand(*, deposit_id: UUID, amount: int | None) -> int:
    """What `request` would take now, micro-units. Raises Deposit.DoesNotExist, AmountRefused as `request` does."""
    deposit, purse = _lock(deposit_id)
    return _demand(deposit, purse, amount)


def send(*, refund_id: UUID, now: datetime) -> Refund:
    """Call the provider for a requested refund and record its answer. Any number of callers, any number of times.

    When the provider does not answer the refund stays `sending` and the sweeper tries again under the same key.
    Not to be called inside a transaction.
    """
    if calling.take(rows=Refund.objects.filter(pk=refund_id), where=_takeable(now), now=now):
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

    One that we did not ask for is entered as the bank's own. One of a payment that we do not know yet is kept, and
    posted once the payment is known (`catch_up`). Returns False for that, and for a payment that is none of ours.
    """
    # The deposit first, as whoever records its payment does: else each would miss what the other just wrote.
    paid = Deposit.objects.select_for_update(no_key=True).filter(provider_payment=refund.payment)
    deposit = paid.first() if refund.payment else None
    row = _row(refund, known_as) or _enter(refund, now)
    if row is None:
        return False
    if row.state in BEFORE:
        row = refund_steps.change(refund=row, to=S.SENT, provider_refund=refund.id, sent_at=now, reason="")
    if row.deposit_id is None and deposit:
        row = refund_steps.place(refund=row, deposit=deposit, now=now)
    if refund.status in ("failed", "canceled") and row.state != S.FAILED:
        reason = REASONS.get(refund.reason, "The bank could not pay it to the card.")
        refund_steps.come_back(refund=row, left=refund.left, reason=reason, now=now)
    return row.deposit_id is not None


def catch_up(*, deposit: Deposit, now: datetime) -> int:
    """Bring the refunds into the books that were told before their payment was; the caller has locked the deposit."""
    early = Refund.objects.select_for_update(no_key=True).filter(payment=deposit.provider_payment, deposit=None)
    rows = list(early.order_by("pk"))
    for row in rows:
        refund_steps.place(refund=row, deposit=deposit, now=now)
    return len(rows)


def sweep(*, now: datetime) -> None:
    """Go on with whatever was left: requested but not sent, sent without a recorded answer, told in the very moment in
    which their payment was recorded, sent but not yet seen."""
    left = Refund.objects.filter(_takeable(now)).order_by("created_at").values_list("pk", flat=True)
    for refund_id in list(left[: calling.BATCH]):
        send(refund_id=refund_id, now=now)
    early = Refund.objects.filter(deposit=None).values("payment")
    for deposit_id in list(Deposit.objects.filter(provider_payment__in=early).values_list("pk", flat=True)):
        with transaction.atomic():
            catch_up(deposit=Deposit.objects.select_for_update(no_key=True).get(pk=deposit_id), now=now)
    sent = Refund.objects.filter(state=S.SENT).exclude(deposit=None).order_by("sent_at")
    for refund in list(sent[: calling.BATCH]):
        try:
            _look(refund, now)
        except (GatewayAway, GatewayRefused) as away:
            log.warning("refund %s not seen yet: %s", refund.pk, away)


def _look(refund: Refund, now: datetime) -> None:
    """Ask how one that was sent stands: it may also have failed without anybody telling us."""
    told = gateway.look_at_refund(refund_id=refund.provider_refund or "")
    if told.status in ("failed", "canceled"):
        record(refund=told, now=now)
    elif told.clearing is not None and told.clearing.available_on <= now:
        clear(refund_id=refund.pk, now=now)


@transaction.atomic
def clear(*, refund_id: UUID, now: datetime) -> bool:
    """In transit → stripe available: the refund was seen leaving the bank. False when that was recorded before."""
    refund = Refund.objects.select_for_update(of=("self",), no_key=True).select_related("deposit").get(pk=refund_id)
    if refund.state != S.SENT or refund.deposit_id is None:
        return False
    refund_steps.arrive(refund=refund, now=now)
    return True


def _lock(deposit_id: UUID) -> tuple[Deposit, debts.Purse]:
    deposit = Deposit.objects.select_for_update(no_key=True).get(pk=deposit_id)
    return deposit, debts.lock(kind=AccountKind.WALLET, owner_id=deposit.owner_id, currency=deposit.currency)


def _demand(deposit: Deposit, purse: debts.Purse, amount: int | None) -> int:
    """The amount asked for, or all there is, if it may go."""
    left = refundable(deposit=deposit)
    total = whole_cents(min(left, purse.holds)) if amount is None else amount
    if purse.owed > 0:
        raise AmountRefused("amount", "debt", f"{format_amount(purse.owed)} is owed; nothing is paid back before that.")
    if left <= 0:
        raise AmountRefused("deposit", "deposit", "Nothing of this deposit can be paid back to the card.")
    if total % CENT:
        raise AmountRefused("amount", "whole_cents", "A refund is in whole cents.")
    if total > left:
        raise AmountRefused("amount", "deposit", f"Of this deposit {format_amount(left)} can still be paid back.")
    if total > purse.holds:
        raise AmountRefused("amount", "balance", f"The wallet holds {format_amount(purse.holds)}.")
    if total <= 0:
        raise AmountRefused("amount", "minimum", f"The least refund is {format_amount(CENT)}.")
    return total


def _takeable(now: datetime) -> Q:
    return calling.to_begin(now=now) | calling.cut_short(now=now)


def _make(refund: Refund, now: datetime) -> gateway.Refund:
    """Phase 2. The key changes only after a definite refusal, so what is not known is asked again, never made twice."""
    if calling.is_forgotten(row=refund, now=now):
        try:
            found = gateway.find_refund(payment=refund.payment, reference=str(refund.pk))
        except GatewayRefused as refused:
            raise GatewayAway(str(refused)) from refused  # refusing to look is no decision about the refund
        if found:
            return found
    key = f"refund:{refund.pk}:{refund.attempt}"
    return gateway.create_refund(payment=refund.payment, amount=refund.amount, reference=str(refund.pk), key=key)


@transaction.atomic
def _refused(refund: Refund, refused: GatewayRefused, now: datetime) -> None:
    ours = Refund.objects.select_for_update(of=("self",), no_key=True).select_related("deposit")
    row = ours.filter(pk=refund.pk, state=S.SENDING, attempt=refund.attempt).first()
    if row is None:
        return
    if refused.code in SHORT:
        # The provider remembers its refusal under the old key, so the next attempt gets a new one.
        again = {"attempt": F("attempt") + 1, "first_called_at": None}
        refund_steps.change(refund=row, to=S.WAITING_FOR_FUNDS, reason=WAITS, **again)
    else:
        reason = REASONS.get(refused.code, f"The payment provider refused it: {refused.message}")
        refund_steps.come_back(refund=row, left=False, reason=reason, now=now)


def _row(refund: gateway.Refund, known_as: UUID | None) -> Refund | None:
    """The row of a refund, locked: the one whose reference it carries, unless that became another one; else by the
    provider's id."""
    rows = Refund.objects.select_for_update(of=("self",), no_key=True).select_related("deposit")
    try:
        ours = rows.filter(pk=known_as or UUID(refund.reference or "")).first()
    except ValueError:
        ours = None
    if ours and (ours.provider_refund == refund.id or ours.state in BEFORE):
        return ours
    if ours:
        log.error("refund %s is %s at the provider, and %s too", ours.pk, ours.provider_refund, refund.id)
    return rows.filter(provider_refund=refund.id).first()


def _enter(refund: gateway.Refund, now: datetime) -> Refund | None:
    """A refund made at the provider by hand, or one too many of ours. The row, locked; nothing is posted yet."""
    if not refund.payment or refund.amount <= 0:
        return None
    fresh = Refund(
        payment=refund.payment, amount=refund.amount, idempotency_key=refund.id, state=S.SENT,
        provider_refund=refund.id, created_at=now, sent_at=now,
    )  # fmt: skip
    Refund.objects.bulk_create([fresh], ignore_conflicts=True)
    return Refund.objects.select_for_update(of=("self",), no_key=True).get(provider_refund=refund.id)
