import pytest
from hypothesis import given as when

from qa.agreement import (
    DrawnAgreement,
    compare_areas,
    compare_boxes,
    compare_shapes,
    overall,
    questions_of,
    tag_agreement,
)
from qa.likeness import oks_of
from tests.qa.answers import FAR, an_answer, area, asks, box, boxes, mask, points, rectangle


def test_the_same_boxes_agree_fully_and_so_do_none_with_none():
    assert compare_boxes(own=boxes(*FAR), adopted=boxes(*FAR), iou=0.4).quality == 1
    assert compare_boxes(own=(), adopted=(), iou=0.4).quality == 1


def test_panoptic_quality_is_mean_iou_times_f1():
    # Own: one match of IoU 1/2 (50 × 25 in 50 × 50), one extra. Adopted: that one and two missed. F1 = 2 / 5.
    own = boxes((0, 0, 50, 25), FAR[5])
    found = compare_boxes(own=own, adopted=boxes(*FAR[:3]), iou=0.4)
    assert found.matches == ((0, 0, pytest.approx(0.5)),)
    assert (found.extra, found.missed, found.wrong_label) == ((1,), (1, 2), ())
    assert found.quality == pytest.approx(0.5 * 2 / 5)


def test_a_wrong_label_in_the_right_place_counts_as_one_too_many_and_one_too_few():
    found = compare_boxes(own=[box(*FAR[0], "bag"), box(*FAR[1])], adopted=boxes(*FAR[:2]), iou=0.4)
    assert found.wrong_label == ((0, 0, 1.0),)
    assert found.quality == 0.5


def test_one_box_over_everything_agrees_with_nothing():
    assert compare_boxes(own=boxes((0, 0, 640, 480)), adopted=boxes(*FAR), iou=0.4).quality == 0


@when(an_answer, an_answer)
def test_agreement_lies_between_0_and_1_and_is_the_same_from_both_sides(own, adopted):
    there = compare_boxes(own=own, adopted=adopted, iou=0.4)
    assert 0 <= there.quality <= 1 + 1e-9
    assert len(there.matches) + len(there.wrong_label) + len(there.missed) == len(adopted)
    assert len(there.matches) + len(there.wrong_label) + len(there.extra) == len(own)


def test_tags_agree_by_the_share_of_questions_answered_alike():
    tags = ["night", "rain", "fog", "snow"]
    assert tag_agreement(own=["night"], adopted=["night", "rain"], tags=tags, choice="any") == 0.75
    assert tag_agreement(own=[], adopted=[], tags=tags, choice="any") == 1
    assert tag_agreement(own=["night"], adopted=["rain"], tags=tags, choice="one") == 0
    assert tag_agreement(own=["rain"], adopted=["rain"], tags=tags, choice="one") == 1
    assert tag_agreement(own=[], adopted=[], tags=[], choice="any") == 1


def test_every_judgement_of_an_answer_counts_the_same():
    boxes = DrawnAgreement(matches=((0, 0, 1.0),), wrong_label=(), missed=(1, 2), extra=())

    assert overall(objects=boxes, tags=1.0, questions=1) == (3 * boxes.quality + 1.0) / 4
    assert overall(objects=None, tags=0.5, questions=2) == 0.5
    assert overall(objects=None, tags=None, questions=0) == 1.0


def test_tags_that_exclude_each_other_are_one_question():
    assert questions_of(tags=("day", "night"), choice="one") == 1
    assert questions_of(tags=("wet", "dark"), choice="any") == 2
    assert questions_of(tags=(), choice="one") == 0


def test_objects_of_any_type_agree_by_panoptic_quality():
    own = [rectangle(0, 0, 50, 25), mask(*FAR[1]), points((100, 100, 2), (150, 180, 2))]
    adopted = [rectangle(0, 0, 50, 50), mask(*FAR[1], "bag"), points((100, 100, 2), (150, 180, 2)), box(*FAR[2])]
    found = compare_shapes(own=own, adopted=adopted, policy=asks())
    assert found.matches == ((0, 0, pytest.approx(0.5, abs=0.005)), (2, 2, 1.0))
    assert (found.wrong_label, found.missed, found.extra) == (((1, 1, 1.0),), (3,), ())
    assert found.quality == pytest.approx(1.5 / 2 * 4 / 7, abs=0.005)


def test_semantic_masks_agree_by_their_mean_iou_over_all_labels():
    own, adopted = [area(0, 0, 10, 10), area(50, 0, 5, 5, "cup")], [area(0, 0, 10, 5), area(20, 0, 9, 9, "bag")]
    found = compare_areas(own=own, adopted=adopted)
    assert (found.matches, found.missed, found.extra) == (((0, 0, pytest.approx(0.5)),), (1,), (1,))
    assert found.quality == pytest.approx(0.5 / 3)
    assert compare_areas(own=[], adopted=[]).quality == 1


def test_semantic_masks_count_one_judgement_a_label():
    areas = compare_areas(own=[area(0, 0, 10, 10)], adopted=[area(0, 0, 10, 5), area(20, 0, 9, 9, "bag")])
    assert areas.judgements == 2
    assert overall(objects=None, tags=1.0, questions=2, areas=areas) == pytest.approx((2 * 0.25 + 2 * 1) / 4)


def test_keypoints_agree_by_oks():
    adopted = points((100, 100, 2), (200, 100, 1), (200, 200, 2))
    own = points((100, 108, 2), (200, 100, 1), (200, 200, 2))
    found = compare_shapes(own=[own], adopted=[adopted], policy=asks())
    assert found.matches == ((0, 0, oks_of(own=own, adopted=adopted, policy=asks())),)
    assert found.quality == found.matches[0][2] < 1
