"""What the provider tells us: verified, stored word for word under its id, then processed in any order, any number
of times."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F

from billing import deposits, disputes, gateway, payout_accounts, refunds, returns
from billing.gateway import SignatureRefused
from billing.models import Event

log = logging.getLogger("tally.billing")
RETRY_AFTER = timedelta(seconds=30)
BATCH = 200


def handle(*, payload: bytes, signature: str, now: datetime) -> bool:
    """Take one delivery: store it, then process it. False when it is not the provider's.

    A processing fault leaves the event stored for the sweeper, so the provider may still be told "taken".
    """
    event = receive(payload=payload, signature=signature, now=now)
    if event is None:
        return False
    process(event_id=event.pk, now=now)
    return True


def receive(*, payload: bytes, signature: str, now: datetime) -> Event | None:
    """Verify and store an event under its own id; the one stored before when it was told before. None when the
    signature is not the provider's or older than 300 s."""
    try:
        told = gateway.read_event(payload=payload, signature=signature, now=now)
    except SignatureRefused as refused:
        log.warning("webhook refused: %s", refused)
        return None
    event = Event(pk=told["id"], type=told["type"][:100], body=payload.decode(), received_at=now)
    Event.objects.bulk_create([event], ignore_conflicts=True)
    return Event.objects.get(pk=told["id"])


def process(*, event_id: str, now: datetime) -> bool:
    """Bring an event's effect into the books, once. False when that failed and is to be tried again."""
    try:
        with transaction.atomic():
            event = Event.objects.select_for_update(no_key=True).get(pk=event_id)
            if event.state == Event.State.RECEIVED:
                ours = _dispatch(event, now)
                event.state = Event.State.DONE if ours else Event.State.IGNORED
                event.processed_at = event.tried_at = now
                event.problem = ""
                event.attempts += 1
                event.save(update_fields=["state", "processed_at", "tried_at", "problem", "attempts"])
        return True
    except Exception as fault:
        # Whatever it is, the event must neither be lost nor stop the others; the admin sees what is wrong with it.
        log.exception("event %s", event_id)
        problem = f"{type(fault).__name__}: {fault}"[:500]
        waiting = Event.objects.filter(pk=event_id, state=Event.State.RECEIVED)
        waiting.update(problem=problem, tried_at=now, attempts=F("attempts") + 1)
        return False


def process_pending(*, now: datetime) -> int:
    """Process the events whose processing was cut short or failed; returns how many are done now."""
    late = Event.objects.filter(state=Event.State.RECEIVED, received_at__lte=now - RETRY_AFTER)
    late = late.exclude(tried_at__gt=now - RETRY_AFTER).order_by("received_at", "pk")
    return sum(process(event_id=pk, now=now) for pk in list(late.values_list("pk", flat=True)[:BATCH]))


def _dispatch(event: Event, now: datetime) -> bool:
    """Do what the event means; False when it means nothing to us."""
    act = _MEANINGS.get(event.type)
    told = json.loads(event.body)
    subject = told.get("data", {}).get("object")
    if not act or not isinstance(subject, dict):
        return False
    # Of what happens on a worker's account at the provider the event alone says whose it is.
    return act({"account": told.get("account")} | subject, now)


def _checkout(session: Mapping[str, Any], now: datetime, failure: str = "") -> bool:
    """A payment page changed. Pages that do not carry our mark belong to something else on the same account."""
    reference = session.get("metadata", {}).get("tally_deposit")
    if not reference:
        return False
    page = gateway.read_checkout(session=dict(session))
    return deposits.record(page=page, reference=reference, now=now, failure=failure)


def _checkout_failed(session: Mapping[str, Any], now: datetime) -> bool:
    return _checkout(session, now, failure="The payment was refused by the bank.")


def _account(account: Mapping[str, Any], now: datetime) -> bool:
    return payout_accounts.note(provider_account=str(account.get("id")), now=now)


def _bank_account(place: Mapping[str, Any], now: datetime) -> bool:
    return payout_accounts.note(provider_account=str(place.get("account")), now=now)


def _bank_refused(payout: Mapping[str, Any], now: datetime) -> bool:
    """A worker's own bank sent back what the provider paid to it. The money waits in their account there."""
    return _bank_payment(payout, str(payout.get("failure_message") or "The bank sent the money back."), now)


def _bank_took(payout: Mapping[str, Any], now: datetime) -> bool:
    return _bank_payment(payout, "", now)


def _bank_payment(payout: Mapping[str, Any], problem: str, now: datetime) -> bool:
    made_at = datetime.fromtimestamp(int(payout.get("created") or 0), UTC)
    account = str(payout.get("account"))
    return payout_accounts.note_bank_payment(provider_account=account, made_at=made_at, problem=problem, now=now)


def _refund(refund: Mapping[str, Any], now: datetime) -> bool:
    return refunds.record(refund=gateway.read_refund(refund=refund), now=now)


def _refunds_of_charge(charge: Mapping[str, Any], now: datetime) -> bool:
    """A charge names its refunds only in older versions of the provider's API; newer ones tell each by itself."""
    listed = (charge.get("refunds") or {}).get("data") or []
    ours = [refunds.record(refund=gateway.read_refund(refund=refund), now=now) for refund in listed]
    return any(ours)


def _dispute(dispute: Mapping[str, Any], now: datetime) -> bool:
    return disputes.record(dispute=gateway.read_dispute(dispute=dispute), now=now)


def _transfer_reversed(transfer: Mapping[str, Any], now: datetime) -> bool:
    ours = [returns.record(reversal=one, now=now) for one in gateway.read_reversals(transfer=transfer)]
    return any(ours)


_MEANINGS: dict[str, Callable[[Mapping[str, Any], datetime], bool]] = {
    "checkout.session.completed": _checkout,
    "checkout.session.async_payment_succeeded": _checkout,
    "checkout.session.async_payment_failed": _checkout_failed,
    "checkout.session.expired": _checkout,
    "account.updated": _account,
    "account.external_account.created": _bank_account,
    "account.external_account.updated": _bank_account,
    "account.external_account.deleted": _bank_account,
    "payout.failed": _bank_refused,
    "payout.paid": _bank_took,
    "charge.refunded": _refunds_of_charge,
    "charge.refund.updated": _refund,
    "refund.created": _refund,
    "refund.updated": _refund,
    "refund.failed": _refund,
    "charge.dispute.created": _dispute,
    "charge.dispute.updated": _dispute,
    "charge.dispute.funds_withdrawn": _dispute,
    "charge.dispute.funds_reinstated": _dispute,
    "charge.dispute.closed": _dispute,
    "transfer.reversed": _transfer_reversed,
}
# What the provider must be asked to send.
WANTED = tuple(sorted(_MEANINGS))
