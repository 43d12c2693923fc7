from dataclasses import replace

import pytest

from qa.calibration import LEAST_OUTCOMES, SURE_OUTCOMES
from qa.drawing_worth import TRIALS_AN_IMAGE, Trial, calibrate_drawings, trials_of
from qa.expected_error import expected_error
from tests.qa.answers import FAR, area, asks, boxes, given, mask, rectangle

POLICY = asks(min_overlap=2, max_overlap=3)


def truth(*shapes, tags=()):
    return replace(given("truth", *shapes).answer, tags=tuple(tags))


def test_answers_to_a_known_image_are_put_together_as_if_it_were_not_known():
    crowd = [given(f"w{n}", *boxes(*FAR[: 2 + (n == 1)])) for n in range(5)]
    first, second = trials_of(answers=crowd, truth=truth(*boxes(*FAR[:2])), policy=POLICY)
    assert (first.whole, second.whole) == (True, False)
    for heard, claimed in zip((2, 3), first.claimed, strict=True):
        assert claimed == pytest.approx(1 - expected_error(answers=crowd[:heard], policy=POLICY))
    # Of two one invented a third box, which half of the votes adopts; with three it is outvoted.
    assert first.found == pytest.approx((4 / 5, 1))
    assert len(second.claimed) == 1


def test_the_truth_changes_nothing_that_is_claimed_and_tags_do_not_count():
    crowd = [given(f"w{n}", *boxes(FAR[0]), tags=["wet"]) for n in range(3)]
    right, wrong = (
        trials_of(answers=crowd, truth=truth(*boxes(place), tags=["dry"]), policy=asks(tags=["wet", "dry"]))
        for place in (FAR[0], FAR[1])
    )
    assert right[0].claimed == wrong[0].claimed
    assert (right[0].found, wrong[0].found) == ((1,), (0,))


@pytest.mark.parametrize("make", [rectangle, mask, area])
def test_all_that_can_be_drawn_has_a_worth(make):
    crowd = [given(f"w{n}", make(100, 100, 60, 60)) for n in range(3)]
    (trial,) = trials_of(answers=crowd, truth=truth(make(100, 100, 60, 30)), policy=POLICY)
    assert trial.found == pytest.approx((0.5, 0.5), abs=0.02)


def test_one_image_says_only_so_much():
    crowd = [given(f"w{n}", *boxes(FAR[0])) for n in range(30)]
    assert len(trials_of(answers=crowd, truth=truth(*boxes(FAR[0])), policy=POLICY)) == TRIALS_AN_IMAGE
    assert trials_of(answers=crowd[:1], truth=truth(*boxes(FAR[0])), policy=POLICY) == []


def test_below_thirty_trials_nothing_is_promised():
    trial = Trial((0.6, 0.8), (0.5, 0.7), whole=True)
    assert calibrate_drawings(trials=[trial] * (LEAST_OUTCOMES - 1)) is None
    learnt = calibrate_drawings(trials=[trial] * 100)
    assert learnt.outcomes == 100
    assert learnt.of([0.6, 0.8]) == pytest.approx([0.5, 0.7], abs=0.01)


def test_what_the_surest_third_comes_to_with_all_its_answers_is_the_best_there_is():
    sure, unsure = Trial((0.6, 0.9), (0.5, 0.7), whole=True), Trial((0.5, 0.6), (0.4, 0.5), whole=True)
    learnt = calibrate_drawings(trials=[unsure] * 60 + [sure] * 30)
    assert (learnt.sure_right, learnt.sure_seen) == (pytest.approx(21), 30)
    assert not learnt.reaches(0.1)
    assert learnt.reaches(0.3)
    # Who may still get more answers shows nothing of what is out of reach.
    few = [replace(sure, whole=False)] * 90 + [sure] * (SURE_OUTCOMES - 1)
    assert calibrate_drawings(trials=few).reaches(0.01)
