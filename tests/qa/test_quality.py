import pytest
from hypothesis import given as when

from qa.quality import Score, score_boxes
from tests.qa.answers import FAR, an_answer, box, boxes


def test_a_score_counts_found_false_and_missed():
    predicted = [*boxes(FAR[0], (100, 0, 50, 40)), box(*FAR[2], "bag"), *boxes((0, 400, 9, 9))]
    score = score_boxes(truth=boxes(*FAR[:4]), predicted=predicted)
    assert (score.tp, score.fp, score.fn) == (2, 2, 2)
    assert (score.precision, score.recall, score.f1) == (0.5, 0.5, 0.5)
    assert score.mean_iou == pytest.approx((1 + 0.8) / 2)


def test_the_threshold_is_the_callers():
    one = {"truth": boxes(FAR[0]), "predicted": boxes((0, 0, 50, 35))}
    assert score_boxes(**one).tp == 1
    assert score_boxes(**one, iou=0.75).tp == 0


def test_a_better_box_of_another_label_does_not_take_the_match():
    score = score_boxes(truth=boxes(FAR[0]), predicted=[box(*FAR[0], "bag"), box(0, 0, 50, 40)])
    assert (score.tp, score.fp, score.fn) == (1, 1, 0)


def test_scores_add_up():
    total = sum([Score(1, 2, 3, 0.9), Score(3, 0, 1, 2.1)], Score())
    assert (total.tp, total.fp, total.fn, total.iou_sum) == (4, 2, 4, pytest.approx(3.0))
    assert total.mean_iou == pytest.approx(0.75)


def test_nothing_to_find_and_nothing_found_is_perfect():
    assert (Score().precision, Score().recall, Score().f1, Score().mean_iou) == (1, 1, 1, 0)
    assert score_boxes(truth=(), predicted=boxes(FAR[0])).f1 == 0
    assert score_boxes(truth=boxes(FAR[0]), predicted=()).f1 == 0


@when(an_answer, an_answer)
def test_truth_and_prediction_change_places_as_misses_and_false_finds_do(truth, predicted):
    there, back = score_boxes(truth=truth, predicted=predicted), score_boxes(truth=predicted, predicted=truth)
    assert (there.tp, there.fp, there.fn) == (back.tp, back.fn, back.fp)
    assert there.tp + there.fn == len(truth)
