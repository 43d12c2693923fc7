"""Votes as coded arrays: counting, shares, majorities and their ties."""

from __future__ import annotations

import numpy as np
import pytest

from qa.votes import Sizes, Votes, adopt, are_tied, code, count, majority, shares

# Task 0: two of three say class 1; task 1: a tie between 0 and 2; task 2: nobody.
VOTES = Votes(np.array([0, 0, 0, 1, 1]), np.array([0, 1, 2, 0, 1]), np.array([1, 1, 0, 2, 0]), Sizes(3, 3, 3))


def test_votes_are_counted_by_task_and_class():
    assert count(VOTES).tolist() == [[1, 2, 0], [1, 0, 1], [0, 0, 0]]
    assert shares(VOTES) == pytest.approx(np.array([[1 / 3, 2 / 3, 0], [0.5, 0, 0.5], [1 / 3] * 3]))


def test_a_majority_shares_ties_evenly_and_the_label_set_decides_what_is_adopted():
    assert majority(VOTES) == pytest.approx(np.array([[0, 1, 0], [0.5, 0, 0.5], [1 / 3] * 3]))
    assert adopt(shares(VOTES)).tolist() == [1, 0, 0]
    assert are_tied(shares(VOTES)).tolist() == [False, True, True]


def test_weights_decide_where_heads_tie_and_a_hair_does_not():
    heavier = Votes(VOTES.tasks, VOTES.workers, VOTES.labels, VOTES.sizes, np.array([1.0, 1, 3, 1, 0.5]))
    assert adopt(count(heavier)).tolist() == [0, 2, 0]
    hair = Votes(VOTES.tasks, VOTES.workers, VOTES.labels, VOTES.sizes, np.array([1, 1, 1, 1 + 1e-12, 1]))
    assert adopt(count(hair)).tolist() == [1, 0, 0]
    assert majority(hair)[1] == pytest.approx([0.5, 0, 0.5])


def test_the_table_holds_who_said_what_where():
    assert VOTES.table.toarray()[0].tolist() == [0, 1, 0, 0, 1, 0, 1, 0, 0]
    assert len(VOTES.picked(VOTES.workers == 0)) == 2


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"labels": np.array([0, 1])}, "one length"),
        ({"labels": np.array([1, 1, 3, 2, 0])}, "classes lies outside 0 to 2"),
        ({"tasks": np.array([0, 0, -1, 1, 1])}, "tasks lies outside"),
        ({"weights": np.array([1.0])}, "needs a weight"),
        ({"weights": np.array([1, 1, 1, np.nan, 1])}, "finite"),
    ],
)
def test_what_is_no_vote_is_refused(change, rule):
    given = {"tasks": VOTES.tasks, "workers": VOTES.workers, "labels": VOTES.labels, "sizes": VOTES.sizes}
    with pytest.raises(ValueError, match=rule):
        Votes(**(given | change))


def test_names_are_coded_as_they_come():
    assert code(["b", "a", "b"]) == {"b": 0, "a": 1}
