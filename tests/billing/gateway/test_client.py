"""The client: whose address it uses, and what its errors mean."""

import pytest
import stripe

from billing import gateway
from billing.gateway import GatewayAway, GatewayRefused
from tests.billing.conftest import checkout


def test_what_is_not_there_is_refused(sandbox):
    for call in (
        lambda: gateway.find_checkout(session_id="cs_none"),
        lambda: gateway.clearing_of_payment(payment_id="pi_none"),
        lambda: gateway.clearing_of_transfer(transfer_id="tr_none"),
    ):
        with pytest.raises(GatewayRefused) as refused:
            call()
        assert refused.value.code == "resource_missing"


def test_nobody_there_is_away(settings):
    settings.BILLING_GATEWAY, settings.STRIPE_API_BASE = "sandbox", "http://127.0.0.1:9"
    with pytest.raises(GatewayAway):
        checkout()


def test_a_wrong_key_of_ours_is_away(sandbox, settings):
    settings.STRIPE_API_KEY = "nonsense"
    with pytest.raises(GatewayAway, match="AuthenticationError"):
        checkout()


def test_without_the_sandbox_the_providers_own_address_is_used(settings):
    settings.BILLING_GATEWAY, settings.STRIPE_API_BASE = "stripe", "http://127.0.0.1:9"
    assert gateway._client()._requestor._options.base_addresses["api"] == stripe.DEFAULT_API_BASE
