from hypothesis import given
from hypothesis import strategies as st

from marketplace.fair_pay import MS_PER_HOUR, WORKERS, Fairness, affordable

FLOOR = 8_000_000


def test_an_answer_lacks_what_the_floor_asks_for_its_median_time():
    slow = Fairness(pay=50_000, median_ms=45_000, workers=WORKERS, floor=FLOOR)

    assert slow.shortfall == 50_000  # 45 seconds at 8 dollars an hour are 10 cents


def test_fewer_people_prove_nothing_nor_does_no_time():
    assert Fairness(pay=1, median_ms=45_000, workers=WORKERS - 1, floor=FLOOR).shortfall == 0
    assert Fairness(pay=1, median_ms=None, workers=WORKERS, floor=FLOOR).shortfall == 0


@given(
    pay=st.integers(1, 10**7),
    median_ms=st.integers(1_000, MS_PER_HOUR),
    workers=st.integers(0, 50),
    floor=st.integers(1, 10**8),
)
def test_with_its_top_up_an_answer_pays_the_floor_and_not_a_micro_unit_more(pay, median_ms, workers, floor):
    found = Fairness(pay=pay, median_ms=median_ms, workers=workers, floor=floor)
    lacking = found.shortfall

    assert lacking == 0 or found.proven
    if lacking:
        assert (pay + lacking) * MS_PER_HOUR >= floor * median_ms > (pay + lacking - 1) * MS_PER_HOUR
    elif found.proven:
        assert pay * MS_PER_HOUR >= floor * median_ms


@given(costs=st.lists(st.integers(1, 100), max_size=20), available=st.integers(0, 1_000))
def test_what_is_there_pays_as_many_as_it_can_in_their_order_and_never_more(costs, available):
    paid = affordable(costs=costs, available=available)

    assert sum(costs[:paid]) <= available
    assert paid == len(costs) or sum(costs[: paid + 1]) > available
