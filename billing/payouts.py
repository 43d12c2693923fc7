"""Money out: from a worker's balance to their bank, in three phases, each safe to die in.

1. `request` reserves: worker balance → payout pending, with the row, in one transaction.
2. `send` calls the provider with the row's own idempotency key, no transaction open.
3. `send` records the answer: payout pending → in transit, or back to the balance with the reason.
A crash anywhere leaves a row in a state; `sweep` finds it by state and age and goes on.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from billing import debts, gateway, ledger
from billing.gateway import GatewayAway, GatewayRefused
from billing.ledger import AccountKind, InsufficientFunds, KeyReused, Posting, platform
from billing.models import Outbox, Payout, PayoutAccount
from billing.money import CENT, AmountRefused, format_amount, parse_amount, whole_cents
from billing.wallets import earnings_of, on_its_way_of

log = logging.getLogger("tally.billing")

# A sender owns a payout this long; longer than all tries of one call together (gateway.TIMEOUT, RETRIES).
LEASE = timedelta(minutes=5)
FUNDS_RETRY = timedelta(minutes=10)
# The provider forgets an idempotency key after 24 h: from here on, look before creating.
KEY_TRUSTED = timedelta(hours=23)
BATCH = 200
S = Payout.State

REASONS = {
    "balance_insufficient": "The platform is waiting for funds at its bank; the payout is tried again by itself.",
    "insufficient_capabilities_for_transfer": "Your payout account cannot receive money yet.",
    "resource_missing": "Your payout account is no longer known to the payment provider.",
    "account_closed": "Your payout account was closed.",
}


class Worker(Protocol):
    """Who is paid."""

    pk: Any


def minimum() -> int:
    """The least payout, micro-units."""
    return parse_amount(settings.PAYOUT_MINIMUM, field="PAYOUT_MINIMUM")


def request(*, worker: Worker, amount: int | None, idempotency_key: str, now: datetime) -> Payout:
    """Reserve a payout of `amount` micro-units, or of all whole cents there are; nothing is sent yet.

    The same key gives the same payout, with another amount it raises KeyReused; an empty key is a new one each time.
    Raises AmountRefused (rules: minimum, whole_cents, balance).
    """
    with transaction.atomic():
        earnings, pending = earnings_of(worker=worker), on_its_way_of(worker=worker)
        # The lock makes "all there is" and the first of two equal requests well defined.
        held = ledger.lock(account_ids=[earnings.pk, pending.pk])[earnings.pk].balance or 0
        # Behind the same lock: nobody is paid out what is due to a debt of theirs.
        held -= debts.settle_from_earnings(worker_id=worker.pk, now=now)
        known = Payout.objects.filter(worker_id=worker.pk, idempotency_key=idempotency_key).first()
        if known:
            if known.asked != amount:
                raise KeyReused("payout", idempotency_key)
            return known
        total = whole_cents(held) if amount is None else amount
        _check(total, held)
        payout = Payout.objects.create(
            worker_id=worker.pk, amount=total, asked=amount, currency=settings.CURRENCY,
            idempotency_key=idempotency_key or uuid4().hex, created_at=now,
        )  # fmt: skip
        reserve = Posting("payout_requested", str(payout.pk), earnings.pk, pending.pk, total, _details(payout))
        try:
            ledger.post(postings=[reserve], now=now)
        except InsufficientFunds as short:
            raise _short(short.available) from short
    return payout


def send(*, payout_id: UUID, now: datetime) -> Payout:
    """Call the provider for a reserved payout and record its answer. Any number of callers, any number of times.

    When the provider does not answer the payout stays `sending` and the sweeper tries again under the same key.
    Not to be called inside a transaction.
    """
    if not _take(payout_id, now):
        return Payout.objects.get(pk=payout_id)
    payout = Payout.objects.select_related("worker").get(pk=payout_id)
    try:
        transfer = _transfer(payout, now)
    except GatewayAway as away:
        log.warning("payout %s: %s", payout_id, away)
    except GatewayRefused as refused:
        reason = REASONS.get(refused.code, f"The payment provider refused it: {refused.message}")[:300]
        if refused.code == "balance_insufficient":
            _wait_for_funds(payout, reason)
        else:
            fail(payout_id=payout_id, attempt=payout.attempt, reason=reason, now=now)
    else:
        record_sent(payout_id=payout_id, transfer=transfer, now=now)
    payout.refresh_from_db()
    return payout


@transaction.atomic
def record_sent(*, payout_id: UUID, transfer: str, now: datetime) -> bool:
    """Payout pending → in transit; the provider has made the transfer. False when that was recorded before."""
    payout = _change(payout_id, S.SENDING, to=S.SENT, provider_transfer=transfer, sent_at=now, reason="")
    if payout is None:
        if not Payout.objects.filter(pk=payout_id, provider_transfer=transfer).exists():
            log.error("payout %s: transfer %s was made but the payout is not being sent", payout_id, transfer)
        return False
    transit = platform(AccountKind.TRANSFERS_IN_TRANSIT, currency=payout.currency)
    _post(payout, "payout_sent", on_its_way_of(worker=payout.worker).pk, transit.pk, now)
    _tell(payout, "payout.sent", now)
    return True


@transaction.atomic
def fail(*, payout_id: UUID, attempt: int, reason: str, now: datetime) -> bool:
    """Payout pending → worker balance, with the reason a worker reads.

    False when it is not open any more, or another attempt than the refused one is under way.
    """
    payout = _change(payout_id, S.SENDING, attempt=attempt, to=S.FAILED, reason=reason, finished_at=now)
    if payout is None:
        return False
    pending, earnings = on_its_way_of(worker=payout.worker), earnings_of(worker=payout.worker)
    _post(payout, "payout_failed", pending.pk, earnings.pk, now)
    _tell(payout, "payout.failed", now)
    return True


def sweep(*, now: datetime) -> None:
    """Go on with whatever was left: reserved but not sent, sent without a recorded answer, sent but not yet seen."""
    left = Payout.objects.filter(_takeable(now)).order_by("created_at").values_list("pk", flat=True)
    for payout_id in list(left[:BATCH]):
        send(payout_id=payout_id, now=now)
    for payout in list(Payout.objects.filter(state=S.SENT).order_by("sent_at")[:BATCH]):
        try:
            _clear(payout, now)
        except (GatewayAway, GatewayRefused) as away:
            log.warning("payout %s not seen yet: %s", payout.pk, away)


def record_recipient(*, account_id: str, payouts_enabled: bool, now: datetime) -> bool:
    """Take over whether a worker's account can be paid. False when it is none of ours."""
    known = PayoutAccount.objects.filter(provider_account=account_id)
    return bool(known.update(payouts_enabled=payouts_enabled, updated_at=now))


