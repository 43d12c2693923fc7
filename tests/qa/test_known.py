"""An answer against the known one: the same measure as against a consensus, and a sentence that is true to it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.shapes import parse_answer, parse_taxonomy
from qa.known import RIGHT, mark
from qa.policy import Policy

WIDTH, HEIGHT = 100, 80
LOOSE = "your boxes overlap the right ones"
DRAWN = parse_taxonomy([{"name": name, "shapes": ["box", "polygon"]} for name in ("can", "bag")])
TAGS = parse_taxonomy([{"name": name, "shapes": ["tag"]} for name in ("day", "wet")])
ONE = parse_taxonomy([{"name": name, "shapes": ["tag"]} for name in ("day", "wet")], tag_choice="one")


def boxes(*found):
    shapes = [{"type": "box", "label": label, "bbox": bbox} for label, bbox in found]
    return parse_answer({"shapes": shapes, "empty": not shapes}, taxonomy=DRAWN, width=WIDTH, height=HEIGHT)


def tagged(*tags, taxonomy=TAGS):
    return parse_answer({"tags": list(tags)}, taxonomy=taxonomy, width=WIDTH, height=HEIGHT)


CAN, FAR = ("can", [0, 0, 40, 40]), ("can", [60, 50, 20, 20])


@pytest.mark.parametrize(
    ("answer", "known", "agreement", "told"),
    [
        ([CAN], [CAN], 1.0, RIGHT),
        ([], [], 1.0, RIGHT),
        ([], [CAN], 0.0, "You missed the only object."),
        ([CAN], [CAN, FAR], 2 / 3, "You missed 1 of 2 objects."),
        ([], [CAN, FAR], 0.0, "You missed all 2 objects."),
        ([CAN, FAR], [CAN], 2 / 3, "You drew 1 where nothing is to be marked."),
        ([("bag", CAN[1])], [CAN], 0.0, "You gave 1 the wrong label."),
        (
            [("can", [0, 0, 40, 20])],
            [CAN],
            0.5,
            "You drew loosely (your boxes overlap the right ones by 50% on average).",
        ),
    ],
)
def test_boxes_by_hand(answer, known, agreement, told):
    found = mark(answer=boxes(*answer), known=boxes(*known), policy=Policy())

    assert found.agreement == pytest.approx(agreement, abs=1e-6)
    assert found.explanation == told


def test_evidence_is_by_index_as_a_verdicts_is():
    found = mark(answer=boxes(FAR, CAN), known=boxes(CAN, ("bag", [0, 60, 10, 10])), policy=Policy())

    assert found.evidence["matches"] == [[1, 0, 1.0]]
    assert (found.evidence["missed"], found.evidence["extra"]) == ([1], [0])


@pytest.mark.parametrize(
    ("choice", "given", "known", "agreement", "told"),
    [
        ("any", ["day"], ["day"], 1.0, RIGHT),
        ("any", ["day"], ["wet"], 0.0, "You left out wet and set day, which is wrong."),
        ("any", [], ["wet"], 0.5, "You left out wet."),
        ("one", ["day"], ["wet"], 0.0, "You left out wet and set day, which is wrong."),
    ],
)
def test_tags_by_hand(choice, given, known, agreement, told):
    taxonomy = ONE if choice == "one" else TAGS
    policy = Policy(tags=("day", "wet"), tag_choice=choice)
    found = mark(answer=tagged(*given, taxonomy=taxonomy), known=tagged(*known, taxonomy=taxonomy), policy=policy)

    assert (found.agreement, found.explanation) == (agreement, told)
    assert found.evidence["tags_missing"] == [tag for tag in known if tag not in given]


def test_polygons_are_held_against_polygons():
    def outline(*points):
        shape = {"type": "polygon", "label": "can", "segmentation": [list(points)]}
        return parse_answer({"shapes": [shape]}, taxonomy=DRAWN, width=WIDTH, height=HEIGHT)

    whole, half = outline(0, 0, 40, 0, 40, 40, 0, 40), outline(0, 0, 40, 0, 40, 20, 0, 20)

    assert mark(answer=whole, known=whole, policy=Policy()).explanation == RIGHT
    found = mark(answer=half, known=whole, policy=Policy())
    assert found.agreement == pytest.approx(0.5, abs=0.01)
    assert "your shapes overlap" in found.explanation


coordinates = st.tuples(st.integers(0, 50), st.integers(0, 40), st.integers(5, 40), st.integers(5, 35))
drawings = st.lists(st.tuples(st.sampled_from(["can", "bag"]), coordinates.map(list)), max_size=4)


@given(drawings, drawings)
def test_agreement_is_a_share_and_full_with_oneself(one, other):
    found = mark(answer=boxes(*one), known=boxes(*other), policy=Policy())

    assert 0.0 <= found.agreement <= 1.0
    assert (found.explanation == RIGHT) <= (found.agreement >= 0.7), "what is called right is right"
    itself = mark(answer=boxes(*one), known=boxes(*one), policy=Policy())
    assert itself.agreement == pytest.approx(1.0, abs=1e-6)
    assert not itself.evidence["missed"]
    assert not itself.evidence["extra"]
