"""Areas and overlaps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.geometry.overlap import as_boxes, box_area, box_iou

numbers = st.floats(0, 1000).map(lambda value: round(value, 2))
boxes = st.lists(st.tuples(numbers, numbers, numbers, numbers), max_size=6)


@pytest.mark.parametrize(
    ("a", "b", "iou"),
    [
        ((0, 0, 10, 10), (0, 0, 10, 10), 1.0),
        ((0, 0, 10, 10), (5, 0, 10, 10), 1 / 3),
        ((0, 0, 10, 10), (2, 2, 5, 5), 0.25),
        ((0, 0, 10, 10), (10, 0, 10, 10), 0.0),
        ((0, 0, 10, 10), (50, 50, 10, 10), 0.0),
        ((0, 0, 0, 0), (0, 0, 0, 0), 0.0),
    ],
)
def test_overlaps_of_known_boxes(a, b, iou):
    assert box_iou([a], [b])[0, 0] == pytest.approx(iou)


def test_no_boxes_at_all_give_empty_tables():
    assert as_boxes([]).shape == (0, 4)
    assert box_iou(as_boxes([]), as_boxes([(1, 2, 3, 4)])).shape == (0, 1)
    assert box_area([]).shape == (0,)


def test_area_is_width_times_height():
    assert box_area([(5, 5, 3, 4), (0, 0, 2.5, 2)]).tolist() == [12, 5]


@given(boxes, boxes)
def test_overlap_is_symmetric_and_between_0_and_1(a, b):
    iou = box_iou(a, b)
    assert iou.shape == (len(a), len(b))
    assert ((iou >= 0) & (iou <= 1)).all()
    assert np.allclose(iou, box_iou(b, a).T)


@given(boxes.filter(bool))
def test_a_box_with_an_area_overlaps_itself_wholly(rows):
    own = np.diag(box_iou(rows, rows))
    assert np.allclose(own[box_area(rows) > 0.01], 1, atol=1e-6)


@given(boxes, st.floats(0.1, 10), st.integers(0, 500))
def test_overlap_does_not_depend_on_place_or_scale(rows, scale, shift):
    moved = as_boxes(rows) * scale + [shift, shift, 0, 0]
    large = (as_boxes(rows)[:, 2:] > 0.1).all(axis=1)
    assert np.allclose(box_iou(rows, rows)[large][:, large], box_iou(moved, moved)[large][:, large], atol=1e-6)


@given(st.integers(0, 20), st.integers(0, 20), st.integers(1, 20), st.integers(1, 20), st.integers(1, 20))
def test_overlap_of_whole_pixels_equals_counting_them(x, y, w, h, side):
    grid = np.zeros((2, 50, 50), dtype=bool)
    grid[0, y : y + h, x : x + w] = True
    grid[1, 10 : 10 + side, 10 : 10 + side] = True
    counted = (grid[0] & grid[1]).sum() / (grid[0] | grid[1]).sum()
    assert box_iou([(x, y, w, h)], [(10, 10, side, side)])[0, 0] == pytest.approx(counted)
