import time

import numpy as np
import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.alpha import distance_alpha, nominal_alpha, weighted_alpha

GAP = "."
# Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011): the examples A, B and C.
TWO_VALUES = ("0100000010", "1110010000")
MANY_VALUES = ("aabbdcccedda", "babbbccceddd")
WITH_GAPS = ("123321412...", "1233224125.3", ".3332342251.", "12332441251.")


def votes(rows):
    """Units and values of observers' rows, a character a unit."""
    found = [(unit, ord(value)) for row in rows for unit, value in enumerate(row) if value != GAP]
    return {"units": [unit for unit, _ in found], "values": [value for _, value in found]}


@pytest.mark.parametrize(("rows", "alpha"), [(TWO_VALUES, 0.095), (MANY_VALUES, 0.692), (WITH_GAPS, 0.743)])
def test_the_examples_of_the_paper(rows, alpha):
    assert nominal_alpha(**votes(rows)).value == pytest.approx(alpha, abs=0.0005)


def test_the_interval_example_of_the_paper():
    found = votes(WITH_GAPS)
    found["values"] = [value - ord("1") for value in found["values"]]
    steps = np.arange(5)
    alpha = weighted_alpha(**found, distances=(steps[:, None] - steps) ** 2)
    assert alpha.value == pytest.approx(0.849, abs=0.0005)
    # The last unit has one answer only, so 40 of the 41 can be compared.
    assert (alpha.units, alpha.values) == (11, 40)


def test_a_case_by_hand():
    # Units aa, ab, bb: one of three pairs differs; of all 15 pairs of three a and three b, 9 do: 1 - (1/3) / (9/15).
    alpha = nominal_alpha(units=[0, 0, 1, 1, 2, 2], values=[7, 7, 7, 9, 9, 9])
    assert (alpha.observed, alpha.expected) == (pytest.approx(1 / 3), pytest.approx(9 / 15))
    assert alpha.value == pytest.approx(4 / 9)


@pytest.mark.parametrize("votes", [([], []), ([1, 2, 3], [5, 5, 6]), ([1, 1, 2, 2], [5, 5, 5, 5])])
def test_where_nothing_can_be_said_nothing_is(votes):
    units, values = votes
    assert nominal_alpha(units=units, values=values).value is None
    if values:
        assert weighted_alpha(units=units, values=values, distances=1 - np.eye(9)).value is None


def test_only_real_distances_are_taken():
    for distances in ([[0, 1], [2, 0]], [[1, 1], [1, 0]], [[0, -1], [-1, 0]]):
        with pytest.raises(ValueError, match="symmetric"):
            weighted_alpha(units=[0, 0], values=[0, 1], distances=distances)
    with pytest.raises(ValueError, match="a unit and a value"):
        nominal_alpha(units=[0, 0], values=[1])


crowds = st.lists(st.lists(st.integers(0, 3), max_size=5), min_size=1, max_size=12)


@when(crowds, st.randoms(use_true_random=False))
def test_all_ways_agree_and_no_order_matters(crowd, chance):
    flat = [(unit, value) for unit, given in enumerate(crowd) for value in given]
    units, values = [unit for unit, _ in flat], [value for _, value in flat]
    first = nominal_alpha(units=units, values=values)
    chance.shuffle(flat)
    again = nominal_alpha(units=[unit for unit, _ in flat], values=[3 - value for _, value in flat])
    weighted = weighted_alpha(units=units, values=values, distances=1 - np.eye(4))
    apart = distance_alpha(units=crowd, distance=lambda a, b: float(a != b), generator=np.random.default_rng(1))
    for other in (again, weighted, apart):
        assert (other.units, other.values) == (first.units, first.values)
        assert other.value == (None if first.value is None else pytest.approx(first.value))
    assert first.value is None or first.value <= 1


def test_boxes_by_their_overlap():
    boxes = [[(0, 10), (0, 10), (1, 11)], [(50, 60), (50, 60)]]

    def apart(one, other):
        shared = max(0, min(one[1], other[1]) - max(one[0], other[0]))
        return 1 - shared / (20 - shared)

    alpha = distance_alpha(units=boxes, distance=apart, generator=np.random.default_rng(0))
    near = 1 - 9 / 11
    assert alpha.observed == pytest.approx((2 * near * 2 / 2) / 5)
    assert alpha.expected == pytest.approx((2 * near + 6 * 1.0) / 10)


def test_a_sample_of_pairs_comes_near_to_all_of_them():
    chance = np.random.default_rng(5)
    units = [[value, value if chance.random() < 0.8 else 1 - value] for value in chance.integers(0, 2, 400).tolist()]
    all_of_them = distance_alpha(units=units, distance=lambda a, b: abs(a - b), generator=chance, pairs=10**6)
    drawn = distance_alpha(units=units, distance=lambda a, b: abs(a - b), generator=chance, pairs=5_000)
    assert drawn.value == pytest.approx(all_of_them.value, abs=0.05)


def test_a_hundred_thousand_units_take_no_time():
    chance = np.random.default_rng(3)
    units = np.repeat(np.arange(100_000), 5)
    values = np.where(chance.random(500_000) < 0.8, units % 10, chance.integers(0, 10, 500_000))
    begin = time.perf_counter()
    alpha = nominal_alpha(units=units, values=values)
    # A fifth of a second; what a busy machine makes of it stays far below.
    assert time.perf_counter() - begin < 5
    assert alpha.value == pytest.approx(0.64, abs=0.01)
