"""Polygons: area, bounds, their pixels, and outlines that cross themselves."""

import time
from itertools import combinations

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


@pytest.mark.parametrize(
    ("outlines", "crosses"),
    [
        ([SQUARE], False),
        ([[0, 0, 10, 10, 10, 0, 0, 10]], True),  # a bow tie
        ([[0, 0, 5, 5, 10, 10, 10, 0, 5, 5, 0, 10]], True),  # its knot is a corner of both
        ([[0, 0, 5, 5, 10, 0, 10, 10, 5, 5, 0, 10]], False),  # two triangles that touch there
        ([[0, 0, 10, 0, 10, 10, 5, 0, 5, -5, 0, 10]], True),  # a corner on an edge, then through it
        ([[0, 0, 10, 0, 10, 10, 5, 0, 0, 10]], False),  # a corner on an edge, and back
        ([[0, 0, 10, 0, 10, 0, 10, 10, 0, 10, 0, 0]], False),  # points given twice
        ([[0, 0, 10, 0, 10, 10, 5, 10, 5, 15, 5, 10, 0, 10]], False),  # a spike
        ([[0, 0, 9, 0, 9, 9, 2, 9, 2, -1]], True),
        ([SQUARE, [20, 0, 30, 0, 30, 10, 20, 10]], False),
        ([SQUARE, [10, 0, 20, 0, 20, 10, 10, 10]], False),  # side by side
        ([SQUARE, [5, 5, 15, 5, 15, 15, 5, 15]], True),
        ([[0, 0, 0.01, 0.01, 0.01, 0, 0, 0.01]], True),  # also in the smallest
    ],
)
def test_an_outline_that_crosses_itself_is_told_from_one_that_touches(outlines, crosses):
    assert polygons.crosses_itself(outlines) is crosses
    assert polygons.crosses_itself([ring[2:] + ring[:2] for ring in outlines]) is crosses
    backwards = [np.reshape(ring, (-1, 2))[::-1].ravel() for ring in outlines]
    assert polygons.crosses_itself(backwards) is crosses


def properly(a, b, c, d):
    side = lambda p, q, r: np.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))  # noqa: E731
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=3, max_size=30, unique=True))
def test_it_finds_what_looking_at_every_pair_of_edges_finds(points):
    edges = list(zip(points, points[1:] + points[:1], strict=True))
    expected = any(properly(*one, *other) for one, other in combinations(edges, 2))
    ring = [value for point in points for value in point]
    found = polygons.crosses_itself([np.array(ring) / 100])
    assert found or not expected
    on_a_line = any(
        (b[0] - a[0]) * (c[1] - a[1]) == (b[1] - a[1]) * (c[0] - a[0]) for a, b, c in combinations(points, 3)
    )
    assert found == expected or on_a_line


def test_two_thousand_points_take_little_time_even_when_every_edge_is_near_every_other():
    turn = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    circle = np.column_stack([500 + 400 * np.cos(turn), 500 + 400 * np.sin(turn)]).ravel()
    comb = [value for n in range(1000) for value in ((n, 0, n + 5000, 5000) if n % 2 else (n + 5000, 5000, n, 0))]
    begun = time.process_time()
    assert not polygons.crosses_itself([circle])
    assert not polygons.crosses_itself([comb])
    assert time.process_time() - begun < 2
