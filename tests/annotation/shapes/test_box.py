"""The box: where it may be, and what becomes of its numbers."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.shapes.box import Box, parse_bbox
from annotation.shapes.problems import Checklist


def read(value, *, width=100, height=50):
    checklist = Checklist()
    bbox = parse_bbox(value, width=width, height=height, where="shapes[0].bbox", checklist=checklist)
    return bbox, [(problem.field, problem.rule) for problem in checklist.problems]


@pytest.mark.parametrize("bbox", [[0, 0, 100, 50], [99, 49, 1, 1], (10.5, 20.25, 30.125, 5)])
def test_a_box_inside_the_image_is_taken(bbox):
    found, problems = read(bbox)
    assert not problems
    assert found == tuple(round(value, 2) for value in bbox)


@pytest.mark.parametrize("bbox", [[-0.5, -0.5, 101, 51], [-0.2, 0, 100.6, 50.5]])
def test_half_a_pixel_outside_is_clipped(bbox):
    assert read(bbox) == ((0, 0, 100, 50), [])


@pytest.mark.parametrize(
    "bbox",
    [[-0.51, 0, 10, 10], [0, -1, 10, 10], [90, 0, 10.6, 10], [0, 45, 10, 6], [200, 200, 5, 5], [1e308, 0, 1e308, 1]],
)
def test_a_box_outside_the_image_is_refused(bbox):
    assert read(bbox) == (None, [("shapes[0].bbox", "inside_image")])


@pytest.mark.parametrize("bbox", [[5, 5, 0.99, 10], [5, 5, 10, 0], [5, 5, -3, 4], [99.5, 0, 1, 10]])
def test_a_box_less_than_a_pixel_wide_or_high_is_refused(bbox):
    assert read(bbox) == (None, [("shapes[0].bbox", "smallest")])


@pytest.mark.parametrize(
    "bbox",
    [None, 5, "1234", {}, [], [1, 2, 3], [1, 2, 3, 4, 5], [1, 2, 3, "4"], [1, 2, 3, None], [1, 2, 3, True],
     [math.nan, 0, 5, 5], [0, 0, math.inf, 5], [10**400, 0, 5, 5], [[1], 2, 3, 4]],
)  # fmt: skip
def test_anything_but_four_finite_numbers_is_refused(bbox):
    assert read(bbox) == (None, [("shapes[0].bbox", "finite")])


def test_no_coordinate_is_a_negative_zero():
    bbox, _ = read([-0.0, -0.0, 5, 5])
    assert str(bbox) == "(0.0, 0.0, 5.0, 5.0)"


sides = st.integers(1, 5000)
reals = st.floats(-10, 6000)


@given(sides, sides, reals, reals, reals, reals)
def test_whatever_is_taken_is_inside_has_two_decimals_and_reads_back_to_itself(width, height, x, y, w, h):
    bbox, problems = read([x, y, w, h], width=width, height=height)
    if bbox is None:
        assert len(problems) == 1
        return
    left, top, wide, high = bbox
    assert left >= 0
    assert top >= 0
    assert wide >= 1
    assert high >= 1
    assert round(left + wide, 2) <= width
    assert round(top + high, 2) <= height
    assert bbox == tuple(round(value, 2) for value in bbox)
    assert math.copysign(1, left) == math.copysign(1, top) == 1
    assert max(abs(left - x), abs(top - y)) <= 0.51
    assert read(list(bbox), width=width, height=height) == (bbox, [])


def test_its_canonical_form_is_plain_json():
    box = Box(label="car", bbox=(1.0, 2.0, 3.0, 4.0))
    assert box.as_json() == {"type": "box", "label": "car", "attributes": {}, "bbox": [1.0, 2.0, 3.0, 4.0]}
    assert Box.read(box.as_json()) == box
