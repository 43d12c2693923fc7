"""The provider's shapes in our words."""

import datetime as dt

import pytest

from billing.gateway.answers import Clearing, clearing, movement, reference_of

LINE = {
    "id": "txn_1", "object": "balance_transaction", "type": "refund", "amount": -500, "fee": -30, "net": -470,
    "currency": "usd", "created": 1_772_442_000, "available_on": 1_772_445_600, "source": "re_1",
}  # fmt: skip


def test_a_line_of_the_balance_is_counted_in_micro_units_and_keeps_its_sign():
    hour = dt.datetime(2026, 3, 2, 10, 0, tzinfo=dt.UTC)
    assert clearing(LINE) == Clearing(id="txn_1", amount=-5_000_000, fee=-300_000, available_on=hour)
    seen = movement(LINE)
    assert (seen.net, seen.currency, seen.source, seen.reference) == (-4_700_000, "USD", "re_1", None)
    assert seen.created == hour - dt.timedelta(hours=1)


def test_a_line_that_is_only_named_is_not_known():
    assert clearing("txn_1") is clearing(None) is None


@pytest.mark.parametrize("name", ["tally_deposit", "tally_refund", "tally_payout", "tally_reversal"])
def test_a_movement_names_what_of_ours_it_belongs_to(name):
    source = {"id": "x_1", "metadata": {"other": "1", name: "ours"}}
    assert (movement(LINE | {"source": source}).source, movement(LINE | {"source": source}).reference) == (
        "x_1",
        "ours",
    )


@pytest.mark.parametrize("source", [None, "ch_1", {}, {"metadata": None}, {"metadata": {"tally_deposit": ""}}])
def test_what_carries_no_mark_of_ours_has_no_reference(source):
    assert reference_of(source) is None
