"""What labelling costs and how fast it goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import kpis


def test_cost_is_what_was_spent_for_each():
    assert kpis.cost_per(spent=300_000, count=4) == 75_000
    assert kpis.cost_per(spent=300_000, count=0) is None


def test_throughput_counts_active_hours_only():
    assert kpis.throughput(count=30, active_ms=900_000) == 120
    assert kpis.throughput(count=30, active_ms=0) is None


def test_hourly_pay_is_of_the_median_answer_and_unknown_before_ten():
    times = [30_000] * 9
    assert kpis.hourly_pay(reward=50_000, active_ms=times) is None
    assert kpis.hourly_pay(reward=50_000, active_ms=[*times, 3_600_000]) == 6_000_000
    assert kpis.hourly_pay(reward=50_000, active_ms=[*times, 0, -1]) is None
    assert kpis.hourly_pay(reward=50_000, active_ms=[60_000], at_least=1) == 3_000_000


def test_a_rate_of_nothing_is_not_known():
    assert kpis.rate(part=1, whole=4) == 0.25
    assert kpis.rate(part=0, whole=0) is None
    assert kpis.burned(spent=25, budget=100) == 0.25


@pytest.mark.parametrize(("settled", "expected"), [(0, None), (5, 200), (20, 100)])
def test_the_forecast_scales_what_is_settled_to_the_whole(settled, expected):
    assert kpis.forecast(spent=100, held=150, settled=settled, total=10).expected == expected


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(0, 1000), st.integers(0, 1000))
def test_a_forecast_is_never_above_what_is_spent_and_held_nor_below_what_is_spent(spent, held, settled, total):
    seen = kpis.forecast(spent=spent, held=held, settled=settled, total=total)
    assert seen.at_most == spent + held
    assert seen.expected is None or spent <= seen.expected <= seen.at_most
