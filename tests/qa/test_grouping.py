import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.grouping import group_objects, match_objects, match_two
from qa.matching import cluster_boxes, match_all
from tests.qa.answers import FAR, an_answer, asks, box, mask, points, rectangle

MAKERS = (box, rectangle, mask)


@pytest.mark.parametrize("make", MAKERS)
def test_objects_of_any_type_are_grouped_as_boxes_are(make):
    answers = [
        [make(0, 0, 50, 50), make(200, 0, 50, 50)],
        [make(4, 0, 50, 50)],
        [make(202, 0, 50, 50), make(0, 4, 50, 50)],
    ]
    assert group_objects(answers=answers, policy=asks()) == [((0, 0), (1, 0), (2, 1)), ((0, 1), (2, 0))]


def test_people_are_grouped_by_their_points():
    def person(x):
        return points((x, 100, 2), (x + 60, 100, 2), (x + 30, 200, 2))

    answers = [[person(0), person(300)], [person(302)], [person(3)]]
    assert group_objects(answers=answers, policy=asks()) == [((0, 0), (2, 0)), ((0, 1), (1, 0))]


def test_a_match_never_crosses_types():
    answers = [[box(*FAR[0]), rectangle(*FAR[1])], [rectangle(*FAR[0]), box(*FAR[1])], [mask(*FAR[0])]]
    assert [len(group) for group in group_objects(answers=answers, policy=asks())] == [1] * 5
    assert match_two(left=answers[0], right=answers[1], policy=asks()) == []


def test_each_type_is_grouped_beside_the_others():
    answers = [[rectangle(*FAR[0]), box(*FAR[0])], [box(*FAR[0]), rectangle(*FAR[0])]]
    assert group_objects(answers=answers, policy=asks()) == [((0, 0), (1, 1)), ((0, 1), (1, 0))]


@when(st.lists(an_answer, max_size=4))
def test_boxes_alone_are_matched_by_the_quick_way(answers):
    policy = asks()
    bboxes = [[box.bbox for box in each] for each in answers]
    matched = match_objects(answers=answers, policy=policy)
    assert matched.alike is None
    assert matched.pairs == match_all(answers=bboxes, iou=policy.match_iou)
    assert group_objects(answers=answers, policy=policy) == cluster_boxes(answers=bboxes, iou=policy.match_iou)


@when(st.lists(an_answer, max_size=4))
def test_the_general_way_groups_boxes_as_the_quick_way_does(answers):
    # One polygon far away makes the answers mixed.
    mixed = [[*each, rectangle(600, 440, 30, 30)] for each in answers]
    groups = group_objects(answers=mixed, policy=asks())
    last = tuple((k, len(each)) for k, each in enumerate(answers))
    assert sorted([*group_objects(answers=answers, policy=asks()), *([last] if last else [])]) == groups


@when(st.lists(an_answer, max_size=3))
def test_objects_matched_before_are_grouped_the_same(answers):
    mixed = [[*each, mask(*FAR[0])] for each in answers]
    matched = match_objects(answers=mixed, policy=asks())
    assert group_objects(answers=mixed, policy=asks(), matched=matched) == group_objects(answers=mixed, policy=asks())


def test_of_many_objects_only_what_has_something_in_common_is_kept():
    row = [rectangle(x, 0, 8, 8) for x in range(0, 600, 10)]
    matched = match_objects(answers=[row, row, row], policy=asks())
    assert matched.alike is not None
    assert len(matched.alike) == 3 * len(row)
    assert len(group_objects(answers=[row, row, row], policy=asks(), matched=matched)) == len(row)
