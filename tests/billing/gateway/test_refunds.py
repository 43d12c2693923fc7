"""Refunds to the card: the real client against the sandbox, in our words."""

import pytest

from billing import gateway
from billing.gateway import GatewayRefused, Refund, read_refund
from tests.billing.conftest import fill_bank, payment

REFUND = {"id": "re_1", "object": "refund", "amount": 250, "payment_intent": "pi_1", "metadata": {"tally_refund": "r1"}}


def send(paid, amount=2_500_000, reference="r1"):
    return gateway.create_refund(payment=paid, amount=amount, reference=reference, key=f"refund:{reference}")


def test_a_refund_is_sent_once_a_key_and_found_by_our_reference(sandbox):
    paid = payment(sandbox)
    assert gateway.find_refund(payment=paid, reference="r1") is None
    made = send(paid)
    assert (made.payment, made.amount, made.status, made.reference) == (paid, 2_500_000, "succeeded", "r1")
    send(paid, reference="r2")
    assert send(paid).id == gateway.find_refund(payment=paid, reference="r1").id == made.id
    assert len(sandbox.store.all("refund")) == 2
    seen = gateway.look_at_refund(refund_id=made.id)
    assert (seen.left, seen.clearing.amount, seen.clearing.fee) == (True, -2_500_000, 0)


def test_what_is_not_left_of_a_payment_is_refused(sandbox):
    paid = payment(sandbox)
    fill_bank(sandbox)
    with pytest.raises(GatewayRefused, match="of this charge is left"):
        send(paid, amount=50_010_000)
    send(paid, amount=50_000_000, reference="all")
    for reference, refused_with in (("more", "charge_already_refunded"), ("again", "charge_already_refunded")):
        with pytest.raises(GatewayRefused) as refused:
            send(paid, reference=reference)
        assert refused.value.code == refused_with


def test_one_that_waits_has_not_left_the_balance_and_one_that_failed_says_why(sandbox):
    paid = payment(sandbox)
    waiting = send(paid, amount=50_000_000)
    seen = gateway.look_at_refund(refund_id=waiting.id)
    assert (waiting.status, seen.left, seen.clearing) == ("pending", False, None)
    fill_bank(sandbox)
    sandbox.do("settle_refund", refund=waiting.id)
    sandbox.do("fail_refund", refund=waiting.id, reason="lost_or_stolen_card")
    failed = gateway.find_refund(payment=paid, reference="r1")
    assert (failed.status, failed.reason, failed.left) == ("failed", "lost_or_stolen_card", True)


@pytest.mark.parametrize(
    ("told", "status"),
    [(None, "pending"), ("requires_action", "pending"), ("succeeded", "succeeded"), ("canceled", "canceled")],
)
def test_a_refund_is_read_in_our_words(told, status):
    assert read_refund(refund=REFUND | {"status": told}) == Refund("re_1", "pi_1", 2_500_000, status, "", "r1")
