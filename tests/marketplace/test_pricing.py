import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace import pricing


def test_a_quote_names_each_line_and_adds_up():
    price = pricing.quote(images=10, min_overlap=3, max_overlap=5, reward=50_000, fee_bps=2000)

    assert price.expected == 30 * 60_000
    assert price.at_most == 50 * 60_000
    assert [(line.name, line.count, line.unit) for line in price.lines] == [
        ("Rewards to workers", 30, 50_000),
        ("Platform fee", 30, 10_000),
        ("Extra answers where workers disagree", 20, 60_000),
    ]


def test_a_job_of_fixed_overlap_has_no_line_for_extra_answers():
    price = pricing.quote(images=10, min_overlap=3, max_overlap=3, reward=50_000, fee_bps=2000)

    assert len(price.lines) == 2
    assert price.expected == price.at_most


@given(
    images=st.integers(0, 10_000),
    low=st.integers(1, 50),
    extra=st.integers(0, 49),
    reward=st.integers(1, 10**9),
    bps=st.integers(0, 5000),
)
def test_what_is_held_is_exactly_what_the_lines_and_the_single_places_come_to(images, low, extra, reward, bps):
    price = pricing.quote(images=images, min_overlap=low, max_overlap=low + extra, reward=reward, fee_bps=bps)

    assert price.at_most == images * (low + extra) * price.unit
    assert sum(line.amount for line in price.lines) == price.at_most
    assert price.expected <= price.at_most


def test_a_nickel_in_thirty_seconds_is_six_dollars_an_hour():
    assert pricing.hourly(reward=50_000, median_ms=30_000) == 6_000_000


def test_no_time_has_no_hourly_pay():
    with pytest.raises(ValueError, match="above 0"):
        pricing.hourly(reward=1, median_ms=0)


@pytest.mark.parametrize(
    ("images", "overlap", "share", "most"),
    [(100, 3, None, None), (100, 3, 20, 60), (100, 3, 100, 300), (7, 3, 10, 2), (1, 1, 1, 1), (0, 3, 50, 1)],
)
def test_a_share_of_a_job_is_whole_answers_rounded_down_and_at_least_one(images, overlap, share, most):
    assert pricing.worker_cap(images=images, min_overlap=overlap, share_percent=share) == most
