"""Money in: from a requester's card, through the provider's checkout page, into the wallet."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction

from billing import debts, disputes, gateway, ledger, refunds
from billing.gateway import Checkout, GatewayAway, GatewayRefused
from billing.ledger import AccountKind, KeyReused, Posting, platform
from billing.models import Deposit, Outbox
from billing.money import CENT, LARGEST, AmountRefused, format_amount

log = logging.getLogger("tally.billing")

MINIMUM = 500_000  # what the provider takes at least, $0.50
MAXIMUM = LARGEST
# How long we wait for the provider to tell us before we ask.
ASK_AFTER = timedelta(minutes=10)
# A payment page lives a day; after that there is nothing to ask about.
ASK_UNTIL = timedelta(days=2)


class Owner(Protocol):
    """Whose wallet it is."""

    pk: Any
    email: str


def start(
    *, owner: Owner, amount: int, idempotency_key: str, success_url: str, cancel_url: str, now: datetime
) -> Deposit:
    """Open a payment page for `amount` micro-units; `.checkout_url` is where the owner pays.

    The same key gives the same deposit, with another amount it raises KeyReused; an empty key is a new one each time.
    Raises AmountRefused for an amount the provider cannot take, GatewayAway when the provider does not answer: then
    the same call again goes on.
    Not to be called inside a transaction.
    """
    deposit, _ = reserve(
        owner=owner, amount=amount, idempotency_key=idempotency_key, success_url=success_url, cancel_url=cancel_url,
        now=now,
    )  # fmt: skip
    if deposit.checkout_url:
        return deposit
    page = gateway.create_checkout(
        reference=str(deposit.pk), amount=deposit.amount, currency=deposit.currency, email=owner.email,
        success_url=deposit.success_url, cancel_url=deposit.cancel_url, key=f"deposit:{deposit.pk}",
    )  # fmt: skip
    Deposit.objects.filter(pk=deposit.pk, provider_session=None).update(provider_session=page.id, checkout_url=page.url)
    deposit.refresh_from_db()
    return deposit


def reserve(
    *, owner: Owner, amount: int, idempotency_key: str, success_url: str, cancel_url: str, now: datetime
) -> tuple[Deposit, bool]:
    """The deposit of this key, and whether it is new; `start` with the same key opens its payment page.

    For callers that have something of their own to write in the transaction that makes the row. Raises as `start`.
    """
    check_amount(amount=amount)
    deposit, is_new = Deposit.objects.get_or_create(
        owner_id=owner.pk, idempotency_key=idempotency_key or uuid4().hex,
        defaults={
            "amount": amount, "currency": settings.CURRENCY, "success_url": success_url, "cancel_url": cancel_url,
            "created_at": now,
        },
    )  # fmt: skip
    if deposit.amount != amount:
        raise KeyReused("deposit", idempotency_key)
    return deposit, is_new


def check_amount(*, amount: int, field: str = "amount") -> None:
    """Raise AmountRefused unless a card can be charged with `amount` micro-units."""
    if amount < MINIMUM:
        raise AmountRefused(field, "minimum", f"The least deposit is {format_amount(MINIMUM)}.")
    if amount > MAXIMUM:
        raise AmountRefused(field, "maximum", f"The greatest deposit is {format_amount(MAXIMUM)}.")
    if amount % CENT:
        raise AmountRefused(field, "whole_cents", "A deposit is in whole cents.")


def cancel(*, deposit_id: UUID, now: datetime) -> Deposit:
    """Close the payment page of a deposit that was not paid; one that was paid meanwhile is paid."""
    deposit = Deposit.objects.get(pk=deposit_id)
    if deposit.state == Deposit.State.WAITING and deposit.provider_session:
        try:
            page = gateway.expire_checkout(session_id=deposit.provider_session)
        except GatewayRefused:
            page = gateway.find_checkout(session_id=deposit.provider_session)
        record(page=page, reference=str(deposit_id), now=now)
        deposit.refresh_from_db()
    return deposit


@transaction.atomic
def record(*, page: Checkout, reference: str | None, now: datetime, failure: str = "") -> bool:
    """Take over how a payment page stands: any order, any number of times; paid wins over everything.

    `reference` is the deposit the page names. Returns False when the page is none of ours. Money we cannot place
    (unknown deposit, another amount) is a fact of the bank all the same: it goes to suspense, which alarms.
    """
    deposit = _deposit(reference)
    if page.paid and page.payment:
        if deposit is None or deposit.amount != page.amount or deposit.provider_payment not in (None, page.payment):
            return _to_suspense(page, reference, now)
        return _paid(deposit, page, page.payment, now)
    if deposit is None:
        return False
    state = Deposit.State.FAILED if failure else Deposit.State.EXPIRED if page.status == "expired" else None
    if state:
        Deposit.objects.filter(pk=deposit.pk, state=Deposit.State.WAITING).update(state=state, reason=failure)
    return True


def sweep(*, now: datetime) -> None:
    """Ask about payments we were not told of, and see which paid deposits became available at the bank."""
    silent = Deposit.objects.filter(
        state=Deposit.State.WAITING, created_at__lt=now - ASK_AFTER, created_at__gt=now - ASK_UNTIL
    ).exclude(provider_session=None)
    _each(silent, lambda deposit: _ask(deposit, now))
    uncleared = Deposit.objects.filter(state=Deposit.State.PAID, cleared_at=None).order_by("paid_at")[:500]
    _each(uncleared, lambda deposit: _clear(deposit, now))


def _each(deposits: Any, call: Callable[[Deposit], None]) -> None:
    """One that cannot be had now does not stop the others; an absent provider stops them all until the next sweep."""
    for deposit in deposits:
        try:
            call(deposit)
        except GatewayAway as away:
            log.warning("deposits: %s", away)
            return
        except GatewayRefused as refused:
            log.error("deposit %s: %s", deposit.pk, refused)


def _ask(deposit: Deposit, now: datetime) -> None:
    page = gateway.find_checkout(session_id=deposit.provider_session or "")
    record(page=page, reference=str(deposit.pk), now=now)


def _deposit(reference: str | None) -> Deposit | None:
    try:
        return Deposit.objects.select_for_update(no_key=True).filter(pk=UUID(reference or "")).first()
    except ValueError:
        return None


def _paid(deposit: Deposit, page: Checkout, payment: str, now: datetime) -> bool:
    """Bank, pending → wallet, once: the deposit is locked, and its state says whether it was done."""
    if deposit.state == Deposit.State.PAID:
        return True
    Deposit.objects.filter(pk=deposit.pk).update(
        state=Deposit.State.PAID, reason="", provider_session=page.id, provider_payment=payment, paid_at=now
    )
    bank = platform(AccountKind.STRIPE_PENDING, currency=deposit.currency)
    # A debt comes first: of the first new money, and of what disputes and refunds told before the payment now take.
    purse = debts.lock(kind=AccountKind.WALLET, owner_id=deposit.owner_id, currency=deposit.currency)
    paid = Posting("deposit", payment, bank.pk, purse.account, deposit.amount, {"deposit": str(deposit.pk)})
    ledger.post(postings=purse.give(paid), now=now)
    deposit.provider_payment = payment
    disputes.catch_up(deposit=deposit, now=now)
    refunds.catch_up(deposit=deposit, now=now)
    Outbox.objects.create(
        topic="deposit.paid", created_at=now,
        payload={"deposit": str(deposit.pk), "owner": deposit.owner_id, "amount": deposit.amount},
    )  # fmt: skip
    return True


def _to_suspense(page: Checkout, reference: str | None, now: datetime) -> bool:
    assert page.payment, "only called for a page that was paid"
    log.error("payment %s of %s cannot be placed (deposit %s)", page.payment, page.amount, reference)
    bank, suspense = platform(AccountKind.STRIPE_PENDING), platform(AccountKind.SUSPENSE)
    details = {"session": page.id, "deposit": reference}
    ledger.post(postings=[Posting("unplaced", page.payment, bank.pk, suspense.pk, page.amount, details)], now=now)
    return True


def _clear(deposit: Deposit, now: datetime) -> None:
    """The money is available at the bank, less the provider's fee.

    Both accounts are assets, so their balances are negative, and what becomes available goes *from* available
    *to* pending in the books.
    """
    seen = gateway.clearing_of_payment(payment_id=deposit.provider_payment or "")
    if seen is None or seen.available_on > now:
        return
    available, pending = platform(AccountKind.STRIPE_AVAILABLE), platform(AccountKind.STRIPE_PENDING)
    details = {"deposit": str(deposit.pk)}
    postings = [Posting("deposit_cleared", seen.id, available.pk, pending.pk, seen.amount - seen.fee, details)]
    if seen.fee:
        fees = platform(AccountKind.STRIPE_FEES)
        postings.append(Posting("deposit_fee", seen.id, fees.pk, pending.pk, seen.fee, details))
    with transaction.atomic():
        ledger.post(postings=postings, now=now)
        Deposit.objects.filter(pk=deposit.pk, cleared_at=None).update(cleared_at=now, fee=seen.fee)
