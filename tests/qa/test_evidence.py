"""What votes say for a model, by hand where it can be reckoned."""

import numpy as np
import pytest

from qa.evidence import evidence

EVEN = np.full((1, 2, 2), 0.5)
SURE = np.array([[1.0, 0.0], [1.0, 0.0]])


def test_the_chance_of_votes_by_hand():
    # One worker, two tasks known to be of the first class, both answered rightly. A row of two votes at (1/2, 1/2) is
    # a Beta(1, 1): 1/2 for the first, then 2/3. Classes as frequent as each other: 1/4.
    counts = np.array([[[2.0, 0.0], [0.0, 0.0]]])
    told = evidence(counts=counts, posterior=SURE, base=EVEN, row_votes=2.0, prior_tasks=np.inf)
    assert np.exp(told) == pytest.approx(1 / 2 * 2 / 3 * 1 / 4)
    # Where one task of each class was seen before, the first is of its class by 1/2, the second by 2/3.
    told = evidence(counts=counts, posterior=SURE, base=EVEN, row_votes=2.0, prior_tasks=1.0)
    assert np.exp(told) == pytest.approx(1 / 3 * 1 / 2 * 2 / 3)


def test_what_is_not_known_is_counted_as_all_that_it_may_be():
    counts = np.array([[[0.5, 0.0], [0.5, 0.0]]])
    told = {
        unsure: evidence(counts=counts, posterior=np.array([of]), base=EVEN, row_votes=2.0, prior_tasks=np.inf)
        for unsure, of in ((True, [0.5, 0.5]), (False, [1.0, 0.0]))
    }
    assert told[True] - told[False] == pytest.approx(np.log(2))


def test_rows_that_are_free_pay_for_it_unless_the_votes_need_them():
    true, other = 40.0, 10.0
    even = np.array([[[true, other, other], [other, true, other], [other, other, true]]])
    leaning = np.array([[[true, 2 * other, 0.0], [0.0, true, 2 * other], [2 * other, 0.0, true]]])
    base = np.where(np.eye(3, dtype=bool), 2 / 3, 1 / 6)[None]
    posterior = np.eye(3).repeat(60, axis=0)

    def told(counts, row_votes):
        return evidence(counts=counts, posterior=posterior, base=base, row_votes=row_votes, prior_tasks=10.0)

    assert told(even, 256.0) > told(even, 4.0)
    assert told(leaning, 4.0) > told(leaning, 256.0)
