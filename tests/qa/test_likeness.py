import math

import numpy as np
import pytest
from hypothesis import given as when
from hypothesis import strategies as st

from qa.likeness import SMALLEST_SIDE, likeness, oks_of
from qa.policy import Policy
from tests.qa.answers import area, asks, box, mask, points, rectangle

PERSON = points((100, 100, 2), (200, 100, 1), (200, 200, 2))


def alike(one, other, policy=None):
    return float(likeness(left=[one], right=[other], policy=policy or asks())[0, 0])


@pytest.mark.parametrize("make", [box, rectangle, mask, area])
def test_boxes_polygons_and_masks_are_compared_by_what_they_share(make):
    assert alike(make(0, 0, 40, 40), make(20, 0, 40, 40)) == pytest.approx(1 / 3, abs=0.005)
    assert alike(make(0, 0, 40, 40), make(0, 0, 40, 40, "bag")) == 1


def test_two_types_are_not_alike_at_all():
    everything = [box(0, 0, 40, 40), rectangle(0, 0, 40, 40), mask(0, 0, 40, 40), points((0, 0, 2), (40, 40, 2))]
    assert (likeness(left=everything, right=everything, policy=asks()) == np.eye(4)).all()


SIGMAS = Policy(sigmas=(("can", (0.1, 0.1, 0.1)),))


def test_keypoints_are_compared_by_oks_with_the_sizes_of_both():
    # Boxes of 100 × 100 and 100 × 90 pixels, sigma 0.1; ten pixels off.
    other = points((100, 100, 2), (200, 100, 1), (200, 190, 2))
    assert alike(PERSON, other, SIGMAS) == pytest.approx((2 + math.exp(-100 / (2 * 19_000 * 0.2**2))) / 3)


def test_against_what_was_adopted_it_is_cocos_oks():
    # 2 · 10,000 · 0.2² = 800.
    own = points((100, 110, 2), (0, 0, 0), (200, 200, 2))
    assert oks_of(own=own, adopted=PERSON, policy=SIGMAS) == pytest.approx((math.exp(-100 / 800) + 1) / 3)
    assert oks_of(own=points((1, 1, 2)), adopted=PERSON, policy=SIGMAS) == 0


def test_a_point_that_one_left_out_counts_against_both():
    less = points((100, 100, 2), (200, 100, 1), (0, 0, 0))
    there_and_back = (2 / 3 + 1) / 2
    assert alike(PERSON, less) == alike(less, PERSON) == pytest.approx(there_and_back)


def test_lone_points_have_a_size_too():
    near = alike(points((50, 50, 2)), points((50 + SMALLEST_SIDE / 10, 50, 2)), Policy(sigmas=(("can", (0.5,)),)))
    assert near > 0.9


def test_skeletons_of_different_length_have_nothing_in_common():
    assert alike(PERSON, points((100, 100, 2), label="bag")) == 0


def test_of_two_labels_the_sigmas_are_those_in_between():
    policy = Policy(sigmas=(("can", (0.1,) * 3), ("bag", (0.3,) * 3)))
    other = points((100, 100, 2), (200, 100, 1), (200, 190, 2), label="bag")
    assert alike(PERSON, other, policy) == alike(other, PERSON, policy)
    assert alike(PERSON, other, policy) == pytest.approx((2 + math.exp(-100 / (2 * 19_000 * 0.4**2))) / 3)


person = st.lists(
    st.tuples(st.integers(1, 600), st.integers(1, 400), st.sampled_from([1, 2])), min_size=3, max_size=3
).map(lambda some: points(*some))


@when(st.lists(person, max_size=4), st.lists(person, max_size=4))
def test_likeness_of_keypoints_is_symmetric_from_0_to_1_and_1_with_itself(left, right):
    there = likeness(left=left, right=right, policy=asks())
    assert ((there >= 0) & (there <= 1)).all()
    assert there.shape == (len(left), len(right))
    assert np.allclose(there, likeness(left=right, right=left, policy=asks()).T)
    assert all(alike(each, each) == 1 for each in left)
