"""The provider's client, and its errors in our two words: decided against, or not known."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

import stripe
from django.conf import settings
from stripe import StripeClient

from billing.gateway.answers import GatewayAway, GatewayRefused

# One call tries three times at most; a caller's lease (calling.LEASE) must outlast all of them.
TIMEOUT = 15
RETRIES = 2
# What the provider answers with 403 though it is a decision: an account that is not, or no longer, one of ours.
NOT_OURS = "account_invalid"


def _client() -> StripeClient:
    sandbox = settings.STRIPE_API_BASE if settings.BILLING_GATEWAY == "sandbox" else None
    return _client_for(settings.STRIPE_API_KEY, sandbox)


@lru_cache(maxsize=4)
def _client_for(key: str, sandbox: str | None) -> StripeClient:
    return StripeClient(
        key,
        base_addresses={"api": sandbox} if sandbox else {},
        max_network_retries=RETRIES,
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
    )


@contextmanager
def asking() -> Iterator[StripeClient]:
    """The client for one call; whatever it raises becomes GatewayRefused or GatewayAway."""
    try:
        yield _client()
    except (stripe.InvalidRequestError, stripe.CardError) as refused:
        message = refused.user_message or str(refused)
        raise GatewayRefused(refused.code or "invalid_request", message) from refused
    except stripe.StripeError as away:
        if isinstance(away, stripe.PermissionError) and away.error and away.error.code == NOT_OURS:
            raise GatewayRefused(NOT_OURS, away.user_message or str(away)) from away
        # Also a wrong key of ours (401, 403) or a reused idempotency key: faults of the platform, never the person's.
        raise GatewayAway(f"{type(away).__name__}: {away.user_message or away}") from away
