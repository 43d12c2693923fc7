import numpy as np
import pytest

from qa.excess import Pair, groups_of, judge

PEOPLE = np.array([7, 8, 9])


def counts(value, *, both=True):
    """[3, 3] with `value` between the first two."""
    found = np.zeros((3, 3))
    found[0, 1] = value
    found[1, 0] = value if both else 0
    return found


def judged(tasks, alike, expected):
    return judge(people=PEOPLE, tasks=counts(tasks), alike=counts(alike), expected=counts(expected))


def test_a_large_excess_is_told_with_its_figures():
    (pair,) = judged(40, 38, 8)
    assert (pair.first, pair.second, pair.tasks, pair.alike, pair.expected) == (7, 8, 40, 38, 8.0)
    assert pair.copied == pytest.approx((38 / 40 - 0.2) / 0.8, abs=0.001)
    assert pair.chance < 1e-15


@pytest.mark.parametrize(
    ("tasks", "alike", "expected"),
    [
        (40, 10, 8),  # as chance would have it
        (4000, 1200, 800),  # sure, but a small part
        (3, 3, 0.1),  # too few
        (40, 40, 39),  # everybody does
    ],
)
def test_what_is_likely_small_or_rare_is_no_sign(tasks, alike, expected):
    assert judged(tasks, alike, expected) == []


def test_a_pair_is_judged_by_its_less_suspicious_side():
    tasks, alike = counts(40), counts(30)
    expected = counts(4)
    assert judge(people=PEOPLE, tasks=tasks, alike=alike, expected=expected)
    expected[1, 0] = 28
    assert judge(people=PEOPLE, tasks=tasks, alike=alike, expected=expected) == []


def test_pairs_that_share_somebody_are_one_group():
    def pair(first, second, chance):
        return Pair(first, second, tasks=10, alike=10, expected=1.0, copied=1.0, chance=chance)

    pairs = [pair(1, 2, 0.001), pair(5, 6, 0.0001), pair(2, 3, 0.005)]
    first, second = groups_of(pairs=pairs)
    assert (first.workers, second.workers) == ((5, 6), (1, 2, 3))
    assert [(each.first, each.second) for each in second.pairs] == [(1, 2), (2, 3)]
    assert groups_of(pairs=[]) == []
