import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace import pricing

NICKEL = pricing.Rate(reward=50_000, fee_bps=2000)


def test_a_quote_names_each_line_and_adds_up():
    price = pricing.quote(images=10, min_overlap=3, max_overlap=5, rate=NICKEL)

    assert price.expected == 30 * 60_000
    assert price.at_most == 50 * 60_000
    assert [(line.name, line.count, line.unit) for line in price.lines] == [
        ("Rewards to workers", 30, 50_000),
        ("Platform fee", 30, 10_000),
        ("Extra answers where workers disagree", 20, 60_000),
    ]


def test_a_job_of_fixed_overlap_has_no_line_for_extra_answers():
    price = pricing.quote(images=10, min_overlap=3, max_overlap=3, rate=NICKEL)

    assert len(price.lines) == 2
    assert price.expected == price.at_most


rates = st.builds(
    pricing.Rate,
    reward=st.integers(1, 10**9),
    fee_bps=st.integers(0, 5000),
    per_shape=st.integers(0, 10**6),
    shapes=st.integers(0, 2_000),
)


@given(
    images=st.integers(0, 10_000),
    low=st.integers(1, 50),
    extra=st.integers(0, 49),
    gold=st.integers(0, 100),
    reserve=st.integers(0, 100),
    rate=rates,
)
def test_what_is_held_is_exactly_what_the_lines_and_the_single_places_come_to(images, low, extra, gold, reserve, rate):
    price = pricing.quote(
        images=images, min_overlap=low, max_overlap=low + extra, rate=rate, gold=gold, reserve_percent=reserve
    )

    assert price.escrow == (images * (low + extra) + gold) * rate.held
    assert sum(line.amount for line in price.lines) == price.at_most == price.escrow + price.reserve
    assert price.expected <= price.escrow
    # Rounded up, by less than a micro-unit.
    assert 0 <= 100 * price.reserve - price.escrow * reserve < 100


@given(rate=rates, shapes=st.lists(st.integers(0, 3_000), max_size=20))
def test_what_places_hold_pays_any_answers_with_their_fees_and_nothing_is_left_over_or_missing(rate, shapes):
    held = len(shapes) * rate.held
    pays = [rate.pay(shapes=drawn) for drawn in shapes]
    rests = [rate.held - pay - rate.fee(pay=pay) for pay in pays]

    assert all(rest >= 0 for rest in rests)
    assert held == sum(pays) + sum(rate.fee(pay=pay) for pay in pays) + sum(rests)
    assert all(rest == 0 for pay, rest in zip(pays, rests, strict=True) if pay == rate.most)


def test_an_answer_pays_its_shapes_up_to_the_cap():
    rate = pricing.Rate(reward=50_000, fee_bps=2000, per_shape=10_000, shapes=10)

    assert [rate.pay(shapes=drawn) for drawn in (0, 3, 10, 11)] == [50_000, 80_000, 150_000, 150_000]
    assert (rate.most, rate.held) == (150_000, 180_000)


def test_sub_cent_prices_lose_nothing():
    price = pricing.quote(images=100_000, min_overlap=1, max_overlap=1, rate=pricing.Rate(reward=3_000, fee_bps=2000))

    assert [line.amount for line in price.lines] == [300_000_000, 60_000_000]


def test_pay_for_shapes_and_the_reserve_are_lines_of_the_quote():
    rate = pricing.Rate(reward=50_000, fee_bps=2000, per_shape=10_000, shapes=10)
    price = pricing.quote(images=10, min_overlap=1, max_overlap=2, rate=rate, reserve_percent=10)

    assert [(line.name, line.count, line.unit) for line in price.lines] == [
        ("Rewards to workers", 10, 50_000),
        ("Accepted shapes, if all are paid for", 100, 10_000),
        ("Platform fee", 10, 30_000),
        ("Extra answers where workers disagree", 10, 180_000),
        ("Fair-pay reserve, kept back", 1, 360_000),
    ]
    assert (price.expected, price.at_most) == (1_800_000, 3_960_000)


def test_a_nickel_in_thirty_seconds_is_six_dollars_an_hour():
    assert pricing.hourly(pay=50_000, median_ms=30_000) == 6_000_000


def test_no_time_has_no_hourly_pay():
    with pytest.raises(ValueError, match="above 0"):
        pricing.hourly(pay=1, median_ms=0)


@pytest.mark.parametrize(
    ("images", "overlap", "share", "most"),
    [(100, 3, None, None), (100, 3, 20, 60), (100, 3, 100, 300), (7, 3, 10, 2), (1, 1, 1, 1), (0, 3, 50, 1)],
)
def test_a_share_of_a_job_is_whole_answers_rounded_down_and_at_least_one(images, overlap, share, most):
    assert pricing.worker_cap(images=images, min_overlap=overlap, share_percent=share) == most
