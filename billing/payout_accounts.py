"""Where a worker is paid: opened once, looked at whenever the provider says that something changed.

What the provider tells comes in any order, so nothing is taken from it but that there is news; the account is then
asked for, and the latest question wins.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction

from billing import gateway, sealing
from billing.gateway import GatewayAway, GatewayRefused, Recipient
from billing.models import Method, Outbox, Payout, PayoutAccount

log = logging.getLogger("tally.billing")
CHANGED, READY, LOST = "payout_account.changed", "payout_account.ready", "payout_account.not_ready"
BANK_PROBLEM = "payout_account.bank_problem"
BATCH = 200
LONGEST_DETAILS = 500


class Person(Protocol):
    """Anybody who may have a payout account."""

    pk: Any


class Worker(Person, Protocol):
    """Who is paid."""

    email: str


class MethodBusy(Exception):
    """The way of paying cannot change while a payout is under way."""


def account_of(*, worker: Person) -> PayoutAccount | None:
    """The worker's payout account, if they have one."""
    return PayoutAccount.objects.filter(worker_id=worker.pk).first()


def open_at_provider(*, worker: Worker, country: str, now: datetime) -> PayoutAccount:
    """Open the worker's account at the provider, once. Not to be called inside a transaction.

    Raises GatewayAway, GatewayRefused, MethodBusy when money is on its way to details given before.
    """
    known = account_of(worker=worker)
    if known and known.provider_account and known.method == Method.PROVIDER:
        return known
    if known and known.provider_account:
        made = gateway.find_recipient(account_id=known.provider_account)
    else:
        made = gateway.create_recipient(
            reference=str(worker.pk), email=worker.email, country=country or settings.STRIPE_COUNTRY,
            key=f"recipient:{worker.pk}:{country}",
        )  # fmt: skip
    with transaction.atomic():
        account = _locked(worker)
        _switch(account, Method.PROVIDER)
        account.provider_account, account.sealed_details = made.id, ""
        _take_over(account, made, now)
    return account


def onboarding_link(*, account: PayoutAccount, refresh_url: str, return_url: str) -> str:
    """The provider's page where the worker says what is still missing. Raises GatewayAway, GatewayRefused."""
    assert account.provider_account, "only for accounts at the provider"
    return gateway.onboarding_link(account_id=account.provider_account, refresh_url=refresh_url, return_url=return_url)


@transaction.atomic
def give_details(*, worker: Worker, country: str, details: str, now: datetime) -> PayoutAccount:
    """Be paid by the operator's bank, by these details. They can be replaced, and are shown to nobody again but to
    whoever makes the bank's file. Raises MethodBusy while a payout to the provider is under way."""
    account = _locked(worker)
    _switch(account, Method.MANUAL)
    seen = sealing.fingerprint(text=details)
    if account.sealed_details and account.bank_fingerprint == seen:
        return account
    account.sealed_details, account.country = sealing.seal(text=details), country
    account.details_submitted, account.currently_due, account.disabled_reason = True, [], ""
    _settle(account, fingerprint=seen, ready=True, now=now)
    return account


def note(*, provider_account: str, now: datetime) -> bool:
    """The provider says that an account changed: it is looked at by the next sweep. False when it is none of ours."""
    known = PayoutAccount.objects.filter(provider_account=provider_account)
    return bool(known.update(told_at=now))


@transaction.atomic
def note_bank_payment(*, provider_account: str, made_at: datetime, problem: str, now: datetime) -> bool:
    """How the provider's payment to the worker's own bank ended: `problem` says why the bank sent it back.

    In any order, any number of times: what is said of a later payment stays, and one that came back after it had
    arrived came back. False when the account is none of ours.
    """
    account = PayoutAccount.objects.select_for_update(no_key=True).filter(provider_account=provider_account).first()
    if account is None:
        return False
    problem, known = problem[:300], account.bank_told_of
    if known is None or made_at > known or (made_at == known and problem):
        PayoutAccount.objects.filter(pk=account.pk).update(bank_problem=problem, bank_told_of=made_at, told_at=now)
        if problem and (problem, made_at) != (account.bank_problem, known):
            _tell(account, BANK_PROBLEM, now, reason=problem)
    return True


