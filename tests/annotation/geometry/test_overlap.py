"""Areas and overlaps."""

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from pycocotools import mask as pycocotools

from annotation.geometry import as_boxes, box_area, box_iou, dice_of, mask_iou, oks, rle

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


@given(boxes, boxes)
def test_overlap_of_boxes_is_what_pycocotools_says(a, b):
    if not a or not b:
        return
    theirs = np.asarray(pycocotools.iou(as_boxes(a), as_boxes(b), [0] * len(b)))
    some = box_area(a)[:, None] + box_area(b)[None, :] > 0
    assert box_iou(a, b)[some] == pytest.approx(theirs[some], abs=1e-9)


def test_what_is_compared_stays_as_it_is():
    one, other = as_boxes([(1, 2, 3, 4)]), as_boxes([(2, 2, 3, 4)])
    box_iou(one, other)
    assert (one.tolist(), other.tolist()) == ([[1, 2, 3, 4]], [[2, 2, 3, 4]])


def test_many_boxes_are_compared_as_few_are():
    chance = np.random.default_rng(1)
    rows = chance.uniform(1, 300, (300, 4)) * [3, 1, 1, 1]
    rows[:5] = [(10, 10, 0, 0), (0, 0, 900, 900), (10, 10, 0, 0), (300, 10, 0.5, 900), (899, 0, 1, 1)]
    others = np.concatenate([rows[::-1], chance.uniform(0, 50, (7, 4))])
    many = box_iou(rows, others)
    assert all((box_iou(rows[i : i + 1], others)[0] == many[i]).all() for i in range(len(rows)))


@dataclass(frozen=True)
class Drawn:
    """A mask as it is kept: size and text."""

    size: tuple[int, int]
    counts: str

    @classmethod
    def of(cls, pixels):
        return cls(pixels.shape, rle.encode(pixels))


pixels = arrays(bool, (5, 7))
masks = st.lists(pixels, max_size=4)


def test_overlap_of_known_masks():
    left, right = np.zeros((2, 4, 6), dtype=bool)
    left[:2, :3] = True
    right[1:3, 1:4] = True
    assert mask_iou([Drawn.of(left)], [Drawn.of(right)])[0, 0] == pytest.approx(2 / 10)


@given(masks, masks)
def test_overlap_of_masks_is_pixels_counted_symmetric_and_what_pycocotools_says(a, b):
    iou = mask_iou([Drawn.of(one) for one in a], [Drawn.of(other) for other in b])
    counted = [[(one & other).sum() / max((one | other).sum(), 1) for other in b] for one in a]
    assert iou.shape == (len(a), len(b))
    assert iou.ravel() == pytest.approx(np.array(counted, dtype=float).ravel())
    assert (iou == mask_iou([Drawn.of(other) for other in b], [Drawn.of(one) for one in a]).T).all()
    theirs = [[pycocotools.encode(np.asfortranarray(one.astype(np.uint8))) for one in some] for some in (a, b)]
    if a and b:
        assert (iou == pycocotools.iou(*theirs, [0] * len(b))).all()


def test_masks_of_two_sizes_cannot_be_compared():
    with pytest.raises(ValueError, match="one size"):
        mask_iou([Drawn.of(np.ones((2, 3), dtype=bool))], [Drawn.of(np.ones((3, 2), dtype=bool))])


@pytest.mark.parametrize(("iou", "dice"), [(0.0, 0.0), (1 / 3, 0.5), (0.5, 2 / 3), (1.0, 1.0)])
def test_dice_is_twice_the_shared_over_both(iou, dice):
    assert dice_of(np.array(iou)) == pytest.approx(dice)


def test_oks_of_points_a_known_way_off():
    # Of area 100 and sigma 0.1: 2 · 100 · 0.2² = 8, so two pixels off count exp(−4 / 8).
    truth = [(0, 0, 2), (10, 0, 1), (20, 20, 0)]
    found = [(0, 0, 1), (10, 2, 2), (99, 99, 2)]
    close = oks([truth], [found], areas=[100], sigmas=[0.1] * 3)
    assert close.tolist() == [[pytest.approx((1 + math.exp(-0.5)) / 2)]]


def test_a_point_left_out_counts_nothing_and_one_too_many_is_not_asked_for():
    whole, half = [(5, 5, 2), (9, 9, 2)], [(5, 5, 2), (0, 0, 0)]
    assert oks([whole], [half], areas=[50], sigmas=[0.1, 0.1])[0, 0] == 0.5
    assert oks([half], [whole], areas=[50], sigmas=[0.1, 0.1])[0, 0] == 1.0
    nothing = [(0, 0, 0), (0, 0, 0)]
    assert oks([nothing], [whole], areas=[50], sigmas=[0.1, 0.1])[0, 0] == 0.0


def test_each_sigma_belongs_to_its_point_and_each_area_to_its_object():
    truth = [[(0, 0, 2), (10, 0, 2)], [(0, 0, 2), (10, 0, 2)]]
    close = oks(truth, [[(0, 3, 2), (10, 0, 2)]], areas=[100, 400], sigmas=[0.1, 0.5])[:, 0]
    assert close == pytest.approx([(math.exp(-9 / 8) + 1) / 2, (math.exp(-9 / 32) + 1) / 2])


@given(st.lists(st.tuples(numbers, numbers, st.sampled_from([0, 1, 2])), min_size=3, max_size=3))
def test_keypoints_agree_with_themselves(points):
    own = oks([points], [points], areas=[10], sigmas=[0.05] * 3)[0, 0]
    assert own == (1 if any(v for _, _, v in points) else 0)