def _check(total: int, held: int) -> None:
    if total % CENT:
        raise AmountRefused("amount", "whole_cents", "A payout is in whole cents; the rest stays in your balance.")
    if total < minimum():
        raise AmountRefused("amount", "minimum", f"The least payout is {format_amount(minimum())}.")
    if total > held:
        raise _short(held)


def _short(held: int) -> AmountRefused:
    return AmountRefused("amount", "balance", f"Your balance is {format_amount(held)}.")


def _takeable(now: datetime) -> Q:
    return (
        Q(state=S.REQUESTED)
        | Q(state=S.SENDING, called_at__lt=now - LEASE)
        | Q(state=S.WAITING_FOR_FUNDS, called_at__lt=now - FUNDS_RETRY)
    )


def _take(payout_id: UUID, now: datetime) -> bool:
    """Become the one who calls. Guarded: zero rows means somebody else is calling, or it is over."""
    ours = Payout.objects.filter(_takeable(now), pk=payout_id).update(state=S.SENDING, called_at=now)
    Payout.objects.filter(pk=payout_id, state=S.SENDING, first_called_at=None).update(first_called_at=now)
    return bool(ours)


def _transfer(payout: Payout, now: datetime) -> str:
    """Phase 2. The key changes only after a definite refusal, so what is not known is asked again, never made twice."""
    repeated = payout.first_called_at is not None and payout.first_called_at < now
    if payout.first_called_at and now - payout.first_called_at > KEY_TRUSTED:
        try:
            found = gateway.find_transfer(reference=str(payout.pk))
        except GatewayRefused as refused:
            # Refusing to look is no decision about the transfer.
            raise GatewayAway(str(refused)) from refused
        if found:
            return found
    return gateway.create_transfer(
        reference=str(payout.pk), amount=payout.amount, currency=payout.currency,
        recipient=_recipient(payout, now, repeated), key=f"payout:{payout.pk}:{payout.attempt}",
    )  # fmt: skip


