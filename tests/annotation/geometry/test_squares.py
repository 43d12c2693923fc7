"""Polygons counted in squares against the exact area they share."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.geometry import box_iou
from annotation.geometry.squares import TURN, polygon_iou

SQUARE = [(0, 0, 100, 0, 100, 100, 0, 100)]


def moved(rings, x=0.0, y=0.0, scale=1.0):
    return [tuple((np.reshape(ring, (-1, 2)) * scale + [x, y]).ravel()) for ring in rings]


def exact_area(a, b):
    """The area that two rings share: each is the sum of the signed strips between its edges and a line far above."""
    return abs(sum(strip(one, other) for one in edges(a) for other in edges(b)))


def edges(ring):
    points = [(float(x), float(y)) for x, y in np.reshape(ring, (-1, 2))]
    return list(zip(points, points[1:] + points[:1], strict=True))


def strip(one, other, base=-1e4):
    """The signed area under both edges: of the lower of two straight lines, piece by piece."""
    (left, right), sign = (sorted(one), 1 if one[0] < one[1] else -1)
    (low, high), other_sign = (sorted(other), 1 if other[0] < other[1] else -1)
    start, end = max(left[0], low[0]), min(right[0], high[0])
    if start >= end:
        return 0.0

    def heights(x):
        return [p[1] - base + (q[1] - p[1]) * (x - p[0]) / (q[0] - p[0]) for p, q in ((left, right), (low, high))]

    (f0, g0), (f1, g1) = heights(start), heights(end)
    cuts = [start, end]
    if (f0 - g0) * (f1 - g1) < 0:
        cuts.insert(1, start + (end - start) * (f0 - g0) / ((f0 - g0) - (f1 - g1)))
    shared = sum((min(heights(a)) + min(heights(b))) / 2 * (b - a) for a, b in pairwise(cuts))
    return sign * other_sign * shared


def exact_iou(a, b):
    shared = exact_area(a, b)
    return shared / (exact_area(a, a) + exact_area(b, b) - shared)


@st.composite
def stars(draw):
    """A ring around a point, its corners at growing angles: it never crosses itself."""
    corners = draw(st.integers(3, 12))
    turns = (np.arange(corners) + np.array([draw(st.floats(0.0, 0.6)) for _ in range(corners)])) * 2 * np.pi / corners
    radius = draw(st.sampled_from([1.5, 6.0, 40.0, 300.0]))
    reach = np.array([draw(st.floats(0.4, 1.0)) for _ in range(corners)]) * radius
    x, y = (draw(st.floats(0, 1)) * radius for _ in "xy")
    return [tuple(np.column_stack([x + np.cos(turns) * reach, y + np.sin(turns) * reach]).ravel())]


def test_the_exact_area_of_two_squares_is_as_counted_by_hand():
    assert exact_area(SQUARE[0], moved(SQUARE, 50, 20)[0]) == pytest.approx(50 * 80)


@pytest.mark.parametrize(
    ("other", "iou"),
    [
        (SQUARE, 1.0),
        (moved(SQUARE, 50), 1 / 3),
        (moved(SQUARE, 100), 0.0),
        (moved(SQUARE, 300), 0.0),
        (moved(SQUARE, scale=0.5), 0.25),
        ([(0, 0, 100, 0, 0, 100)], 0.5),
        ([(0, 0, 50, 0, 50, 100, 0, 100), (50, 0, 100, 0, 100, 50, 50, 50)], 0.75),
        ([(0, 0, 70, 0, 70, 100, 0, 100), (30, 0, 100, 0, 100, 100, 30, 100)], 1.0),
    ],
    ids=["itself", "half", "touching", "far", "within", "triangle", "two rings", "two rings that overlap"],
)
def test_known_polygons(other, iou):
    assert polygon_iou([SQUARE], [other])[0, 0] == pytest.approx(iou, abs=0.004)


@given(stars(), stars())
def test_what_is_counted_is_within_0_005_of_the_exact_area(a, b):
    assert polygon_iou([a], [b])[0, 0] == pytest.approx(exact_iou(a[0], b[0]), abs=0.005)


@given(st.lists(stars(), min_size=1, max_size=5), st.lists(stars(), max_size=5))
def test_it_is_symmetric_between_0_and_1_and_1_for_itself(a, b):
    iou = polygon_iou(a, b)
    assert iou.shape == (len(a), len(b))
    assert ((iou >= 0) & (iou <= 1)).all()
    assert (iou == polygon_iou(b, a).T).all()
    assert (np.diag(polygon_iou(a, a)) == 1).all()


def test_a_pair_is_compared_the_same_whoever_else_is_compared():
    a, b = moved(SQUARE, scale=0.1), moved(SQUARE, 4, 1, scale=0.1)
    crowd = [a, *(moved(SQUARE, x, x, scale=2) for x in range(5)), moved(SQUARE, 3, 3, scale=0.02)]
    assert polygon_iou(crowd, [b])[0, 0] == pytest.approx(polygon_iou([a], [b])[0, 0], abs=0.005)


def test_boxes_drawn_as_polygons_are_as_boxes_are():
    rows = np.random.default_rng(5).uniform([0, 0, 30, 30], [20, 20, 120, 120], (30, 4))
    drawn = [[(x, y, x + w, y, x + w, y + h, x, y + h)] for x, y, w, h in rows]
    assert np.abs(polygon_iou(drawn, drawn) - box_iou(rows, rows)).max() < 0.004


def test_the_squares_lie_askew_to_every_common_slope():
    slope = TURN[1] / TURN[0]
    assert TURN[0] ** 2 + TURN[1] ** 2 == pytest.approx(1)
    assert min(abs(slope - over / under) for under in range(1, 9) for over in range(under + 1)) > 0.006


def test_polygons_far_from_the_corner_and_from_each_other_keep_their_precision():
    small = [(0.0, 0.0, 6.0, 0.0, 6.0, 6.0, 0.0, 6.0)]
    places = [(0, 0), (9_000, 9_000), (20_000, 0)]
    iou = polygon_iou([moved(small, *place) for place in places], [moved(small, x + 3, y) for x, y in places])
    assert np.diag(iou) == pytest.approx([1 / 3] * 3, abs=0.005)
    assert iou.sum() == pytest.approx(np.diag(iou).sum())


def test_no_polygons_give_empty_tables():
    assert polygon_iou([], [SQUARE]).shape == (0, 1)
    assert polygon_iou([SQUARE], []).shape == (1, 0)
