import math

import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.calibration import Calibration
from qa.drawing_skill import DrawingSkill
from qa.expected_error import doubt, expected_error
from qa.grouping import match_objects
from tests.qa.answers import FAR, area, asks, boxes, given, mask, mixed_crowds, rectangle

CAREFUL = DrawingSkill(found=95, overlooked=5, invented=2, left_out=98, strayed=5, drawn=100)


def error(*answers, skills=None):
    return expected_error(answers=answers, policy=asks(), skills=skills)


def same(workers, *shapes):
    return [given(f"w{number}", *shapes) for number in range(workers)]


def test_two_equal_boxes_by_hand():
    # Each word proves √(0.8 / 0.2) = 2: the object is there with odds of 7 to 3 times 2 · 2.
    chance = (0.7 * 4) / (0.7 * 4 + 0.3)
    # The one pair seen lies at 0, two pairs of the usual 0.2 come with the prior; two shapes halve the variance.
    off = (0 + 2 * 0.2) / 3 / math.sqrt(2)
    truth = chance / (1 - 0.2 * 0.2)
    assert error(*same(2, *boxes(FAR[0]))) == pytest.approx(1 - 2 * chance * (1 - off) / (1 + truth))


def test_one_more_answer_that_agrees_makes_it_smaller():
    errors = [error(*same(workers, *boxes(*FAR[:3]))) for workers in range(1, 8)]
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > 0.3 > 0.1 > errors[-1]


def test_where_answers_differ_it_is_greater():
    agreeing = same(3, *boxes(*FAR[:3]))
    overlooked = [*agreeing[:2], given("w2", *boxes(*FAR[:2]))]
    invented = [*agreeing[:2], given("w2", *boxes(*FAR[:4]))]
    loose = [*agreeing[:2], given("w2", *boxes(*[(x, y, w - 20, h) for x, y, w, h in FAR[:3]]))]
    labelled = [*agreeing[:2], given("w2", *boxes(*FAR[:3], label="bag"))]
    sure = error(*agreeing)
    assert all(error(*crowd) > sure + 0.005 for crowd in (overlooked, invented, loose, labelled))


def test_careful_workers_leave_less_to_doubt():
    crowd = same(2, *boxes(*FAR[:3]))
    assert error(*crowd, skills={"w0": CAREFUL, "w1": CAREFUL}) < error(*crowd, skills={"w0": CAREFUL}) < error(*crowd)


def test_an_empty_image_is_wrong_when_everybody_overlooked_something():
    assert error(*same(1)) == pytest.approx(0.2)
    assert error(*same(3)) == pytest.approx(0.008)


@pytest.mark.parametrize("make", [rectangle, mask, area])
def test_shapes_of_other_types_and_semantic_masks_are_judged_alike(make):
    near, far = ([make(x, 0, 60, 60) for x in some] for some in ((0, 2, 4), (0, 12, 24)))
    close, loose = ([given(f"w{n}", shape) for n, shape in enumerate(shapes)] for shapes in (near, far))
    assert error(*close) < error(*loose)


@when(mixed_crowds(), st.randoms(use_true_random=False), st.sampled_from([0.25, 16.0]))
def test_it_lies_between_0_and_1_whatever_the_order_and_the_scale_of_weights(crowd, chance, scale):
    found = expected_error(answers=crowd, policy=asks())
    turned = [given(each.key, *each.answer.shapes, weight=each.weight * scale) for each in crowd]
    chance.shuffle(turned)
    assert 0 <= found <= 1
    assert expected_error(answers=turned, policy=asks()) == pytest.approx(found)
    ranked = sorted(crowd, key=lambda each: each.key)
    matched = match_objects(answers=[[shape for _, shape in each.objects] for each in ranked], policy=asks())
    assert expected_error(answers=crowd, policy=asks(), matched=matched) == pytest.approx(found)


def test_more_is_wanted_until_the_target_is_reached_or_the_maximum():
    policy = asks(min_overlap=1, max_overlap=4, target_error=0.1)
    sure, unsure = same(3, *boxes(*FAR[:3])), same(2, *boxes(*FAR[:3]))
    assert [doubt(answers=crowd, policy=policy).wants_more for crowd in (unsure, sure)] == [True, False]
    assert doubt(answers=sure, policy=policy).expected_error == pytest.approx(error(*sure))
    scattered = [given(f"w{n}", *boxes(FAR[n])) for n in range(4)]
    assert doubt(answers=scattered[:3], policy=policy).wants_more
    assert not doubt(answers=scattered, policy=policy).wants_more
    # Below the minimum there is always one more.
    assert doubt(answers=sure, policy=asks(min_overlap=4, max_overlap=4, target_error=0.1)).wants_more


def test_what_claims_were_worth_on_known_answers_decides():
    crowd, policy = same(3, *boxes(*FAR[:3])), asks(min_overlap=1, max_overlap=4, target_error=0.2)
    worse = Calibration(claims=(0.0, 1.0), worth=(0.0, 0.85), outcomes=50)
    found = doubt(answers=crowd, policy=policy, calibration=worse)
    assert found.expected_error == pytest.approx(1 - 0.85 * (1 - error(*crowd)))
    assert found.wants_more
    hopeless = Calibration(claims=(0.0, 1.0), worth=(0.0, 0.7), outcomes=50, sure_right=30, sure_seen=50)
    assert not doubt(answers=crowd, policy=policy, calibration=hopeless).wants_more
