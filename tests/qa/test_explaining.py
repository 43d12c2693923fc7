import pytest

from qa.agreement import DrawnAgreement
from qa.explaining import explain


def found(hits=0, wrong=0, missed=0, extra=0, iou=0.9):
    return DrawnAgreement(
        matches=((0, 0, iou),) * hits,
        wrong_label=((0, 0, iou),) * wrong,
        missed=tuple(range(missed)),
        extra=tuple(range(extra)),
    )


@pytest.mark.parametrize(
    ("boxes", "alone", "sentence"),
    [
        (found(hits=3), 0, "Your answer agrees with what was adopted."),
        (found(), 0, "Your answer agrees with what was adopted."),
        (
            found(hits=8, missed=4, extra=6),
            6,
            "You missed 4 of 12 adopted objects and drew 6 that nobody else saw.",
        ),
        (found(missed=1), 0, "You missed the only adopted object."),
        (found(missed=5), 0, "You missed all 5 adopted objects."),
        (found(extra=2), 2, "You drew 2 that nobody else saw."),
        (
            found(hits=1, extra=3),
            1,
            "You drew 1 that nobody else saw and drew 2 that too few others saw.",
        ),
        (found(hits=1, wrong=1), 0, "You gave 1 object another label than was adopted."),
        (found(hits=1, wrong=2), 0, "You gave 2 objects another label than was adopted."),
        (found(hits=2, iou=0.5), 0, "You drew loosely (your boxes overlap the adopted ones by 50% on average)."),
    ],
)
def test_boxes_are_explained_in_a_sentence(boxes, alone, sentence):
    assert explain(objects=boxes, alone=alone, missing=(), extra=(), one=False) == sentence


@pytest.mark.parametrize(
    ("missing", "extra", "one", "sentence"),
    [
        (["night"], ["day"], True, "You chose day where night was adopted."),
        (["night", "rain", "fog"], [], False, "You left out night, rain and fog."),
        ([], ["rain"], False, "You set rain, which was not adopted."),
        (["fog"], ["rain", "snow"], False, "You left out fog and set rain and snow, which were not adopted."),
    ],
)
def test_tags_are_explained_in_a_sentence(missing, extra, one, sentence):
    assert explain(objects=None, alone=0, missing=missing, extra=extra, one=one) == sentence


def test_boxes_and_tags_share_the_sentence():
    said = explain(objects=found(hits=1, missed=1), alone=0, missing=["night"], extra=[], one=False)
    assert said == "You missed 1 of 2 adopted objects and left out night."


def test_shapes_that_are_no_boxes_are_not_called_boxes():
    told = explain(objects=found(hits=2, iou=0.5), alone=0, missing=(), extra=(), one=False, drawn="shapes")
    assert told == "You drew loosely (your shapes overlap the adopted ones by 50% on average)."


@pytest.mark.parametrize(
    ("areas", "sentence"),
    [
        (found(hits=2), "Your answer agrees with what was adopted."),
        (found(hits=2, iou=0.6), "You painted loosely (your pixels overlap the adopted ones by 60% on average)."),
        (found(hits=1, missed=2), "You left 2 of 3 adopted labels unpainted."),
        (
            found(missed=1, extra=1),
            "You left the only adopted label unpainted and painted 1 label that too few others saw.",
        ),
        (found(hits=1, extra=2), "You painted 2 labels that too few others saw."),
    ],
)
def test_painting_is_explained_in_a_sentence(areas, sentence):
    assert explain(objects=None, areas=areas, alone=0, missing=(), extra=(), one=False) == sentence


def test_drawing_and_painting_are_explained_in_one_sentence():
    told = explain(objects=found(missed=1), areas=found(extra=1), alone=0, missing=["wet"], extra=(), one=False)
    assert told == "You missed the only adopted object, painted 1 label that too few others saw and left out wet."
