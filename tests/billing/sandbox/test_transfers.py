"""Transfers to connected accounts and back."""

import pytest

from billing.sandbox import books, purses, transfers
from billing.sandbox.desk import ApiError
from tests.billing.sandbox.conftest import account, events, held

ABROAD = {"country": "DE", "tos_acceptance": {"service_agreement": "recipient"}}


def send(desk, pk, amount=400, **more):
    return transfers.create(desk, {"amount": amount, "currency": "usd", "destination": pk, **more})


def test_a_transfer_needs_an_account_that_can_be_paid_and_enough_money(desk):
    books.top_up(desk, 399)
    codes = []
    for pk in ("acct_none", account(desk, "w+payouts-off@x.org"), account(desk, country="DE"), account(desk)):
        with pytest.raises(ApiError) as refused:
            send(desk, pk)
        codes.append((refused.value.body.get("code"), refused.value.kept))
    assert codes == [
        ("resource_missing", False), ("insufficient_capabilities_for_transfer", True), (None, True),
        ("balance_insufficient", True),
    ]  # fmt: skip
    assert held(desk) == (399, 0)


@pytest.mark.parametrize("where", [{}, ABROAD])
def test_what_leaves_the_platform_is_in_the_account(desk, where):
    books.top_up(desk, 400)
    pk = account(desk, **where)
    send(desk, pk)
    assert (held(desk), purses.held(desk, pk)) == ((0, 0), 400)
    assert events(desk) == ["transfer.created"]


def test_a_transfer_is_taken_back_in_parts_and_never_beyond_it(desk):
    books.top_up(desk, 400)
    pk = account(desk)
    made = send(desk, pk)
    back = transfers.reverse(desk, {"amount": 100, "metadata": {"tally_reversal": "v1"}}, made["id"])
    assert transfers.find_reversal(desk, made["id"], back["id"]) == back
    with pytest.raises(ApiError):
        transfers.reverse(desk, {"amount": 301}, made["id"])
    transfers.reverse(desk, {}, made["id"])
    whole = desk.find("transfer", made["id"])
    assert (whole["amount_reversed"], whole["reversed"], len(whole["reversals"]["data"])) == (400, True, 2)
    assert (held(desk), purses.held(desk, pk)) == ((400, 0), 0)
    with pytest.raises(ApiError):
        transfers.reverse(desk, {}, made["id"])
    with pytest.raises(ApiError):
        transfers.find_reversal(desk, "tr_other", back["id"])


def test_what_went_on_to_the_bank_cannot_be_taken_back(desk):
    books.top_up(desk, 400)
    made = send(desk, account(desk))
    purses.pay_due(desk, everything=True)
    with pytest.raises(ApiError) as refused:
        transfers.reverse(desk, {}, made["id"])
    assert (refused.value.body["code"], refused.value.kept) == ("balance_insufficient", True)
