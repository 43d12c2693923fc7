"""Many points at once."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.shapes.points import clipped, finite, outside


@pytest.mark.parametrize(
    "values", [[1, "2"], [1, True], [1, None], [1, math.nan], [1, -math.inf], [1, 10**400], [[1], 2]]
)
def test_what_is_no_finite_number_is_told(values):
    assert finite(values) is None


def test_numbers_are_read():
    assert finite([1, 2.5]).tolist() == [1.0, 2.5]


def test_the_first_point_outside_is_named_half_a_pixel_is_forgiven():
    points = np.array([[-0.5, 50.5], [100.5, -0.5], [3, 50.6], [101, 4]])
    assert outside(points, width=100, height=50) == 2
    assert outside(points[:2], width=100, height=50) is None


@given(st.lists(st.tuples(st.floats(-0.5, 100.5), st.floats(-0.5, 50.5)), min_size=1))
def test_clipped_points_are_inside_and_stay_as_they_are(points):
    once = clipped(np.array(points), width=100, height=50)
    assert (once >= 0).all()
    assert (once <= [100, 50]).all()
    assert not np.signbit(once).any()
    assert np.array_equal(clipped(once, width=100, height=50), once)
    assert [round(value, 2) for value in once.ravel().tolist()] == once.ravel().tolist()
