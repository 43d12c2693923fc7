"""Payment pages: the real client against the sandbox, in our words."""

import pytest

from billing import gateway
from billing.gateway import GatewayAway, GatewayRefused
from tests.billing.conftest import NOW, checkout, payment


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


def test_an_amount_with_a_sub_cent_rest_is_never_sent(sandbox):
    with pytest.raises(ValueError, match="whole cents"):
        checkout(amount=1_000_001)


def test_a_payment_reaches_the_balance_less_the_fee_when_its_time_has_come(sandbox):
    paid = payment(sandbox)
    seen = gateway.clearing_of_payment(payment_id=paid)
    assert (seen.amount, seen.fee, seen.available_on) == (50_000_000, 1_750_000, NOW)


def test_a_payment_that_is_still_on_its_way_has_not(sandbox):
    promised = sandbox.do("pay", session=checkout().id, later=True)
    assert gateway.clearing_of_payment(payment_id=promised["payment_intent"]) is None
    page = gateway.find_checkout(session_id=promised["id"])
    assert (page.status, page.paid) == ("complete", False)
