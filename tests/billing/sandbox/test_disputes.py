"""Contested payments."""

import pytest

from billing.sandbox import disputes
from billing.sandbox.desk import ApiError
from tests.billing.sandbox.conftest import events, held, paid

TOLD = ["charge.dispute.created", "charge.dispute.funds_withdrawn"]


def test_amount_and_fee_leave_at_once_and_below_zero(desk):
    made = disputes.open_one(desk, payment=paid(desk))
    assert (made["status"], made["amount"]) == ("needs_response", 5000)
    assert held(desk) == (4825 - 5000 - 1500, 0)
    assert events(desk)[1:] == TOLD
    with pytest.raises(ApiError):
        disputes.open_one(desk, payment=made["payment_intent"])


@pytest.mark.parametrize(
    ("won", "fee_back", "left", "told"),
    [
        (False, False, -1675, ["charge.dispute.closed"]),
        (True, False, 3325, ["charge.dispute.funds_reinstated", "charge.dispute.closed"]),
        (True, True, 4825, ["charge.dispute.funds_reinstated", "charge.dispute.closed"]),
    ],
)
def test_the_bank_decides_once(desk, won, fee_back, left, told):
    opened = disputes.open_one(desk, payment=paid(desk))
    for _ in range(2):
        closed = disputes.close(desk, dispute=opened["id"], won=won, fee_back=fee_back)
    assert closed["status"] == ("won" if won else "lost")
    assert [line["reporting_category"] for line in closed["balance_transactions"]] == (
        ["dispute", "dispute_reversal"] if won else ["dispute"]
    )
    assert held(desk) == (left, 0)
    assert events(desk)[1:] == TOLD + told


def test_a_warning_moves_nothing(desk):
    warned = disputes.open_one(desk, payment=paid(desk), warning=True)
    assert disputes.close(desk, dispute=warned["id"], won=True)["status"] == "warning_closed"
    assert held(desk) == (4825, 0)
