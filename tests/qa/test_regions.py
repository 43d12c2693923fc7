import numpy as np
import pytest
from hypothesis import given as when
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from annotation.geometry import polygon_iou, rle
from annotation.geometry.polygons import crosses_itself
from qa.regions import merge_masks, merge_polygons
from tests.qa.answers import a_weight, rectangle

pixels = arrays(bool, (4, 5))
some = st.lists(st.tuples(pixels, a_weight), min_size=1, max_size=5)


def merged(masks, weights):
    runs, share = merge_masks(masks=[rle.runs_in(mask) for mask in masks], weights=weights)
    return rle.pixels_of(runs, height=4, width=5), share


@when(some)
def test_a_pixel_is_inside_when_more_than_half_of_the_weight_says_so(pairs):
    masks, weights = zip(*pairs, strict=True)
    found, share = merged(masks, weights)
    votes = np.tensordot(weights, np.array(masks, dtype=float), axes=1) / sum(weights)
    assert (found == (votes > 0.5 + 1e-9)).all()
    sure = np.maximum(votes, 1 - votes)[votes > 0]
    assert share == pytest.approx(sure.mean() if len(sure) else 1)


@when(some)
def test_the_runs_are_those_of_the_mask(pairs):
    masks, weights = zip(*pairs, strict=True)
    runs, _ = merge_masks(masks=[rle.runs_in(mask) for mask in masks], weights=weights)
    assert runs.tolist() == rle.runs_in(rle.pixels_of(runs, height=4, width=5)).tolist()


def test_exactly_half_is_not_inside_and_without_weight_all_count_the_same():
    one, other = np.zeros((2, 4, 5), dtype=bool)
    one[:2], other[1:3] = True, True
    assert merged([one, other], [1, 1])[0].sum() == (one & other).sum()
    assert merged([one, other, one], [0, 0, 0])[0].sum() == one.sum()


SQUARE = rectangle(10, 10, 100, 100).segmentation


def moved(by):
    return rectangle(10 + by, 10, 100, 100).segmentation


def test_polygons_merge_into_what_most_of_them_enclose():
    # Left edges 10, 20, 40, right edges 110, 120, 140: two of three from 20 to 120.
    found = merge_polygons(polygons=[moved(0), moved(10), moved(30)], weights=[1, 1, 1])
    assert polygon_iou([found], [moved(10)])[0, 0] > 0.98


def test_weight_moves_the_outline():
    found = merge_polygons(polygons=[moved(0), moved(10), moved(30)], weights=[1, 1, 3])
    assert polygon_iou([found], [moved(30)])[0, 0] > 0.98


def test_one_polygon_or_equal_ones_come_back_as_they_are():
    assert merge_polygons(polygons=[SQUARE], weights=[1]) == SQUARE
    assert merge_polygons(polygons=[SQUARE] * 3, weights=[1, 2, 3]) == SQUARE


def test_polygons_with_no_majority_give_the_one_most_like_the_others():
    scattered = [moved(0), moved(300), moved(60), moved(600)]
    assert merge_polygons(polygons=scattered, weights=[1, 1, 1, 1]) == scattered[0]


def test_a_spammer_among_five_moves_an_outline_no_further_than_the_honest_reach():
    honest = [moved(by) for by in (0, 1, 2, 3)]
    for wild in (rectangle(0, 0, 640, 480).segmentation, rectangle(0, 0, 2, 2).segmentation):
        found = merge_polygons(polygons=[*honest, wild], weights=[1] * 5)
        assert polygon_iou([found], [moved(1.5)])[0, 0] > 0.95


@when(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(5, 80)), min_size=1, max_size=5))
def test_merged_outlines_are_sound(places):
    polygons = [rectangle(x, y, side, side).segmentation for x, y, side in places]
    found = merge_polygons(polygons=polygons, weights=[1] * len(polygons))
    assert not crosses_itself(found)
    assert all(len(ring) >= 6 and len(ring) % 2 == 0 for ring in found)
    assert all(0 <= value <= 110 for ring in found for value in ring)