def look(*, account: PayoutAccount, now: datetime) -> PayoutAccount:
    """Ask the provider how an account stands, and take it over. Not to be called inside a transaction.

    Raises GatewayAway, GatewayRefused. Of two who ask at once, what was asked for later stays.
    """
    assert account.provider_account, "only for accounts at the provider"
    seen = gateway.find_recipient(account_id=account.provider_account)
    with transaction.atomic():
        account = PayoutAccount.objects.select_for_update(no_key=True).get(pk=account.pk)
        if account.method == Method.PROVIDER and (account.seen_at is None or account.seen_at <= now):
            _take_over(account, seen, now)
    return account


def sweep(*, now: datetime) -> None:
    """Look at the accounts of which there is news."""
    waiting = PayoutAccount.objects.filter(told_at__isnull=False).exclude(provider_account=None)
    for account in list(waiting.order_by("told_at")[:BATCH]):
        try:
            look(account=account, now=now)
        except (GatewayAway, GatewayRefused) as away:
            log.warning("%s is not looked at yet: %s", account, away)


def _locked(worker: Person) -> PayoutAccount:
    """The worker's account, or a new one that is not stored yet. The person is locked, so that there is one of it."""
    get_user_model().objects.select_for_update(no_key=True).get(pk=worker.pk)
    return PayoutAccount.objects.filter(worker_id=worker.pk).first() or PayoutAccount(worker_id=worker.pk)


def _switch(account: PayoutAccount, method: Method) -> None:
    """Change the way, if it is one. Not while money is under way by the other; nor by hand for the first time while the
    provider may be opening an account for a payout that is being sent."""
    is_first = not (account.provider_account or account.sealed_details)
    open_ones = (Payout.State.SENDING,) if is_first and method == Method.MANUAL else () if is_first else Payout.OPEN
    if (is_first or account.method != method) and Payout.objects.filter(
        worker_id=account.worker_id, state__in=open_ones
    ).exists():
        raise MethodBusy("A payout is under way. Wait until it has arrived, or cancel it.")
    account.method = method


def _take_over(account: PayoutAccount, seen: Recipient, now: datetime) -> None:
    account.country = seen.country or account.country
    account.details_submitted, account.currently_due = seen.details_submitted, list(seen.currently_due)
    account.disabled_reason = (seen.disabled_reason or "")[:100]
    account.seen_at = now
    if account.told_at and account.told_at <= now:
        account.told_at = None
    _settle(account, fingerprint=seen.bank_fingerprint or "", ready=seen.payouts_enabled, now=now)


def _settle(account: PayoutAccount, *, fingerprint: str, ready: bool, now: datetime) -> None:
    """Save, and tell what changed. A fingerprint once known is kept: taking a bank account away and naming another is
    a change too."""
    is_new, before, was_ready = account.pk is None, account.bank_fingerprint, account.payouts_enabled
    moved = bool(fingerprint) and fingerprint != before
    if fingerprint:
        account.bank_fingerprint = fingerprint
    if moved and before:
        account.held_until = now + timedelta(hours=settings.PAYOUT_CHANGE_HOLD_HOURS)
    if moved or ready != was_ready:
        account.turned_at = now
    if moved:
        account.bank_problem = ""
    account.payouts_enabled, account.updated_at = ready, now
    account.save()
    if moved:
        _tell(account, CHANGED, now, held=bool(before))
    if ready != was_ready and not is_new:
        _tell(account, READY if ready else LOST, now)


def _tell(account: PayoutAccount, topic: str, now: datetime, **more: Any) -> None:
    payload = {"account": account.pk, "worker": account.worker_id, **more}
    Outbox.objects.create(topic=topic, payload=payload, created_at=now)
