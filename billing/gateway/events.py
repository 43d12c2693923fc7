"""What the provider tells us: taken only with its signature."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import datetime
from typing import Any

import stripe
from django.conf import settings

from billing.gateway.answers import SignatureRefused

SIGNATURE_TOLERANCE = 300


def read_event(*, payload: bytes, signature: str, now: datetime) -> dict[str, Any]:
    """The event in a webhook's body. Raises SignatureRefused unless the provider signed it within 300 s of `now`."""
    try:
        _verify(payload, signature)
        signed_at = int(next(part[2:] for part in signature.split(",") if part.startswith("t=")))
        event = json.loads(payload)
    except ValueError as refused:
        raise SignatureRefused(str(refused)) from None
    if abs(now.timestamp() - signed_at) > SIGNATURE_TOLERANCE:
        raise SignatureRefused(f"signed at {signed_at}, more than {SIGNATURE_TOLERANCE} s from now")
    if not isinstance(event, dict) or not isinstance(event.get("id"), str) or not isinstance(event.get("type"), str):
        raise SignatureRefused("not an event")
    return event


def _verify(payload: bytes, signature: str) -> None:
    """Signed with one of our secrets: the provider gives one for the platform's own events and another for those of
    connected accounts, and two of each while one is being rolled over."""
    secrets = [secret.strip() for secret in settings.STRIPE_WEBHOOK_SECRET.split(",") if secret.strip()]
    for secret in secrets:
        # The library would compare with its own clock; the time of signing is compared with ours.
        with suppress(stripe.SignatureVerificationError):
            stripe.WebhookSignature.verify_header(payload, signature, secret, tolerance=None)
            return
    raise SignatureRefused("signed with none of our secrets")
