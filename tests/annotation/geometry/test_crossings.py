"""Outlines that cross themselves, told from those that only touch."""

import time
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.geometry.crossings import Crossings, crosses_itself, crossings

SQUARE = [0, 0, 10, 0, 10, 10, 0, 10]


@pytest.mark.parametrize(
    ("outlines", "crosses"),
    [
        ([SQUARE], False),
        ([[0, 0, 10, 10, 10, 0, 0, 10]], True),  # a bow tie
        ([[0, 0, 5, 5, 10, 10, 10, 0, 5, 5, 0, 10]], True),  # its knot is a corner of both
        ([[0, 0, 5, 5, 10, 0, 10, 10, 5, 5, 0, 10]], False),  # two triangles that touch there
        ([[0, 0, 10, 0, 10, 10, 5, 0, 5, -5, 0, 10]], True),  # a corner on an edge, then through it
        ([[0, 0, 30, 0, 30, 10, 5, 0, 5, -5, 3, -5, 3, 0, 0, 10]], True),  # through it, and back through it
        ([[0, 0, 10, 0, 10, 10, 5, 0, -5, -5, -7, -5, 3, 0, -3, 10, -4, 9]], True),
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
    assert crosses_itself(outlines) is crosses
    assert crosses_itself([ring[2:] + ring[:2] for ring in outlines]) is crosses
    backwards = [np.reshape(ring, (-1, 2))[::-1].ravel() for ring in outlines]
    assert crosses_itself(backwards) is crosses
    mirrored = [(np.reshape(ring, (-1, 2)) * [-1, 1]).ravel() for ring in outlines]
    assert crosses_itself(mirrored) is crosses


def properly(a, b, c, d):
    side = lambda p, q, r: np.sign((q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]))  # noqa: E731
    return side(a, b, c) * side(a, b, d) < 0 and side(c, d, a) * side(c, d, b) < 0


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)), min_size=3, max_size=30, unique=True))
def test_it_finds_what_looking_at_every_pair_of_edges_finds(points):
    edges = list(zip(points, points[1:] + points[:1], strict=True))
    expected = any(properly(*one, *other) for one, other in combinations(edges, 2))
    ring = [value for point in points for value in point]
    found = crosses_itself([np.array(ring) / 100])
    assert found or not expected
    on_a_line = any(
        (b[0] - a[0]) * (c[1] - a[1]) == (b[1] - a[1]) * (c[0] - a[0]) for a, b, c in combinations(points, 3)
    )
    assert found == expected or on_a_line


@given(st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=8), max_size=5))
def test_many_polygons_asked_at_once_get_the_answers_each_gets_alone(outlines):
    polygons = [[[float(value) for point in points for value in point]] for points in outlines]
    alone = tuple(number for number, rings in enumerate(polygons) if crosses_itself(rings))
    assert crossings(polygons) == Crossings(alone, ())


def circle(vertices, size=400):
    turn = np.linspace(0, 2 * np.pi, vertices, endpoint=False)
    return np.column_stack([500 + size * np.cos(turn), 500 + size * np.sin(turn)]).round(2).ravel().tolist()


def comb(teeth):
    """Strokes to and fro: every edge is above every other."""
    return [value for n in range(teeth) for value in ((n, 0, n + 5000, 5000) if n % 2 else (n + 5000, 5000, n, 0))]


def test_two_thousand_points_take_little_time_and_so_do_two_thousand_polygons():
    tall = [value for n in range(1000) for value in (500 + n % 7, n)]
    tall += [value for n in reversed(range(1000)) for value in (520 + n % 7, n)]
    begun = time.process_time()
    assert crossings([[circle(2000)]] * 5 + [[tall]] * 5) == Crossings((), ())
    assert crossings([[circle(8)]] * 2000) == Crossings((), ())
    assert time.process_time() - begun < 2


def test_an_outline_of_edges_beside_each_other_without_end_is_not_looked_through():
    begun = time.process_time()
    assert crossings([[comb(1000)]] * 25) == Crossings((), tuple(range(25)))
    assert crosses_itself([comb(1000)])
    assert time.process_time() - begun < 2
    assert not crosses_itself([comb(100)])
