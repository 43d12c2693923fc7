from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.shapes import parse_answer, parse_taxonomy
from marketplace.demo import crowd
from marketplace.demo.crowd import AVERAGE, CARELESS, GOOD, KINDS, SPAMMER, Labels
from marketplace.demo.truth import Truth, TruthBox
from qa.quality import Score, score_boxes

LABELS = Labels(boxes=("can", "bag"), tags=("promotion",))
SHELF = Truth(640, 480, tuple(TruthBox("can", 40 + 70 * n, 60 + 20 * n, 50, 90) for n in range(8)), ("promotion",))


def answers(kind, count=300, truth=SHELF, labels=LABELS):
    return [
        crowd.answer(rng=np.random.default_rng([7, n]), kind=kind, truth=truth, labels=labels) for n in range(count)
    ]


def score(found, truth=SHELF):
    return sum((score_boxes(truth=truth.boxes, predicted=one.boxes) for one in found), Score())


def test_of_twelve_six_are_good_three_average_two_careless_and_one_is_a_spammer():
    assert Counter(kind.name for kind in crowd.kinds_of(workers=12)) == {
        "good": 6,
        "average": 3,
        "careless": 2,
        "spammer": 1,
    }


@given(st.integers(1, 200))
def test_every_crowd_keeps_the_shares_to_within_one_person(workers):
    kinds = Counter(kind.name for kind in crowd.kinds_of(workers=workers))
    assert sum(kinds.values()) == workers
    for kind in KINDS:
        assert abs(kinds[kind.name] - workers * kind.share / 12) < 1


def test_kinds_are_as_good_as_their_names():
    good, average, careless, spam = (score(answers(kind)).f1 for kind in KINDS)
    assert good > 0.9 > average > 0.75 > careless > 0.4
    assert spam < 0.1


def test_good_workers_see_about_as_much_as_their_recall_says_and_seldom_box_nothing():
    found = answers(GOOD)
    seen = sum(len(one.boxes) for one in found) / (len(found) * len(SHELF.boxes))
    assert seen == pytest.approx(GOOD.recall + GOOD.false_boxes / len(SHELF.boxes), abs=0.02)


def test_labels_are_wrong_about_as_often_as_the_model_says():
    found = answers(CARELESS)
    wrong = np.mean([box.label == "bag" for one in found for box in one.boxes])
    # Boxes around nothing have a random label: half of them say bag.
    share_of_false = CARELESS.false_boxes / (CARELESS.false_boxes + CARELESS.recall * len(SHELF.boxes))
    assert wrong == pytest.approx(CARELESS.wrong * (1 - share_of_false) + 0.5 * share_of_false, abs=0.03)


def test_tag_questions_are_answered_wrongly_at_the_same_rate():
    wrong = np.mean([one.payload["tags"] != ["promotion"] for one in answers(AVERAGE, 600)])
    assert wrong == pytest.approx(AVERAGE.wrong, abs=0.03)


def test_where_one_tag_must_be_chosen_exactly_one_is():
    labels = Labels(boxes=(), tags=("day", "night"), one_tag=True)
    found = answers(SPAMMER, 60, Truth(64, 48, (), ("night",)), labels)
    assert {tuple(one.payload["tags"]) for one in found} == {("day",), ("night",)}
    assert all(one.payload["empty"] is False for one in found)


def test_spammers_use_random_boxes_one_big_box_and_nothing_here():
    found = answers(SPAMMER, 100)
    whole = [one for one in found if [box.bbox for box in one.boxes] == [(0, 0, 640, 480)]]
    nothing = [one for one in found if one.payload["empty"]]
    assert 0.4 < 1 - (len(whole) + len(nothing)) / 100 < 0.6
    assert len(whole) > 15 < len(nothing) + 5


def test_spammers_are_quick_and_good_workers_take_their_time():
    seconds = {kind.name: np.median([one.seconds for one in answers(kind)]) for kind in KINDS}
    assert seconds["spammer"] < 4 < seconds["careless"] < seconds["average"] < seconds["good"] < 60


def test_the_same_generator_gives_the_same_answer():
    assert answers(AVERAGE, 5) == answers(AVERAGE, 5)


boxes = st.builds(
    TruthBox,
    st.sampled_from(["can", "bag"]),
    *[st.floats(-50, 150, allow_nan=False)] * 2,
    *[st.floats(0, 200, allow_nan=False)] * 2,
)


@given(st.lists(boxes, max_size=6), st.sampled_from(KINDS), st.integers(0, 2**32), st.integers(3, 120))
def test_every_answer_is_one_the_server_takes(truth_boxes, kind, seed, side):
    truth = Truth(side, 100, tuple(truth_boxes), ())
    found = crowd.answer(rng=np.random.default_rng(seed), kind=kind, truth=truth, labels=LABELS)
    taxonomy = parse_taxonomy(
        [
            {"name": "can", "shapes": ["box"]},
            {"name": "bag", "shapes": ["box"]},
            {"name": "promotion", "shapes": ["tag"]},
        ]
    )
    answer = parse_answer(found.payload, taxonomy=taxonomy, width=side, height=100)
    assert len(answer.shapes) == len(found.boxes)
    assert answer.active_ms <= answer.elapsed_ms


def test_the_model_can_be_told_as_numbers():
    assert crowd.model()["good"] == {"recall": 0.95, "jitter": 0.04, "wrong": 0.03, "false_boxes": 0.1, "seconds": 3.0}
