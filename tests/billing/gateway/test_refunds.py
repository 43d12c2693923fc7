"""Refunds to the card."""

import pytest

from billing.gateway import Refund, read_refund

REFUND = {"id": "re_1", "object": "refund", "amount": 250, "payment_intent": "pi_1", "metadata": {"tally_refund": "r1"}}


@pytest.mark.parametrize(
    ("told", "status"),
    [(None, "pending"), ("requires_action", "pending"), ("succeeded", "succeeded"), ("canceled", "canceled")],
)
def test_a_refund_is_read_in_our_words(told, status):
    assert read_refund(refund=REFUND | {"status": told}) == Refund("re_1", "pi_1", 2_500_000, status, "", "r1")


def test_a_failed_refund_says_why():
    failed = read_refund(refund=REFUND | {"status": "failed", "failure_reason": "expired_or_canceled_card"})
    assert (failed.status, failed.reason) == ("failed", "expired_or_canceled_card")
