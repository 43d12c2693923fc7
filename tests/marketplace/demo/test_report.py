import pytest

from marketplace.demo import report
from marketplace.demo.folder import Picture
from marketplace.demo.report import WorkerRow
from marketplace.demo.truth import Truth, TruthBox
from qa.quality import Score

FIGURES = {
    "images": 2,
    "annotations": 6,
    "accepted": 5,
    "rejected": 1,
    "spent": "0.30",
    "cost_per_annotation": "0.06",
    "currency": "USD",
    "seconds": 3.2,
    "audit": [],
}


def row(name, kind, tp, fn, answers=3):
    return WorkerRow(name, kind, answers, answers - 1, 1, 100_000, 90.0, Score(tp, 0, fn, tp * 0.8))


ROWS = [
    row("One", "good", 9, 1),
    row("Two", "good", 8, 2),
    row("Three", "spammer", 0, 10),
    row("Four", "good", 0, 0, 0),
]


def test_boxes_of_a_dataset_come_by_image_even_where_there_are_none():
    dataset = {
        "categories": [{"id": 1, "name": "can"}],
        "images": [{"id": 7}, {"id": 9}],
        "annotations": [{"image_id": 7, "category_id": 1, "bbox": [1, 2, 3, 4]}],
    }
    assert report.adopted_boxes(dataset=dataset) == {7: [TruthBox("can", 1, 2, 3, 4)], 9: []}


def test_scores_of_all_pictures_add_up():
    box = TruthBox("can", 0, 0, 10, 10)
    pictures = [Picture("a", Truth(20, 20, (box,))), Picture("b", Truth(20, 20, (box,)))]
    score = report.score_all(pictures=pictures, boxes=[(0, [box]), (1, [TruthBox("bag", 0, 0, 10, 10)])])
    assert (score.tp, score.fp, score.fn) == (1, 1, 1)


def test_the_summary_holds_every_promised_figure():
    found = report.summary(rows=ROWS, consensus=Score(19, 1, 1, 19 * 0.9), figures=FIGURES)
    assert set(FIGURES) < set(found)
    assert found["consensus_f1_50"] == 0.95
    assert found["consensus_mean_iou"] == 0.9
    assert found["good_workers_f1_50"] == pytest.approx((18 / 19 + 16 / 18) / 2, abs=1e-4)
    assert found["median_worker_f1_50"] == pytest.approx(16 / 18, abs=1e-4)
    assert found["simulated_minutes"] == 6.0
    assert found["workers"][0] == {
        "name": "One",
        "kind": "good",
        "answers": 3,
        "accepted": 2,
        "rejected": 1,
        "f1_50": 0.9474,
        "mean_iou": 0.8,
        "earned": "0.10",
        "minutes": 1.5,
    }


def test_a_worker_without_answers_has_no_score_and_moves_no_mean():
    found = report.summary(rows=ROWS, consensus=None, figures=FIGURES)
    assert found["workers"][3]["f1_50"] is None


def test_without_truth_nothing_is_measured():
    rows = [WorkerRow("One", "good", 3, 3, 0, 0, 1.0, None)]
    found = report.summary(rows=rows, consensus=None, figures=FIGURES)
    assert found["consensus_f1_50"] is found["good_workers_f1_50"] is found["median_worker_f1_50"] is None
    assert ("Consensus F1 at IoU 0.5", "not known") in report.lines(found=found)


def test_the_audit_is_told_in_words():
    found = report.summary(rows=ROWS, consensus=None, figures=FIGURES)
    assert report.lines(found=found)[-1] == ("Audit", "all is well")
    assert report.lines(found=found | {"audit": ["x"]})[-1] == ("Audit", "1 fault")
    assert report.worker_cells(found=found)[0][:2] == ("One", "good")
