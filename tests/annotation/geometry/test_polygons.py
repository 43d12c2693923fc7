"""Polygons: area, bounds, their pixels, and outlines that cross themselves."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as pycocotools

from annotation.geometry import polygons, rle

# Their decoder hands NumPy an array in a way that NumPy has deprecated.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SQUARE = [0, 0, 10, 0, 10, 10, 0, 10]
coordinates = st.integers(0, 4000).map(lambda value: value / 100)
rings = st.lists(coordinates, min_size=6, max_size=24).filter(lambda values: len(values) % 2 == 0)


def test_area_and_bounds_by_hand():
    assert polygons.area([SQUARE]) == 100
    assert polygons.area([SQUARE, [20, 20, 24, 20, 20, 23]]) == 106
    assert polygons.area([SQUARE[::-1]]) == 100
    assert polygons.bounds([SQUARE, [20, 20, 24, 20, 20, 23]]) == (0, 0, 24, 23)


def test_the_length_of_all_outlines_by_hand():
    assert polygons.length([SQUARE, [20, 20, 24, 20, 20, 23]]) == 40 + 12


def test_area_keeps_its_digits_far_from_the_corner():
    assert polygons.area([[1e7, 1e7, 1e7 + 0.01, 1e7, 1e7, 1e7 + 0.01]]) == pytest.approx(0.00005, rel=1e-3)


@given(st.lists(rings, min_size=1, max_size=3))
def test_its_pixels_are_those_that_pycocotools_draws(outlines):
    counts = polygons.rasterise(outlines, height=41, width=43)
    drawn = pycocotools.frPyObjects(outlines, 41, 43)
    union = np.any([pycocotools.decode(each) for each in drawn], axis=0)
    assert np.array_equal(rle.decode(counts, height=41, width=43), union)
