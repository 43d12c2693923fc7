"""The polygon: where it may be, what becomes of its points, and which outlines are none."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.geometry import polygons
from annotation.shapes.polygon import Polygon, check_crossings
from annotation.shapes.problems import Checklist

SQUARE = [10, 10, 30, 10, 30, 30, 10, 30]


def read(segmentation, *, width=100, height=50):
    checklist = Checklist()
    found = Polygon.parse(
        {"segmentation": segmentation}, label="roof", attributes={}, width=width, height=height, points={},
        where="shapes[0]", checklist=checklist,
    )  # fmt: skip
    if found:
        check_crossings([(0, found)], checklist=checklist)
    return found, [(problem.field, problem.rule) for problem in checklist.problems]


def test_one_outline_or_several_inside_the_image_are_taken():
    found, problems = read([SQUARE, [40.126, 5, 60, 5, 50, 15]])
    assert not problems
    assert found == Polygon("roof", ((10, 10, 30, 10, 30, 30, 10, 30), (40.13, 5, 60, 5, 50, 15)))
    assert found.vertices == 7


def test_half_a_pixel_outside_is_clipped():
    assert read([[-0.5, -0.5, 100.5, 0, 100.5, 50.5]])[0].segmentation == ((0, 0, 100, 0, 100, 50),)


def test_points_given_twice_and_a_repeated_first_point_are_dropped():
    assert read([[*SQUARE[:2], *SQUARE, *SQUARE[:2]]])[0].segmentation == (tuple(SQUARE),)
    assert read([[10, 10, 10.001, 10, 30, 10, 30, 30]])[0].segmentation == ((10, 10, 30, 10, 30, 30),)


@pytest.mark.parametrize(
    ("segmentation", "where", "rule"),
    [
        (None, "", "type"),
        ({"size": [1, 1], "counts": "0"}, "", "type"),
        ([], "", "type"),
        (SQUARE, "[0]", "finite"),
        ([SQUARE[:7]], "[0]", "finite"),
        ([[10, 10, 30, "10", 30, 30]], "[0]", "finite"),
        ([[10, 10, 30, math.nan, 30, 30]], "[0]", "finite"),
        ([SQUARE, [10**400, 10, 30, 10, 30, 30]], "[1]", "finite"),
        ([[]], "[0]", "vertices"),
        ([SQUARE[:4]], "[0]", "vertices"),
        ([[10, 10, 30, 30, 10, 10]], "[0]", "vertices"),
        ([[10, 10, 101, 10, 30, 30]], "[0]", "inside_image"),
        ([[10, -0.51, 30, 10, 30, 30]], "[0]", "inside_image"),
        ([[10, 10, 30, 30, 20, 20]], "[0]", "smallest"),
        ([[10, 10, 30, 30, 30, 10, 10, 31]], "", "self_crossing"),
        ([SQUARE, [20, 20, 40, 20, 40, 40]], "", "self_crossing"),
    ],
)
def test_an_outline_that_makes_no_sense_is_refused_naming_the_rule(segmentation, where, rule):
    assert read(segmentation)[1][0] == (f"shapes[0].segmentation{where}", rule)


def test_a_comb_that_would_take_gigabytes_to_draw_is_refused():
    def teeth(many):
        return [value for n in range(many) for value in (n / 10, 49, n / 10 + 0.05, 0)] + [99, 50, 0, 50]

    assert not read([teeth(70)])[1]
    assert read([teeth(90)]) == (None, [("shapes[0].segmentation", "too_long")])


coordinates = st.floats(-0.5, 60.5)
rings = st.lists(coordinates, min_size=6, max_size=24).filter(lambda values: len(values) % 2 == 0)


@given(st.lists(rings, min_size=1, max_size=3))
def test_whatever_is_taken_reads_back_to_itself_and_can_be_drawn(segmentation):
    found, _ = read(segmentation, width=60, height=60)
    if found is None:
        return
    assert read(found.as_json()["segmentation"], width=60, height=60)[0] == found
    assert Polygon.read(found.as_json()) == found
    assert all(0 <= value <= 60 for ring in found.segmentation for value in ring)
    assert polygons.rasterise(found.segmentation, height=60, width=60)


def test_its_canonical_form_is_plain_json():
    polygon = Polygon("roof", ((1.0, 2.0, 3.0, 4.0, 5.0, 0.0),), {"flat": True})
    assert polygon.as_json() == {
        "type": "polygon", "label": "roof", "attributes": {"flat": True}, "segmentation": [[1, 2, 3, 4, 5, 0]],
    }  # fmt: skip
