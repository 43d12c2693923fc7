"""The figures on tags: what accuracy is, how votes are bought, and who is asked beside us."""

from __future__ import annotations

import numpy as np
import pytest

from qa.calibration import LEAST_OUTCOMES
from qa.stopping import Step
from qa.votes import Sizes
from tests.bench.consensus import adaptive, scale, sets, tags
from tests.bench.consensus.missing import Missing


@pytest.fixture
def crowd():
    """60 tasks of 4 classes, 8 answers each."""
    votes = adaptive.simulation(1)
    few = votes.tasks < 60
    return sets.Votes("few", votes.tasks[few], votes.workers[few], votes.labels[few], votes.truth[:60], 4, (60, 60))


class NoPeers:
    def ask(self, program, **request):
        raise Missing("crowd-kit is not here.")


def test_a_tie_is_worth_what_a_coin_is_and_a_label_nobody_voted_for_is_worth_nothing():
    posterior = np.array([[0.5, 0.5], [0.1, 0.9], [1.0, 0.0], [0.2, 0.8]])
    assert tags.accuracy(posterior, np.array([0, 1, 2, sets.UNKNOWN])) == pytest.approx((0.5 + 1 + 0) / 3)


def test_tags_are_measured_without_peers_and_it_says_so(crowd, monkeypatch):
    monkeypatch.setattr(sets, "tag_sets", lambda data: {"few": crowd})
    found = tags.measure(data=None, peers=NoPeers())
    assert found["tags_mean_accuracy"] == found["tags_by_set"]["few"]["default"] > 0.7
    assert found["notes"] == ["crowd-kit is not here."]
    gap = 100 * (found["tags_by_set"]["few"]["default"] - found["tags_by_set"]["few"]["majority"])
    assert found["tags_worst_margin"] == pytest.approx(gap, abs=0.01)


def test_no_vote_is_looked_at_before_it_is_bought(crowd):
    """Votes that were not bought may say what they will: nothing that was decided changes."""
    queue = adaptive.Queue(crowd, np.random.default_rng(1))
    bought, steps, fitted = queue.replay(target_error=0.1, gold=None)
    assert bought.min() >= adaptive.LEAST
    assert 2 < bought.mean() < 8
    assert set(steps.tolist()) <= {Step.ENOUGH, Step.MORE, Step.MAXIMUM}
    unseen = queue.turn >= bought[queue.ordered.tasks]
    assert unseen.any()
    queue.ordered.labels[unseen] = 3
    again, _, after = queue.replay(target_error=0.1, gold=None)
    assert np.array_equal(again, bought)
    assert np.array_equal(after.posterior, fitted.posterior)


def test_with_little_gold_nothing_is_calibrated_and_with_more_it_is(crowd):
    fitted = adaptive.Fitted(tags.coded(crowd))
    assert fitted.calibration(np.arange(LEAST_OUTCOMES - 1), crowd.truth) is None
    assert fitted.calibration(np.arange(LEAST_OUTCOMES), crowd.truth).outcomes == LEAST_OUTCOMES


def test_the_crowd_of_the_million_votes_asks_nobody_twice():
    votes, truth = scale.crowd(1, Sizes(500, 100, 4))
    pairs = votes.tasks * 100 + votes.workers
    assert len(np.unique(pairs)) == len(votes) == 2500
    right = votes.labels == truth[votes.tasks]
    assert right[votes.workers >= 10].mean() > 0.6
    assert right[votes.workers < 10].mean() < 0.4


def test_belief_is_compared_by_the_same_last_step():
    votes, truth = scale.crowd(1, Sizes(300, 40, 3))
    sure = np.eye(3)[truth]
    assert scale.believed(votes, sure) > scale.believed(votes, np.full((300, 3), 1 / 3))
