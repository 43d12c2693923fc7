"""The door to the provider: the real client against the sandbox, in our words."""

import pytest
import stripe
from stripe.params import AccountCreateParams, TransferCreateParams
from stripe.params.checkout import SessionCreateParams

from billing import gateway
from billing.gateway import GatewayAway, GatewayRefused
from tests.billing.conftest import fill_bank


def checkout(key="k", amount=12_340_000):
    return gateway.create_checkout(
        reference="d1", amount=amount, currency="USD", email="rita@example.org", success_url="https://x.org/ok",
        cancel_url="https://x.org/no", key=key,
    )  # fmt: skip


def test_a_page_is_created_once_a_key(sandbox):
    page = checkout()
    assert checkout() == page
    assert (page.amount, page.status, page.paid, page.payment) == (12_340_000, "open", False, None)
    assert gateway.find_checkout(session_id=page.id) == page


def test_a_key_used_for_something_else_is_a_fault_of_ours_not_of_the_person(sandbox):
    checkout()
    with pytest.raises(GatewayAway, match="IdempotencyError"):
        checkout(amount=99_990_000)


def test_a_page_that_was_closed_cannot_be_closed_again(sandbox):
    page = checkout()
    assert gateway.expire_checkout(session_id=page.id).status == "expired"
    with pytest.raises(GatewayRefused):
        gateway.expire_checkout(session_id=page.id)


def test_what_is_not_there_is_refused(sandbox):
    for call in (
        lambda: gateway.find_checkout(session_id="cs_none"),
        lambda: gateway.find_recipient(account_id="acct_none"),
        lambda: gateway.clearing_of_payment(payment_id="pi_none"),
        lambda: gateway.clearing_of_transfer(transfer_id="tr_none"),
    ):
        with pytest.raises(GatewayRefused) as refused:
            call()
        assert refused.value.code == "resource_missing"


def test_a_transfer_is_made_and_found_again(sandbox):
    fill_bank(sandbox)
    recipient = gateway.create_recipient(reference="w1", email="wen@example.org", key="r")
    assert recipient.payouts_enabled
    assert gateway.find_transfer(reference="p1") is None
    made = gateway.create_transfer(reference="p1", amount=1_000_000, currency="USD", recipient=recipient.id, key="t")
    assert gateway.find_transfer(reference="p1") == made
    seen = gateway.clearing_of_transfer(transfer_id=made)
    assert (seen.amount, seen.fee) == (-1_000_000, 0)


def test_an_amount_with_a_sub_cent_rest_is_never_sent(sandbox):
    with pytest.raises(ValueError, match="whole cents"):
        checkout(amount=1_000_001)


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


def unknown(params, shape, where=""):
    """Names in a request that the client's own parameter types do not have."""
    known = {
        name: hint for base in reversed(shape.__mro__) for name, hint in getattr(base, "__annotations__", {}).items()
    }
    known = known or shape.__annotations__
    return [f"{where}{name}" for name in params if name not in known]


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v1/checkout/sessions", SessionCreateParams),
        ("/v1/transfers", TransferCreateParams),
        ("/v1/accounts", AccountCreateParams),
    ],
)
def test_what_we_ask_for_is_known_to_the_clients_own_types(sandbox, monkeypatch, path, shape):
    from billing.sandbox import api, forms

    seen = []
    answer = api.answer
    monkeypatch.setattr(api, "answer", lambda **all: seen.append(all["request"]) or answer(**all))
    fill_bank(sandbox)
    checkout()
    recipient = gateway.create_recipient(reference="w1", email="wen@example.org", key="r")
    gateway.create_transfer(reference="p1", amount=1_000_000, currency="USD", recipient=recipient.id, key="t")
    [request] = [request for request in seen if request.path == path]
    assert unknown(forms.parse(request.form), shape) == []
