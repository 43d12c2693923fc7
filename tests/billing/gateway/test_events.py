"""Events are taken only with the provider's signature."""

import json

import pytest

from billing.gateway import SignatureRefused, read_event
from billing.sandbox.delivery import signature
from tests.billing.conftest import NOW

EVENT = {"id": "evt_1", "type": "account.updated"}


def told(secret):
    payload = json.dumps(EVENT).encode()
    return payload, signature(payload=payload, secret=secret, timestamp=int(NOW.timestamp()))


@pytest.mark.parametrize("secret", ["whsec_platform", "whsec_connect"])
def test_each_of_several_secrets_holds(settings, secret):
    settings.STRIPE_WEBHOOK_SECRET = "whsec_platform, whsec_connect,"
    payload, header = told(secret)
    assert read_event(payload=payload, signature=header, now=NOW) == EVENT


@pytest.mark.parametrize("secret", ["whsec_other", "whsec_platform, whsec_connect", ""])
def test_any_other_is_refused_and_so_is_none_at_all(settings, secret):
    settings.STRIPE_WEBHOOK_SECRET = "whsec_platform, whsec_connect,"
    payload, header = told(secret)
    with pytest.raises(SignatureRefused):
        read_event(payload=payload, signature=header, now=NOW)
