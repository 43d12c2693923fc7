"""What a verdict makes of what claims were worth on known answers."""

from dataclasses import replace

import numpy as np
import pytest

from qa.calibration import Calibration
from qa.drawing_skill import DrawingSkill
from qa.tagging import Tagged
from qa.verdict import decide
from tests.qa.answers import asks, given, rectangle


def test_what_known_answers_say_of_drawings_decides_and_is_told():
    policy = asks(min_overlap=2, max_overlap=5, target_error=0.2)
    close = [given(key, rectangle(100, 100, 80, 80)) for key in "abc"]
    worse = Calibration(claims=(0.0, 1.0), worth=(0.0, 0.8), outcomes=50)
    found = decide(answers=close, policy=policy, calibration=worse)
    assert found.ask_more
    assert found.misses_target
    assert found.consensus.calibrated == pytest.approx(1 - found.expected_error)
    assert decide(answers=close, policy=policy).consensus.calibrated is None  # nothing is promised
    # Out of reach: nothing more is bought, and not every image is left to a person.
    hopeless = replace(worse, sure_right=25.0, sure_seen=50)
    found = decide(answers=close, policy=policy, calibration=hopeless)
    assert not found.ask_more
    assert not found.misses_target
    # Without a target nothing is asked, but what is known is told.
    found = decide(answers=close, policy=asks(), calibration=worse)
    assert (found.ask_more, found.misses_target, found.consensus.calibrated is None) == (False, False, False)


def test_who_draws_well_is_asked_about_less():
    policy = asks(min_overlap=2, max_overlap=5, target_error=0.13)
    pair = [given(key, rectangle(100, 100, 80, 80)) for key in "ab"]
    careful = DrawingSkill(found=95, overlooked=5, invented=2, left_out=98, strayed=2, drawn=100)
    assert decide(answers=pair, policy=policy).ask_more
    assert not decide(answers=pair, policy=policy, skills={"a": careful, "b": careful}).ask_more


def test_tags_and_drawings_are_worth_together_what_they_are_worth_each():
    policy = asks(tags=["wet"], target_error=0.2)
    crowd = [given(key, rectangle(100, 100, 80, 80), rectangle(300, 100, 80, 80), tags=["wet"]) for key in "abc"]
    known = Calibration(claims=(0.0, 1.0), worth=(0.7, 0.7), outcomes=50)
    tagged = Tagged({"wet": 0.9}, (0.9,), False, (np.array([0.1, 0.9]),), calibration=known)
    both = decide(answers=crowd, policy=policy, tagged=tagged, calibration=replace(known, worth=(0.85, 0.85)))
    assert both.consensus.calibrated == pytest.approx((0.7 + 2 * 0.85) / 3)
    assert both.misses_target  # the tags do
    assert decide(answers=crowd, policy=policy, tagged=tagged).consensus.calibrated is None
