from statistics import median

import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.merging import merge_boxes, weighted_median
from tests.qa.answers import a_box, a_weight

numbers = st.lists(st.integers(-100, 100).map(float), min_size=1, max_size=9)
weighted = st.lists(st.tuples(st.integers(-100, 100).map(float), a_weight), min_size=1, max_size=9)


@when(numbers)
def test_with_equal_weights_it_is_the_median(values):
    assert weighted_median(values=values, weights=[2.0] * len(values)) == pytest.approx(median(values))


def test_with_two_values_it_is_their_weighted_mean():
    assert weighted_median(values=[10, 20], weights=[3, 1]) == pytest.approx(12.5)


def test_a_wild_value_of_little_weight_moves_it_little_however_wild_it_is():
    near, wild = (weighted_median(values=[10, 11, 12, far], weights=[1, 1, 1, 0.1]) for far in (13, 1_000_000))
    assert near == wild == pytest.approx(11.05)


@when(weighted, st.sampled_from([0.125, 4.0, 1024.0]))
def test_neither_order_nor_scale_of_weights_matters_and_it_stays_within_the_values(pairs, scale):
    values, weights = zip(*pairs, strict=True)
    found = weighted_median(values=values, weights=weights)
    backwards = weighted_median(values=values[::-1], weights=[weight * scale for weight in weights[::-1]])
    assert found == pytest.approx(backwards)
    assert min(values) - 1e-9 <= found <= max(values) + 1e-9


def test_without_any_weight_everybody_counts_the_same():
    assert weighted_median(values=[1, 2, 9], weights=[0, 0, 0]) == 2


def test_without_values_there_is_no_median():
    with pytest.raises(ValueError, match="at least one"):
        weighted_median(values=[], weights=[])


def test_a_box_is_merged_edge_by_edge():
    # Lefts 0 2 3, tops 0 0 1, rights 10 11 14, bottoms 10 12 12.
    assert merge_boxes(boxes=[(0, 0, 10, 10), (2, 0, 9, 12), (3, 1, 11, 11)], weights=[1, 1, 1]) == (2, 0, 9, 12)


def test_boxes_that_hardly_overlap_do_not_merge_into_a_sliver():
    # The medians of the left and right edges are 0.625 and 1.5: apart by less than the narrowest box is wide.
    boxes = [(0, 0, 1, 1), (0, 0, 1.5, 1), (2.5, 0, 1, 1)]
    assert merge_boxes(boxes=boxes, weights=[0.5, 0.25, 0.5])[2] == 1


@when(st.lists(st.tuples(a_box, a_weight), min_size=1, max_size=5))
def test_a_merged_box_is_no_smaller_than_the_smallest_and_lies_within_all_of_them(pairs):
    boxes = [box.bbox for box, _ in pairs]
    merged = merge_boxes(boxes=boxes, weights=[weight for _, weight in pairs])
    for axis in (0, 1):
        assert merged[axis + 2] >= min(box[axis + 2] for box in boxes) - 0.011
        assert merged[axis] >= min(box[axis] for box in boxes) - 0.011
        assert merged[axis] + merged[axis + 2] <= max(box[axis] + box[axis + 2] for box in boxes) + 0.011
