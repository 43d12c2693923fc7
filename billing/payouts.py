"""Money out: from a worker's balance to their bank, in three phases, each safe to die in.

1. `request` reserves: worker balance → payout pending, with the row, in one transaction.
2. `send` calls the provider with the row's own idempotency key, no transaction open.
3. `send` records the answer: payout pending → in transit, or back to the balance with the reason.
A crash anywhere leaves a row in a state; `sweep` finds it by state and age and goes on. What goes by the operator's
own bank leaves this road at phase 2 (`paying_by_hand`); what is above the limit enters it when two admins agreed
(`approvals`).
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q

from billing import calling, debts, gateway, ledger, payable, payout_accounts
from billing.gateway import GatewayAway, GatewayRefused
from billing.ledger import AccountKind, KeyReused
from billing.models import Method, Payout, PayoutAccount
from billing.money import AmountRefused
from billing.payout_steps import NotInThatState, arrive, change, give_back, leave, move
from billing.wallets import earnings_of, on_its_way_of

__all__ = ["NotInThatState", "cancel", "fail", "record_sent", "request", "send", "sweep"]

log = logging.getLogger("tally.billing")

S = Payout.State

REASONS = {
    "balance_insufficient": "The platform is waiting for funds at its bank; the payout is tried again by itself.",
    "insufficient_capabilities_for_transfer": "Your payout account cannot receive money yet.",
    "resource_missing": "Your payout account is no longer known to the payment provider.",
    "account_closed": "Your payout account was closed.",
    "account_invalid": "Your payout account is no longer known to the payment provider.",
}


class Worker(Protocol):
    """Who is paid."""

    pk: Any


def request(
    *, worker: Worker, amount: int | None, idempotency_key: str, now: datetime, leaving: bool = False,
    retry_of: Payout | None = None,
) -> Payout:  # fmt: skip
    """Reserve a payout of `amount` micro-units, or of all that is payable; nothing is sent yet.

    The same key gives the same payout, with another amount it raises KeyReused; an empty key is a new one each time.
    Who is `leaving` may have less than the minimum. Raises AmountRefused (rules: minimum, whole_cents, balance, held,
    account: where it would go cannot take it).
    """
    with transaction.atomic():
        earnings, pending = earnings_of(worker=worker), on_its_way_of(worker=worker)
        # The lock makes "all there is" and the first of two equal requests well defined.
        ledger.lock(account_ids=[earnings.pk, pending.pk])
        # Behind the same lock: nobody is paid out what is due to a debt of theirs.
        debts.settle_from_earnings(worker_id=worker.pk, now=now)
        known = Payout.objects.filter(worker_id=worker.pk, idempotency_key=idempotency_key).first()
        if known:
            if known.asked != amount:
                raise KeyReused("payout", idempotency_key)
            return known
        account = payout_accounts.account_of(worker=worker)
        may = payable.payable_of(worker=worker, now=now)
        total = may.amount if amount is None else amount
        payable.check(wanted=total, payable=may, leaving=leaving)
        if account and not account.payouts_enabled:
            raise AmountRefused("amount", "account", REASONS["insufficient_capabilities_for_transfer"])
        needs_approval = payable.needs_approval(worker=worker, amount=total, now=now)
        payout = Payout.objects.create(
            worker_id=worker.pk, amount=total, asked=amount, currency=settings.CURRENCY,
            idempotency_key=idempotency_key or uuid4().hex, created_at=now, needs_approval=needs_approval,
            state=S.AWAITING_APPROVAL if needs_approval else S.REQUESTED, retry_of=retry_of,
            method=account.method if account else Method.PROVIDER,
        )  # fmt: skip
        move(payout=payout, steps=[("payout_requested", earnings.pk, pending.pk)], now=now)
    return payout


def cancel(*, payout_id: UUID, now: datetime) -> Payout:
    """Take a payout back that nobody has begun to send. Raises NotInThatState for any other."""
    done = give_back(
        payout_id=payout_id,
        old=Payout.CANCELLABLE,
        where=Q(exported_at=None),
        to=S.CANCELLED,
        reason="You cancelled it.",
        now=now,
    )
    if done is None:
        raise NotInThatState(Payout.objects.get(pk=payout_id))
    return done


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
            fail(payout_id=payout_id, attempt=payout.attempt, reason=reason, code=refused.code, now=now)
    else:
        record_sent(payout_id=payout_id, transfer=transfer, now=now)
    payout.refresh_from_db()
    return payout


def record_sent(*, payout_id: UUID, transfer: str, now: datetime) -> bool:
    """Payout pending → in transit; the provider has made the transfer. False when that was recorded before."""
    if leave(payout_id=payout_id, old=S.SENDING, provider_transfer=transfer, now=now):
        return True
    if not Payout.objects.filter(pk=payout_id, provider_transfer=transfer).exists():
        log.error("payout %s: transfer %s was made but the payout is not being sent", payout_id, transfer)
    return False


def fail(*, payout_id: UUID, attempt: int, reason: str, now: datetime, code: str = "") -> bool:
    """Payout pending → worker balance, with the reason a worker reads.

    False when it is not open any more, or another attempt than the refused one is under way.
    """
    done = give_back(
        payout_id=payout_id, old=[S.SENDING], where=Q(attempt=attempt), to=S.FAILED, reason=reason,
        failure_code=code[:100], now=now,
    )  # fmt: skip
    return done is not None


def sweep(*, now: datetime) -> None:
    """Go on with whatever was left: reserved but not sent, sent without a recorded answer, sent but not yet seen."""
    payout_accounts.sweep(now=now)
    left = Payout.objects.filter(_takeable(now)).order_by("created_at").values_list("pk", flat=True)
    for payout_id in list(left[: calling.BATCH]):
        send(payout_id=payout_id, now=now)
    for payout in list(
        Payout.objects.filter(state=S.SENT, method=Method.PROVIDER).order_by("sent_at")[: calling.BATCH]
    ):
        try:
            _clear(payout, now)
        except (GatewayAway, GatewayRefused) as away:
            log.warning("payout %s not seen yet: %s", payout.pk, away)


def _takeable(now: datetime) -> Q:
    """What may be sent now. Where the money goes changed a short while ago, it waits; but not what may have been sent
    already: only the provider knows, and only the answer under the same key tells."""
    held = Q(worker_id__in=PayoutAccount.objects.filter(held_until__gt=now).values("worker_id"))
    return calling.to_begin(now=now) & ~held | calling.cut_short(now=now)


def _take(payout_id: UUID, now: datetime) -> bool:
    """Become the one who calls. What is to be paid by hand is put where admins find it instead."""
    method = PayoutAccount.objects.filter(worker__payouts=payout_id).values_list("method", flat=True).first()
    if method == Method.MANUAL:
        change(payout_id=payout_id, old=S.REQUESTED, where=_takeable(now), to=S.BY_HAND, method=Method.MANUAL)
        return False
    rows = Payout.objects.filter(pk=payout_id)
    return calling.take(rows=rows, where=_takeable(now), now=now, method=Method.PROVIDER)


def _transfer(payout: Payout, now: datetime) -> str:
    """Phase 2. The key changes only after a definite refusal, so what is not known is asked again, never made twice."""
    repeated = payout.first_called_at is not None and payout.first_called_at < now
    if calling.is_forgotten(row=payout, now=now):
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
    account = payout_accounts.account_of(worker=payout.worker)
    if account is None or account.provider_account is None:
        country = account.country if account else ""
        account = payout_accounts.open_at_provider(worker=payout.worker, country=country, now=now)
    if not account.payouts_enabled and not repeated:
        account = payout_accounts.look(account=account, now=now)
        if not account.payouts_enabled:
            raise GatewayRefused("insufficient_capabilities_for_transfer", "payouts are not enabled")
    assert account.provider_account, "it was just opened"
    return account.provider_account


def _wait_for_funds(payout: Payout, reason: str) -> None:
    """The provider remembers its refusal under the old key, so the next attempt gets a new one."""
    Payout.objects.filter(pk=payout.pk, state=S.SENDING, attempt=payout.attempt).update(
        state=S.WAITING_FOR_FUNDS, reason=reason, attempt=F("attempt") + 1, first_called_at=None
    )


def _clear(payout: Payout, now: datetime) -> None:
    """In transit → stripe available: the transfer was seen leaving the bank balance."""
    seen = gateway.clearing_of_transfer(transfer_id=payout.provider_transfer or "")
    if seen is not None and seen.available_on <= now:
        arrive(payout_id=payout.pk, bank=AccountKind.STRIPE_AVAILABLE, now=now)
