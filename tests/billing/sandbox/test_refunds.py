"""Refunds to the card."""

import pytest

from billing.sandbox import books, disputes, refunds, sessions
from billing.sandbox.desk import ApiError
from tests.billing.sandbox.conftest import events, held, later, paid


def test_a_refund_leaves_the_balance_and_the_fee_stays_with_the_provider(desk):
    payment = paid(desk)
    books.top_up(desk, 175)
    made = refunds.create(desk, {"payment_intent": payment, "amount": 2000, "metadata": {"tally_refund": "r1"}})
    assert (made["status"], made["metadata"]) == ("succeeded", {"tally_refund": "r1"})
    assert held(desk) == (3000, 0)
    rest = refunds.create(desk, {"payment_intent": payment})
    assert (rest["amount"], held(desk)) == (3000, (0, 0))
    charge = sessions.charge_of(desk, payment_intent=payment)
    assert (charge["amount_refunded"], charge["refunded"]) == (5000, True)
    assert events(desk)[1:4] == ["charge.refunded", "refund.created", "refund.updated"]


def test_more_than_was_paid_is_never_sent_back(desk):
    payment, codes = paid(desk), []
    books.top_up(desk, 10_000)
    for amount in (5001, 5000, 1):
        try:
            refunds.create(desk, {"payment_intent": payment, "amount": amount})
        except ApiError as refused:
            codes.append(refused.body.get("code") or refused.body["param"])
    assert codes == ["amount", "charge_already_refunded"]
    assert held(desk) == (9825, 0)


def test_a_contested_payment_is_not_refunded(desk):
    payment = paid(desk)
    disputes.open_one(desk, payment=payment)
    with pytest.raises(ApiError) as refused:
        refunds.create(desk, {"payment_intent": payment})
    assert refused.value.body["code"] == "charge_disputed"


def test_a_refund_waits_for_funds_and_goes_out_when_they_come(desk):
    payment = paid(desk)
    made = refunds.create(desk, {"payment_intent": payment})
    assert (made["status"], made["pending_reason"], made["balance_transaction"]) == (
        "pending", "insufficient_funds", None,
    )  # fmt: skip
    assert refunds.settle_due(desk) == 0
    books.top_up(desk, 175)
    assert refunds.settle_due(desk) == 1
    assert (desk.find("refund", made["id"])["status"], held(desk)) == ("succeeded", (0, 0))


def test_a_refund_may_take_its_time(desk):
    slow = later(desk, 0, refund_seconds=60)
    payment = paid(slow)
    made = refunds.create(slow, {"payment_intent": payment, "amount": 1000})
    assert (made["status"], refunds.settle_due(slow)) == ("pending", 0)
    assert refunds.settle_due(later(slow, 60)) == 1


def test_a_refund_that_fails_comes_back_once_even_after_it_succeeded(desk):
    payment = paid(desk)
    made = refunds.create(desk, {"payment_intent": payment, "amount": 1000})
    for _ in range(2):
        failed = refunds.fail(desk, desk.find("refund", made["id"]), reason="lost_or_stolen_card")
    assert (failed["status"], failed["failure_reason"]) == ("failed", "lost_or_stolen_card")
    assert desk.find("balance_transaction", failed["failure_balance_transaction"])["type"] == "refund_failure"
    assert held(desk) == (4825, 0)
    assert sessions.charge_of(desk, payment_intent=payment)["amount_refunded"] == 0
    assert events(desk)[-1] == "refund.failed"


@pytest.mark.parametrize("named", [{}, {"payment_intent": "pi_1", "charge": "ch_1"}])
def test_a_refund_names_one_payment(desk, named):
    with pytest.raises(ApiError):
        refunds.create(desk, named)
