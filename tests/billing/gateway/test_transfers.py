"""Transfers to workers' accounts, and back from them."""

import pytest

from billing import gateway
from billing.gateway import GatewayRefused
from tests.billing.conftest import fill_bank


@pytest.fixture
def made(sandbox):
    """A transfer of $4.00."""
    fill_bank(sandbox)
    recipient = gateway.create_recipient(reference="w1", email="wen@example.org", key="r")
    return gateway.create_transfer(reference="p1", amount=4_000_000, currency="USD", recipient=recipient.id, key="t")


def back(transfer, amount=1_000_000, reference="v1"):
    return gateway.create_reversal(transfer=transfer, amount=amount, reference=reference, key=f"reversal:{reference}")


def test_a_transfer_is_made_and_found_again(made):
    assert gateway.find_transfer(reference="p1") == made
    assert gateway.find_transfer(reference="p2") is None
    seen = gateway.clearing_of_transfer(transfer_id=made)
    assert (seen.amount, seen.fee) == (-4_000_000, 0)


def test_a_reversal_is_made_once_a_key_and_found_by_our_reference(made, sandbox):
    assert gateway.find_reversal(transfer=made, reference="v1") is None
    reversal = back(made)
    back(made, reference="v2")
    assert back(made) == gateway.find_reversal(transfer=made, reference="v1") == reversal
    assert (reversal.transfer, reversal.amount) == (made, 1_000_000)
    assert len(sandbox.store.all("transfer_reversal")) == 2
    seen = gateway.clearing_of_reversal(transfer=made, reversal_id=reversal.id)
    assert (seen.amount, seen.fee) == (1_000_000, 0)


def test_more_than_is_left_or_than_the_account_still_holds_is_refused(made, sandbox):
    with pytest.raises(GatewayRefused, match="of this transfer is left"):
        back(made, amount=4_010_000)
    sandbox.do("run_payouts")
    with pytest.raises(GatewayRefused) as refused:
        back(made, reference="v2")
    assert refused.value.code == "balance_insufficient"
