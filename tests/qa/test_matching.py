import numpy as np
import pytest
from hypothesis import given as when
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from annotation.geometry import box_iou
from qa import matching
from qa.matching import cluster_boxes, match_all, match_boxes
from tests.qa.answers import FAR, a_box

many = st.lists(a_box.map(lambda box: box.bbox), max_size=6)
A = (0.0, 0.0, 10.0, 10.0)


def shifted(by: float) -> tuple[float, float, float, float]:
    return (by, 0.0, 10.0, 10.0)


def test_pairs_are_chosen_for_the_greatest_sum_and_not_greedily():
    # The middle box overlaps the first best, but giving it away would leave the second alone.
    left, right = [shifted(0), shifted(4)], [shifted(2), shifted(-3)]
    assert [(i, j) for i, j, _ in match_boxes(left=left, right=right, iou=0.3)] == [(0, 1), (1, 0)]


def test_no_pair_lies_below_the_threshold():
    # 10 × 10 shifted by 5: 50 shared of 150.
    assert match_boxes(left=[A], right=[shifted(5)], iou=0.34) == []
    assert match_boxes(left=[A], right=[shifted(5)], iou=1 / 3) == [(0, 0, pytest.approx(1 / 3))]


def test_pairs_that_are_not_allowed_are_not_made():
    assert match_boxes(left=[A], right=[A], iou=0.4, allowed=np.array([[False]])) == []


@when(many, many)
def test_nobody_is_in_two_pairs(left, right):
    pairs = match_boxes(left=left, right=right, iou=0.1)
    assert len({i for i, _, _ in pairs}) == len({j for _, j, _ in pairs}) == len(pairs)
    assert all(iou >= 0.1 for _, _, iou in pairs)


def by_the_book(left, right, iou):
    """The Hungarian method on all overlaps, whether there is anything to choose or not."""
    overlaps = box_iou(left, right)
    gains = np.where(overlaps >= iou, overlaps, 0.0)
    rows, columns = linear_sum_assignment(gains, maximize=True)
    return [(i, j, gains[i, j]) for i, j in zip(rows.tolist(), columns.tolist(), strict=True) if gains[i, j] > 0]


@when(many, many, st.sampled_from([0.05, 0.1, 0.4, 0.75]), st.sampled_from([0, 64]))
def test_short_cuts_come_to_what_the_whole_method_comes_to_bit_by_bit(left, right, iou, few):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(matching, "FEW", few)
        assert match_boxes(left=left, right=right, iou=iou) == by_the_book(left, right, iou)


@when(st.lists(many, max_size=4))
def test_groups_of_boxes_matched_before_are_the_same(answers):
    matches = match_all(answers=answers, iou=0.4)
    assert cluster_boxes(answers=answers, iou=0.4, matches=matches) == cluster_boxes(answers=answers, iou=0.4)


def test_boxes_of_one_object_come_into_one_group():
    answers = [[A, FAR[2]], [shifted(1)], [FAR[2], shifted(2)]]
    assert cluster_boxes(answers=answers, iou=0.4) == [((0, 0), (1, 0), (2, 1)), ((0, 1), (2, 0))]


def test_a_chain_of_overlaps_is_not_one_object():
    # Each overlaps the next by 0.54, the first and the last by 0.25 only: on the average not enough to join.
    assert cluster_boxes(answers=[[shifted(0)], [shifted(3)], [shifted(6)]], iou=0.5) == [((0, 0), (1, 0)), ((2, 0),)]


def test_two_boxes_of_one_answer_are_never_one_object():
    # The second and third answers overlap each other by 0.82, but each is already with another box of the first.
    answers = [[shifted(0), shifted(2)], [shifted(0.5)], [shifted(1.5)]]
    assert cluster_boxes(answers=answers, iou=0.4) == [((0, 0), (1, 0)), ((0, 1), (2, 0))]


@when(st.lists(many, max_size=4))
def test_every_box_is_in_one_group_with_at_most_one_of_each_answer(answers):
    groups = cluster_boxes(answers=answers, iou=0.4)
    members = [member for group in groups for member in group]
    assert sorted(members) == [(k, i) for k, boxes in enumerate(answers) for i in range(len(boxes))]
    assert all(len({k for k, _ in group}) == len(group) for group in groups)


@when(st.lists(st.sampled_from(FAR), unique=True), st.integers(1, 5))
def test_identical_answers_make_groups_of_all_of_them(objects, workers):
    groups = cluster_boxes(answers=[objects] * workers, iou=0.4)
    assert groups == [tuple((k, i) for k in range(workers)) for i in range(len(objects))]
