"""Payments contested by the payer's bank."""

import pytest

from billing import gateway
from billing.gateway import GatewayRefused, read_dispute
from tests.billing.conftest import payment

DISPUTE = {
    "id": "dp_1", "object": "dispute", "amount": 5000, "currency": "usd", "charge": "ch_1", "payment_intent": "pi_1",
    "reason": "fraudulent", "status": "lost",
}  # fmt: skip


def test_a_dispute_tells_all_that_it_did_to_the_balance(sandbox):
    paid = payment(sandbox)
    opened = sandbox.do("open_dispute", payment=paid)["id"]
    seen = gateway.find_dispute(dispute_id=opened)
    assert (seen.payment, seen.amount, seen.currency, seen.status) == (paid, 50_000_000, "USD", "needs_response")
    assert [(moved.amount, moved.fee) for moved in seen.movements] == [(-50_000_000, 15_000_000)]
    sandbox.do("close_dispute", dispute=opened, won=True)
    won = gateway.find_dispute(dispute_id=opened)
    assert (won.status, won.movements[0]) == ("won", seen.movements[0])
    assert [(moved.amount, moved.fee) for moved in won.movements] == [(-50_000_000, 15_000_000), (50_000_000, 0)]


def test_a_contested_payment_is_not_sent_back_as_well(sandbox):
    paid = payment(sandbox)
    sandbox.do("open_dispute", payment=paid)
    with pytest.raises(GatewayRefused) as refused:
        gateway.create_refund(payment=paid, amount=10_000, reference="r1", key="k")
    assert refused.value.code == "charge_disputed"


def test_a_warning_has_moved_nothing():
    warning = DISPUTE | {"status": "warning_needs_response", "balance_transactions": [], "payment_intent": {"id": "p"}}
    assert (read_dispute(dispute=warning).movements, read_dispute(dispute=warning).payment) == ((), "p")
