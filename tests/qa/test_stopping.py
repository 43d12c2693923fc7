"""When a task has had enough answers."""

from __future__ import annotations

import numpy as np
import pytest

from qa.calibration import Calibration
from qa.stopping import Step, expected_error, next_steps

HONEST = Calibration((0.5, 1.0), (0.5, 0.98), 100)
HOPELESS = Calibration((0.5, 1.0), (0.5, 0.8), 100, sure_right=32, sure_seen=40)


def steps(*, claimed, answers, calibration=None, target_error=0.05):
    found = next_steps(
        claimed=np.array(claimed),
        answers=np.array(answers),
        target_error=target_error,
        least=2,
        most=5,
        calibration=calibration,
    )
    return [Step(step) for step in found]


def test_it_stops_when_the_error_is_small_enough_but_never_below_the_minimum():
    assert steps(claimed=[0.99, 0.9, 0.99], answers=[2, 2, 1]) == [Step.ENOUGH, Step.MORE, Step.MORE]


def test_at_the_maximum_it_stops_unsure():
    assert steps(claimed=[0.6, 0.99], answers=[5, 5]) == [Step.MAXIMUM, Step.ENOUGH]


def test_what_claims_are_worth_decides_and_not_what_they_say():
    assert expected_error(claimed=np.array([0.96]), calibration=HONEST)[0] == pytest.approx(0.0584)
    assert steps(claimed=[0.96, 1.0], answers=[3, 3], calibration=HONEST) == [Step.MORE, Step.ENOUGH]


def test_a_target_that_no_answer_could_reach_buys_nothing_more():
    assert steps(claimed=[0.9, 1.0, 1.0], answers=[2, 4, 1], calibration=HOPELESS) == [
        Step.OUT_OF_REACH,
        Step.OUT_OF_REACH,
        Step.MORE,
    ]
    assert steps(claimed=[1.0], answers=[2], calibration=HOPELESS, target_error=0.25) == [Step.ENOUGH]


def test_nonsense_is_refused():
    with pytest.raises(ValueError, match="between 0 and 1"):
        steps(claimed=[0.5], answers=[2], target_error=0.0)
    with pytest.raises(ValueError, match="not above the most"):
        next_steps(claimed=np.array([0.5]), answers=np.array([1]), target_error=0.1, least=3, most=2, calibration=None)
