"""Estimating tags and workers together: the formulas by hand, and what no crowd may break."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.inference import (
    CENTRE,
    CENTRE_VOTES,
    CLASS_VOTES,
    COIN_VOTES,
    HEAD,
    HEDGE,
    base_rows,
    claims,
    dawid_skene,
    infer,
    one_coin,
    posterior_of,
)
from qa.votes import Sizes, Votes, adopt, majority, shares

MODELS = [infer, dawid_skene, one_coin]


def crowd(*, seed, matrices, tasks=60, prior=None, overlap=None):
    """Votes of workers with these confusion matrices (workers, true, said), `overlap` of them a task, and the truth."""
    generator = np.random.default_rng(seed)
    workers, classes, _ = matrices.shape
    overlap = overlap or workers
    truth = generator.choice(classes, tasks, p=prior)
    who = np.argsort(generator.random((tasks, workers)), axis=1)[:, :overlap].ravel()
    where = np.repeat(np.arange(tasks), overlap)
    steps = matrices[who, truth[where]].cumsum(axis=1)
    said = np.minimum((generator.random(len(where))[:, None] > steps).sum(axis=1), classes - 1)
    return Votes(where, who, said, Sizes(tasks, workers, classes)), truth


def coins(*right, classes=3):
    rows = np.array([np.full((classes, classes), (1 - one) / (classes - 1)) for one in right])
    rows[:, range(classes), range(classes)] = np.array(right)[:, None]
    return rows


def test_log_scores_become_probabilities_without_overflow():
    posterior, sums = posterior_of(np.log(np.array([[1.0, 3.0], [1e-300, 1e-300]])))
    assert posterior == pytest.approx(np.array([[0.25, 0.75], [0.5, 0.5]]))
    assert np.exp(sums[0]) == pytest.approx(4)


def test_one_round_of_a_coin_by_hand():
    # Two tasks, both voted 0 by worker 0; worker 1 says 0 and 1. Shares: task 0 is [1, 0], task 1 [.5, .5].
    votes = Votes(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([0, 0, 0, 1]), Sizes(2, 2, 2))
    fit = one_coin(votes)
    # Both are right in 1.5 of 2: (1.5 + 2) / (2 + 3) = .7, so task 0 becomes .49 / (.49 + .09), and task 1 stays.
    # That is more than before was 1, so a next round makes both (.845 + .5 + 2) / 5.
    right = (0.49 / 0.58 + 0.5 + 2) / 5
    expected = right**2 / (right**2 + (1 - right) ** 2)
    assert fit.posterior[1] == pytest.approx([0.5, 0.5])
    assert fit.posterior[0, 0] == pytest.approx(expected, abs=0.03)
    assert fit.confusion[0] == pytest.approx(fit.confusion[1])


def test_the_base_of_a_matrix_is_the_workers_coin_leaning_as_the_classes_do():
    counts = np.zeros((2, 2, 2))
    counts[0] = [[8, 2], [4, 6]]  # worker 0: 8 of 10 right on class 0, 6 of 10 on class 1
    crowd_right = (14 + CENTRE * CENTRE_VOTES) / (20 + CENTRE_VOTES)
    worker = (14 + crowd_right * COIN_VOTES) / (20 + COIN_VOTES)
    ease = (8 + crowd_right * CLASS_VOTES) / (10 + CLASS_VOTES)

    def odds(chance):
        return np.log(chance / (1 - chance))

    expected = 1 / (1 + np.exp(-(odds(worker) + odds(ease) - odds(crowd_right))))
    rows = base_rows(counts)
    assert rows[0, 0] == pytest.approx([expected, 1 - expected])
    # Who has no votes yet is the crowd itself.
    assert rows[1, 0, 0] == pytest.approx(ease)
    assert rows.sum(axis=2) == pytest.approx(np.ones((2, 2)))


def test_a_worker_with_few_votes_on_a_class_keeps_to_their_coin_and_one_with_many_gets_a_matrix():
    lean = np.array([[0.95, 0.05], [0.6, 0.4]])
    votes, _ = crowd(seed=2, matrices=np.array([lean, *coins(0.9, 0.9, 0.9, 0.9, classes=2)]), tasks=400)
    first = votes.picked((votes.workers > 0) | (votes.tasks < 3))
    few, many = infer(first).confusion[0], infer(votes).confusion[0]
    assert many[1, 1] == pytest.approx(0.4, abs=0.12)
    assert few[1, 1] > 0.55


@pytest.mark.parametrize("fit", MODELS)
def test_identical_answers_come_out_as_themselves(fit):
    said = np.array([0, 2, 1, 0])
    votes = Votes(np.repeat(np.arange(4), 3), np.tile(np.arange(3), 4), np.repeat(said, 3), Sizes(4, 3, 3))
    assert adopt(fit(votes).posterior).tolist() == said.tolist()


@pytest.mark.parametrize("fit", MODELS)
@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000))
def test_the_order_of_tasks_workers_and_votes_changes_nothing(fit, seed):
    votes, _ = crowd(seed=seed, matrices=coins(0.9, 0.8, 0.7, 0.6), tasks=20, overlap=3)
    generator = np.random.default_rng(seed)
    order = generator.permutation(len(votes))
    task, worker = generator.permutation(20), generator.permutation(4)
    moved = Votes(task[votes.tasks][order], worker[votes.workers][order], votes.labels[order], votes.sizes)
    one, other = fit(votes), fit(moved)
    assert other.posterior[task] == pytest.approx(one.posterior, abs=1e-6)
    assert other.confusion[worker] == pytest.approx(one.confusion, abs=1e-6)


@pytest.mark.parametrize("fit", MODELS)
@settings(max_examples=8, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 4))
def test_a_posterior_is_a_posterior_whatever_was_voted(fit, seed, workers, classes):
    generator = np.random.default_rng(seed)
    size = int(generator.integers(0, 30))
    votes = Votes(
        generator.integers(0, 6, size),
        generator.integers(0, workers, size),
        generator.integers(0, classes, size),
        Sizes(6, workers, classes),
    )
    found = fit(votes)
    assert np.isfinite(found.posterior).all()
    assert found.posterior.sum(axis=1) == pytest.approx(np.ones(6))
    assert found.confusion.sum(axis=2) == pytest.approx(np.ones((workers, classes)))


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(["constant", "dice", "liar"]))
def test_one_spammer_among_five_never_turns_what_four_agree_on(seed, kind):
    """The bound: where the four honest agree, the result is theirs, and stays more probable than .9."""
    votes, _ = crowd(seed=seed, matrices=coins(0.92, 0.9, 0.88, 0.9), tasks=40)
    generator = np.random.default_rng(seed)
    honest = majority(votes)
    spam = {
        "constant": np.zeros(40, dtype=int),
        "dice": generator.integers(0, 3, 40),
        "liar": (adopt(honest) + 1) % 3,
    }[kind]
    tasks = np.concatenate([votes.tasks, np.arange(40)])
    workers = np.concatenate([votes.workers, np.full(40, 4)])
    joined = Votes(tasks, workers, np.concatenate([votes.labels, spam]), Sizes(40, 5, 3))
    unanimous = shares(votes).max(axis=1) == 1.0
    found = infer(joined).posterior[unanimous]
    assert found[np.arange(len(found)), adopt(honest)[unanimous]].min() > 0.9


def test_biased_workers_defeat_a_coin_and_not_the_default():
    rows = np.array([[0.95, 0.05], [0.55, 0.45]])
    votes, truth = crowd(seed=5, matrices=np.array([rows] * 4 + [rows[::-1, ::-1]] * 2 + [[[0.9, 0.1], [0.1, 0.9]]]))
    right = {fit.__name__: (adopt(fit(votes).posterior) == truth).mean() for fit in MODELS}
    assert right["infer"] >= right["one_coin"]
    assert right["infer"] >= 0.85


def test_a_task_without_votes_has_the_prior_of_the_classes():
    votes, _ = crowd(seed=1, matrices=coins(0.9, 0.9, 0.9), tasks=30, prior=[0.8, 0.1, 0.1])
    found = infer(Votes(votes.tasks, votes.workers, votes.labels, Sizes(31, 3, 3)))
    assert found.posterior[30] == pytest.approx(found.prior, abs=1e-3)
    assert adopt(found.posterior)[30] == 0


def test_likelihood_rises_when_dawid_skene_goes_on():
    votes, _ = crowd(seed=3, matrices=coins(0.9, 0.7, 0.6, 0.5), tasks=80)
    ended = [dawid_skene(votes, rounds=rounds, settled=0).log_likelihood for rounds in (2, 5, 20)]
    assert ended == sorted(ended)


def test_a_claim_hedges_the_coin_with_heads():
    votes = Votes(np.array([0, 0, 1]), np.array([0, 1, 0]), np.array([1, 1, 0]), Sizes(2, 2, 2))
    coin = one_coin(votes).posterior
    heads = [(2 + HEAD) / (2 + 2 * HEAD), (1 + HEAD) / (1 + 2 * HEAD)]
    expected = [(1 - HEDGE) * coin[0, 1] + HEDGE * heads[0], (1 - HEDGE) * coin[1, 0] + HEDGE * heads[1]]
    assert claims(votes, adopted=np.array([1, 0])) == pytest.approx(expected)


def right(posterior, truth):
    return np.mean(adopt(posterior) == truth)


def test_a_crowd_that_leans_no_way_is_taken_for_coins_and_one_that_leans_is_not():
    """Matrices learn noise of the first, and stood below plain majority; coins see nothing of what the second does."""
    found = {"even": [], "leaning": []}
    for seed in range(6):
        generator = np.random.default_rng(seed)
        accuracy = generator.uniform(0.35, 0.85, 20)
        rows = coins(*accuracy, classes=4)
        found["even"].append(crowd(seed=seed, matrices=rows, tasks=120, overlap=5))
        wrong = (1.0 - accuracy)[:, None]
        for true in range(4):
            rows[:, true, [other for other in range(4) if other != true]] = wrong * [0.9, 0.1, 0.0]
        found["leaning"].append(crowd(seed=seed, matrices=rows, tasks=120, overlap=5))
    gained = {
        kind: np.mean([right(infer(votes).posterior, truth) - right(majority(votes), truth) for votes, truth in crowds])
        for kind, crowds in found.items()
    }
    assert gained["even"] > 0.02
    assert gained["leaning"] > 0.06
