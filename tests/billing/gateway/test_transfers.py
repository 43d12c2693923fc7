"""Transfers to workers' accounts."""

from billing import gateway
from tests.billing.conftest import fill_bank


def test_a_transfer_is_made_and_found_again(sandbox):
    fill_bank(sandbox)
    recipient = gateway.create_recipient(reference="w1", email="wen@example.org", key="r")
    assert recipient.payouts_enabled
    assert gateway.find_transfer(reference="p1") is None
    made = gateway.create_transfer(reference="p1", amount=1_000_000, currency="USD", recipient=recipient.id, key="t")
    assert gateway.find_transfer(reference="p1") == made
    seen = gateway.clearing_of_transfer(transfer_id=made)
    assert (seen.amount, seen.fee) == (-1_000_000, 0)