def _recipient(payout: Payout, now: datetime, repeated: bool) -> str:
    """The worker's account at the provider, opened when there is none.

    A repeated call goes to the provider even when the account was switched off since: the first one may have come
    through, and only the answer under its key tells.
    """
    account = PayoutAccount.objects.filter(worker_id=payout.worker_id).first()
    if account is None:
        made = gateway.create_recipient(
            reference=str(payout.worker_id), email=payout.worker.email, key=f"recipient:{payout.worker_id}"
        )
        account, _ = PayoutAccount.objects.get_or_create(
            worker_id=payout.worker_id,
            defaults={"provider_account": made.id, "payouts_enabled": made.payouts_enabled, "updated_at": now},
        )
    if not account.payouts_enabled and not repeated:
        seen = gateway.find_recipient(account_id=account.provider_account)
        record_recipient(account_id=seen.id, payouts_enabled=seen.payouts_enabled, now=now)
        if not seen.payouts_enabled:
            raise GatewayRefused("insufficient_capabilities_for_transfer", "payouts are not enabled")
    return account.provider_account


def _wait_for_funds(payout: Payout, reason: str) -> None:
    """The provider remembers its refusal under the old key, so the next attempt gets a new one."""
    Payout.objects.filter(pk=payout.pk, state=S.SENDING, attempt=payout.attempt).update(
        state=S.WAITING_FOR_FUNDS, reason=reason, attempt=F("attempt") + 1, first_called_at=None
    )


def _clear(payout: Payout, now: datetime) -> None:
    """In transit → stripe available: the transfer was seen leaving the bank balance."""
    seen = gateway.clearing_of_transfer(transfer_id=payout.provider_transfer or "")
    if seen is None or seen.available_on > now:
        return
    with transaction.atomic():
        if _change(payout.pk, S.SENT, to=S.PAID, finished_at=now):
            transit, bank = platform(AccountKind.TRANSFERS_IN_TRANSIT), platform(AccountKind.STRIPE_AVAILABLE)
            _post(payout, "payout_cleared", transit.pk, bank.pk, now)


def _change(
    payout_id: UUID, old: Payout.State, *, to: Payout.State, attempt: int | None = None, **fields: Any
) -> Payout | None:
    """The guarded change of state; None when somebody was first."""
    rows = Payout.objects.filter(pk=payout_id, state=old)
    if attempt is not None:
        rows = rows.filter(attempt=attempt)
    changed = rows.update(state=to, **fields)
    return Payout.objects.select_related("worker").get(pk=payout_id) if changed else None


def _post(payout: Payout, kind: str, source: int, target: int, now: datetime) -> None:
    ledger.post(postings=[Posting(kind, str(payout.pk), source, target, payout.amount, _details(payout))], now=now)


def _details(payout: Payout) -> dict[str, str]:
    return {"payout": str(payout.pk)}


def _tell(payout: Payout, topic: str, now: datetime) -> None:
    payload = {"payout": str(payout.pk), "worker": payout.worker_id, "amount": payout.amount, "reason": payout.reason}
    Outbox.objects.create(topic=topic, payload=payload, created_at=now)
