from dataclasses import replace

import pytest

from annotation.geometry import rle
from annotation.shapes import Keypoints
from qa.centres import bounds_of, centre_of
from tests.qa.answers import area, box, mask, points, polygon, rectangle


def centre(*shapes, weights=None, label="can"):
    return centre_of(shapes=shapes, weights=weights or [1.0] * len(shapes), label=label)


def test_a_box_is_the_median_box_with_the_label():
    assert centre(box(0, 0, 50, 50), box(2, 1, 50, 50, "bag"), box(10, 3, 50, 50)) == box(2, 1, 50, 50)


def test_a_mask_is_what_most_have_inside():
    found = centre(mask(0, 0, 10, 10), mask(2, 0, 10, 10), mask(5, 0, 10, 10))
    assert found == mask(2, 0, 10, 10)


def test_masks_with_nothing_in_common_give_the_heaviest():
    assert centre(mask(0, 0, 5, 5), mask(50, 0, 5, 5), weights=[1, 2]) == mask(50, 0, 5, 5)
    assert centre(mask(0, 0, 5, 5), mask(50, 0, 5, 5)) == mask(0, 0, 5, 5)


def test_a_polygon_is_the_outline_of_what_most_enclose():
    found = centre(*(rectangle(x, 0, 100, 100) for x in (0, 4, 8)))
    assert bounds_of(found) == pytest.approx((4, 0, 100, 100), abs=0.5)


def test_each_point_is_the_median_of_those_who_marked_it():
    found = centre(
        points((0, 0, 2), (10, 10, 1)), points((2, 4, 2), (12, 10, 2)), points((90, 5, 1), (0, 0, 0)), weights=[1, 1, 1]
    )
    assert found == points((2, 4, 2), (11, 10, 2))


def test_a_point_is_kept_at_half_of_the_weight_and_dropped_below():
    both, one = points((0, 0, 2), (10, 10, 1)), points((0, 0, 2), (0, 0, 0))
    assert centre(both, one) == points((0, 0, 2), (10, 10, 1))
    assert centre(both, one, one) == points((0, 0, 2), (0, 0, 0))
    assert centre(both, one, weights=[1, 2]) == points((0, 0, 2), (0, 0, 0))


def test_of_people_who_marked_different_points_something_is_left():
    assert centre(
        points((9, 9, 2), (0, 0, 0), (0, 0, 0)),
        points((0, 0, 0), (8, 8, 2), (0, 0, 0)),
        points((0, 0, 0), (0, 0, 0), (7, 7, 1)),
    ) == points((9, 9, 2), (8, 8, 2), (7, 7, 1))


def test_points_of_another_label_are_other_points():
    other = Keypoints("bag", (5.0, 5.0, 2.0))
    assert centre(points((0, 0, 2), (10, 10, 2)), other) == points((0, 0, 2), (10, 10, 2))


def test_questions_are_asked_of_those_who_gave_the_label():
    shapes = [
        replace(box(0, 0, 9, 9), attributes={"full": True}),
        replace(box(0, 0, 9, 9), attributes={"full": True}),
        replace(box(0, 0, 9, 9, "bag"), attributes={"full": False, "handle": "round"}),
    ]
    assert centre(*shapes).attributes == {"full": True}


@pytest.mark.parametrize(
    ("shape", "bounds"),
    [
        (box(1, 2, 3, 4), (1, 2, 3, 4)),
        (polygon((1, 2), (5, 2), (4, 9)), (1, 2, 4, 7)),
        (mask(3, 4, 10, 20), (3, 4, 10, 20)),
        (area(3, 4, 10, 20), (3, 4, 10, 20)),
        (points((3, 4, 2), (9, 7, 1), (0, 0, 0)), (3, 4, 6, 3)),
    ],
    ids=["box", "polygon", "mask", "semantic mask", "keypoints"],
)
def test_bounds(shape, bounds):
    assert bounds_of(shape) == bounds


@pytest.mark.parametrize(
    "shape", [box(1, 2, 30, 40), polygon((1, 2), (50, 2), (40, 90)), mask(3, 4, 10, 20), points((3, 4, 2), (9, 7, 1))]
)
def test_identical_shapes_are_themselves(shape):
    assert centre(shape, shape, shape) == centre(shape) == shape


def test_a_merged_mask_is_written_as_a_mask_is():
    found = centre(mask(0, 0, 10, 10), mask(2, 3, 10, 10), mask(5, 1, 10, 10))
    runs = rle.runs_of(found.counts, height=480, width=640)
    assert rle.counts_of(runs) == found.counts
