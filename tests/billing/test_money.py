"""Money as whole numbers: parsing, writing, fees and cents."""

from decimal import ROUND_HALF_EVEN, Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from billing.money import (
    AmountRefused,
    fee_of,
    format_amount,
    from_cents,
    parse_amount,
    to_cents,
    whole_cents,
)


@pytest.mark.parametrize(
    ("text", "micro"),
    [
        ("0.05", 50_000), ("0.003", 3_000), ("0.000001", 1), ("1", 1_000_000), (" 2.50 ", 2_500_000), ("+3", 3_000_000),
        (7, 7_000_000), ("10000", 10_000_000_000), ("007.10", 7_100_000),
    ],
)  # fmt: skip
def test_an_amount_is_read_exactly(text, micro):
    assert parse_amount(text) == micro


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("0.0000004", "decimals"), ("0.0000010", "decimals"), ("1e3", "plain_decimal"), ("NaN", "plain_decimal"),
        ("Infinity", "plain_decimal"), ("-1", "negative"), ("-0.01", "negative"), ("0", "minimum"), ("-0", "minimum"),
        ("123456789012", "maximum"), ("10000.000001", "maximum"), ("9" * 5000, "plain_decimal"),
        ("1,50", "plain_decimal"),
        ("1_000", "plain_decimal"), ("", "plain_decimal"), (".5", "plain_decimal"), ("5.", "plain_decimal"),
        ("٣", "plain_decimal"), ("0x10", "plain_decimal"), ("1\n", "plain_decimal"), (0.05, "text"), (None, "text"),
        (True, "text"), (float("nan"), "text"), (Decimal(1), "text"), (-3, "negative"), (10**30, "plain_decimal"),
    ],
)  # fmt: skip
def test_anything_else_is_refused_naming_field_and_rule(text, rule):
    with pytest.raises(AmountRefused) as refused:
        parse_amount(text, field="reward")
    assert (refused.value.field, refused.value.rule) == ("reward", rule)
    assert refused.value.message.endswith(".")


def test_the_limits_are_the_callers():
    assert parse_amount("1.00", minimum=1_000_000, maximum=1_000_000) == 1_000_000
    with pytest.raises(AmountRefused, match=r"The least amount is 1\.00\."):
        parse_amount("0.99", minimum=1_000_000)


@pytest.mark.parametrize(
    ("micro", "text"),
    [(0, "0.00"), (50_000, "0.05"), (3_000, "0.003"), (1, "0.000001"), (-1_500_000, "-1.50"), (12_000_000, "12.00")],
)
def test_an_amount_is_written_exactly(micro, text):
    assert format_amount(micro) == text


@given(st.integers(1, 10_000_000_000))
def test_what_is_written_is_read_back(micro):
    assert parse_amount(format_amount(micro)) == micro


@given(st.integers(0, 10**10), st.integers(0, 5000))
@example(reward=5, bps=1000)
@example(reward=15, bps=1000)
def test_a_fee_is_the_exact_product_rounded_half_to_even(reward, bps):
    exact = Decimal(reward) * bps / 10_000
    assert fee_of(reward=reward, bps=bps) == int(exact.quantize(Decimal(1), ROUND_HALF_EVEN))


def test_a_hundred_thousand_small_rewards_add_up_to_the_cent():
    rewards = [parse_amount("0.003")] * 100_000
    assert format_amount(sum(rewards)) == "300.00"
    assert format_amount(sum(fee_of(reward=r, bps=2000) for r in rewards)) == "60.00"


def test_a_negative_reward_has_no_fee():
    with pytest.raises(ValueError, match="negative"):
        fee_of(reward=-1, bps=2000)


@given(st.integers(0, 10**12))
def test_whole_cents_leave_less_than_a_cent_behind(micro):
    cents = whole_cents(micro)
    assert 0 <= micro - cents < 10_000
    assert from_cents(to_cents(cents)) == cents


def test_a_sub_cent_rest_is_never_lost_silently():
    with pytest.raises(ValueError, match="not whole cents"):
        to_cents(1_239_999)
    with pytest.raises(ValueError, match="negative"):
        whole_cents(-1)
