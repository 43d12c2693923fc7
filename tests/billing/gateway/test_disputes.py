"""Payments contested by the payer's bank."""

from billing.gateway import read_dispute

DISPUTE = {
    "id": "dp_1", "object": "dispute", "amount": 5000, "currency": "usd", "charge": "ch_1", "payment_intent": "pi_1",
    "reason": "fraudulent", "status": "lost",
}  # fmt: skip


def test_a_dispute_tells_all_that_it_did_to_the_balance():
    line = {"id": "txn_1", "amount": -5000, "fee": 1500, "net": -6500, "available_on": 1_772_442_000}
    seen = read_dispute(dispute=DISPUTE | {"balance_transactions": [line]})
    assert (seen.payment, seen.amount, seen.currency, seen.status) == ("pi_1", 50_000_000, "USD", "lost")
    assert [(moved.id, moved.amount, moved.fee) for moved in seen.movements] == [("txn_1", -50_000_000, 15_000_000)]


def test_a_warning_has_moved_nothing():
    warning = DISPUTE | {"status": "warning_needs_response", "balance_transactions": [], "payment_intent": {"id": "p"}}
    assert (read_dispute(dispute=warning).movements, read_dispute(dispute=warning).payment) == ((), "p")
