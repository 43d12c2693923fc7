"""Outlines of masks, against the masks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from annotation.geometry.outlines import outlines, simplified
from annotation.geometry.polygons import area, crosses_itself

GRID = np.mgrid[:120, :160]
DISC = (GRID[1] - 80) ** 2 + (GRID[0] - 60) ** 2 < 40**2


def flat(rings):
    return [tuple(ring.ravel()) for ring in rings]


def test_one_pixel_is_a_diamond_through_the_middles_of_its_sides():
    mask = np.zeros((3, 4), dtype=bool)
    mask[1, 2] = True
    (ring,) = outlines(mask)
    assert {tuple(point) for point in ring.tolist()} == {(2.5, 1), (3, 1.5), (2.5, 2), (2, 1.5)}


def test_pixels_along_the_edge_of_the_image_have_an_outline_too():
    (ring,) = outlines(np.ones((2, 3), dtype=bool))
    assert (ring.min(axis=0).tolist(), ring.max(axis=0).tolist()) == ([0, 0], [3, 2])


def test_holes_are_filled_and_pieces_come_by_size():
    mask = np.zeros((10, 20), dtype=bool)
    mask[1:3, 1:3] = True
    mask[2:9, 8:18] = True
    mask[4:6, 10:12] = False
    rings = outlines(mask)
    assert [round(area([tuple(ring.ravel())])) for ring in rings] == [70, 4]


def test_pieces_that_touch_at_a_corner_are_two():
    assert len(outlines(np.eye(2, dtype=bool))) == 2


def test_an_outline_has_the_area_of_its_mask_and_few_points_will_do():
    (whole,), (few,) = outlines(DISC), outlines(DISC, within=0.7)
    assert area(flat([whole])) == pytest.approx(DISC.sum(), rel=0.001)
    assert area(flat([few])) == pytest.approx(DISC.sum(), rel=0.01)
    assert len(few) < 50 < len(whole)


def test_no_pixel_has_no_outline():
    assert outlines(np.zeros((4, 4), dtype=bool)) == []


@given(arrays(bool, (7, 9)))
def test_outlines_never_cross_and_hold_every_pixel(mask):
    rings = outlines(mask)
    assert not crosses_itself(flat(rings)) if rings else not mask.any()
    # A pixel loses an eighth at each corner and gains one at each dent; filled holes only add.
    assert sum(area([ring]) for ring in flat(rings)) >= mask.sum() / 2


def test_a_simplified_ring_keeps_every_point_near_and_three_at_least():
    square = np.array([(0, 0), (1, 0.1), (2, 0), (2, 2), (1, 2.1), (0, 2)], dtype=float)
    assert len(simplified(square, within=0.2)) == 4
    assert len(simplified(square, within=0.05)) == 6
    assert len(simplified(square, within=99)) == 3
    assert len(simplified(square[:3], within=99)) == 3
