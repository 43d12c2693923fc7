"""What claims are worth: pooling, the prior, and the figures that tell how far they are off."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa.calibration import (
    LEAST_OUTCOMES,
    OF_DRAWINGS,
    OF_TAGS,
    Calibration,
    calibrate,
    calibration_error,
    cross_entropy,
    pool,
)


def test_violators_are_pooled_by_hand():
    at, worth = pool(at=np.array([0.1, 0.2, 0.3, 0.4]), values=np.array([0.0, 1, 0, 1]), weights=np.ones(4))
    assert at == pytest.approx([0.1, 0.2, 0.3, 0.4])
    assert worth == pytest.approx([0, 0.5, 0.5, 1])


def test_points_at_one_place_are_one_point_by_their_weight():
    at, worth = pool(at=np.array([0.5, 0.5, 0.9]), values=np.array([1.0, 0, 1]), weights=np.array([1.0, 3, 1]))
    assert (at.tolist(), worth.tolist()) == ([0.5, 0.9], [0.25, 1])


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=LEAST_OUTCOMES, max_size=80), st.integers(0, 99))
def test_what_is_learnt_rises_stays_within_its_bounds_and_knows_no_order(outcomes, seed):
    claimed, right = np.array([claim for claim, _ in outcomes]), np.array([float(hit) for _, hit in outcomes])
    learnt = calibrate(claimed=claimed, right=right)
    worth = learnt.of(np.linspace(0, 1, 50))
    assert (np.diff(worth) >= -1e-12).all()
    assert worth.min() >= 0
    assert worth.max() <= 1
    order = np.random.default_rng(seed).permutation(len(claimed))
    again = calibrate(claimed=claimed[order], right=right[order])
    assert again.of(np.linspace(0, 1, 50)) == pytest.approx(worth)


def test_with_few_known_answers_nothing_is_promised():
    assert calibrate(claimed=[0.9] * (LEAST_OUTCOMES - 1), right=[1.0] * (LEAST_OUTCOMES - 1)) is None
    assert calibrate(claimed=[0.9] * LEAST_OUTCOMES, right=[1.0] * LEAST_OUTCOMES) is not None


def test_claims_that_are_untrue_are_worth_what_they_were():
    learnt = calibrate(claimed=[0.97] * 400, right=[1.0, 0, 1, 1] * 100)
    assert float(learnt.of(0.97)) == pytest.approx(0.75, abs=0.01)
    assert learnt.best == pytest.approx(0.75 + math.sqrt(0.75 * 0.25 / 400))
    assert not learnt.reaches(0.2)
    assert learnt.reaches(0.24)
    assert learnt.outcomes == 400


def test_claims_that_may_still_rise_put_nothing_out_of_reach():
    learnt = calibrate(claimed=[0.9] * 400 + [0.99] * 19, right=[1.0, 0] * 200 + [0.0] * 19)
    assert learnt.reaches(0.01)


def test_what_was_seen_stands_beside_what_was_not():
    learnt = calibrate(claimed=[0.9] * 40, right=[1.0, 0] * 20)
    # 20 of 40, and the four points of the prior at .9 and below, which stood above it.
    assert float(learnt.of(0.9)) == pytest.approx((20 + sum(OF_TAGS.worth[:4])) / 44)


def test_the_prior_bridges_what_nobody_tested():
    learnt = calibrate(claimed=[0.6] * 40, right=[1.0, 0] * 20)
    assert float(learnt.of(0.9)) == pytest.approx(OF_TAGS.worth[OF_TAGS.at.index(0.9)])


def test_a_calibration_is_read_back():
    learnt = calibrate(claimed=np.linspace(0.5, 1, 40), right=[1.0] * 40)
    assert Calibration.from_json(learnt.as_json()) == learnt


def test_claims_without_outcomes_and_impossible_ones_are_refused():
    with pytest.raises(ValueError, match="its outcome"):
        calibrate(claimed=[0.5], right=[])
    with pytest.raises(ValueError, match="between 0 and 1"):
        calibrate(claimed=[1.5] * 40, right=[1.0] * 40)


def test_cross_entropy_by_hand():
    posterior = np.array([[0.5, 0.5], [0.1, 0.9], [1.0, 0.0]])
    assert cross_entropy(posterior=posterior, truth=np.array([0, 1, -1])) == pytest.approx(
        -(math.log(0.5) + math.log(0.9)) / 2
    )
    assert cross_entropy(posterior=posterior[2:], truth=np.array([1])) == pytest.approx(-math.log(1e-6))
    assert math.isnan(cross_entropy(posterior=posterior, truth=np.array([-1, -1, -1])))


def test_the_calibration_error_is_the_mean_gap_of_the_bins():
    claimed, right = np.array([0.95, 0.95, 0.55, 0.55]), np.array([1.0, 0, 1, 0])
    # Bin .9 to 1: claimed .95, true .5; bin .5 to .6: claimed .55, true .5.
    assert calibration_error(claimed=claimed, right=right) == pytest.approx((0.45 * 2 + 0.05 * 2) / 4)
    assert math.isnan(calibration_error(claimed=np.array([]), right=np.array([])))


def test_a_trial_that_was_looked_at_several_times_is_one_outcome():
    looks = {"claimed": [0.5, 0.9] * LEAST_OUTCOMES, "right": [0.4, 0.6] * LEAST_OUTCOMES, "prior": OF_DRAWINGS}
    assert calibrate(**looks, weights=[0.5] * (2 * LEAST_OUTCOMES - 2) + [0.0] * 2) is None
    learnt = calibrate(**looks, weights=[0.5] * 2 * LEAST_OUTCOMES, sure=np.array([False, True] * LEAST_OUTCOMES))
    assert learnt.outcomes == LEAST_OUTCOMES
    # A point of the prior weighs as much as one outcome, so as much as two looks; the last one stands by itself.
    heavy = 0.5 * LEAST_OUTCOMES
    assert float(learnt.of(0.9)) == pytest.approx((heavy * 0.6 + 0.64 + 0.74 + 0.83) / (heavy + 3), abs=0.01)
    assert learnt.best == pytest.approx(0.6 + math.sqrt(0.6 * 0.4 / LEAST_OUTCOMES))
    assert not learnt.reaches(0.2)
