import math

from hypothesis import given
from hypothesis import strategies as st

from marketplace.demo.truth import TruthBox, clipped

numbers = st.floats(-2000, 2000) | st.sampled_from([math.nan, math.inf, -math.inf])


def test_a_box_that_stands_out_of_the_picture_is_cut_to_it():
    assert clipped(boxes=[TruthBox("can", -5, 90, 20, 30)], width=100, height=100) == (TruthBox("can", 0, 90, 15, 10),)


def test_boxes_without_area_are_dropped():
    boxes = [TruthBox("can", 5, 5, 0, 10), TruthBox("can", 5, 5, -3, 10), TruthBox("can", 200, 5, 10, 10)]
    assert clipped(boxes=boxes, width=100, height=100) == ()


@given(st.lists(st.tuples(numbers, numbers, numbers, numbers), max_size=5))
def test_whatever_is_read_what_is_kept_lies_inside_and_has_area(rows):
    for box in clipped(boxes=[TruthBox("x", *row) for row in rows], width=64, height=48):
        assert box.x >= 0 <= box.y
        assert box.w >= 1 <= box.h
        assert box.x + box.w <= 64 + 1e-9
        assert box.y + box.h <= 48 + 1e-9
