"""What labelling costs and how fast it goes."""

from hypothesis import given
from hypothesis import strategies as st

from billing import kpis


def test_cost_is_what_was_spent_for_each():
    assert kpis.cost_per(spent=300_000, count=4) == 75_000
    assert kpis.cost_per(spent=100_000, count=2.5) == 40_000
    assert kpis.cost_per(spent=300_000, count=0) is None


def test_throughput_and_pay_count_active_hours_only():
    assert kpis.throughput(count=30, active_ms=900_000) == 120
    assert kpis.throughput(count=30, active_ms=0) is None
    assert kpis.hourly_pay(earned=50_000, active_ms=30_000) == 6_000_000
    assert kpis.hourly_pay(earned=50_000, active_ms=0) is None


def test_a_rate_of_nothing_is_not_known():
    assert kpis.rate(part=1, whole=4) == 0.25
    assert kpis.rate(part=0, whole=0) is None
    assert kpis.burned(spent=25, budget=100) == 0.25
    assert kpis.burned(spent=0, budget=0) is None


def test_the_forecast_goes_on_as_it_went_so_far():
    assert kpis.forecast(spent=0, accepted=0, rejected=0, wanted=10, unit=60) == 600
    assert kpis.forecast(spent=180, accepted=3, rejected=1, wanted=12, unit=70) == 180 + 8 * 45
    assert kpis.forecast(spent=0, accepted=0, rejected=4, wanted=10, unit=60) == 0


COUNT = st.integers(0, 1000)


@given(st.integers(0, 10**9), COUNT, COUNT, COUNT, st.integers(0, 10**6))
def test_a_forecast_is_never_below_what_is_spent_and_is_it_when_all_is_judged(spent, accepted, rejected, wanted, unit):
    counts = {"accepted": accepted, "rejected": rejected, "unit": unit}
    assert kpis.forecast(spent=spent, wanted=wanted, **counts) >= spent
    assert kpis.forecast(spent=spent, wanted=accepted + rejected, **counts) == spent
