"""The most probable tags from all votes of a job, and how reliable each worker is, without knowing any answer.

Three models of a worker, all fitted by expectation-maximisation (Dempster, Laird and Rubin, 1977): what is true is
judged by the workers' reliabilities, these by what is judged true, and again, until nothing moves.

- One coin: a worker is right with one probability, and wrong evenly (the symmetric case of Dawid and Skene; Zhang et
  al., 2014, "Spectral methods meet EM"). Two classes that are mistaken in one direction only defeat it.
- Dawid–Skene: a worker has a confusion matrix of their own (Dawid and Skene, 1979). With few votes for a class it
  learns noise.
- `infer`, the default: the matrix under a prior that is the coin, and the coin itself where the votes speak for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from qa.evidence import evidence
from qa.votes import Shares, Votes, count, shares

ROUNDS = 100
STILL = 1e-4
"""A fit ends when probabilities move by less, on the average of the tasks."""

CENTRE = 0.7
CENTRE_VOTES = 10.0
"""Before anything is known the crowd is right by 0.7, as sure as after so many votes."""
COIN_VOTES = 8.0
"""A worker starts as good as the crowd, as sure as after so many votes of theirs."""
CLASS_VOTES = 100.0
"""A class starts as easy as all classes together, as sure as after so many votes."""
ROW_VOTES = 4.0
"""A row of a worker's matrix starts as their coin, as sure as after so many votes of theirs on that class."""
COIN_ROW_VOTES = 256.0
"""As sure as this it stays the coin: few workers give so many votes on one class."""
FIRST_ROW_VOTES = 16.0
COOLING = 0.7
"""The prior of the rows starts four times as strong, and eases by this factor a round: the coin finds the region, the
matrix the place in it. Started weak, the fit ends in worse optima of small sets."""
PRIOR_TASKS = 10.0
"""Each class starts with so many tasks, so that a small set does not talk itself out of its rarer classes."""

SMOOTH = 0.01
"""Plain Dawid–Skene starts each cell of each matrix with so many votes: enough that no logarithm is infinite."""
SETTLED = 1e-5
"""It ends when the log-likelihood of a task moves by less, as a share of itself."""
COIN_RIGHT, COIN_WRONG = 2.0, 1.0
HEDGE, HEAD = 0.15, 0.3


@dataclass(frozen=True)
class Fit:
    """What a fit came to.

    `posterior` (tasks, classes): how probable each class is. `prior` (classes): of a task nobody voted on.
    `confusion` (workers, true class, said class): rows sum up to 1; `counts`: the votes behind it, of the same shape,
    with what was known before.
    `log_likelihood`: of all votes under the model, in nats, from the round before the last.
    """

    posterior: Shares
    prior: Shares
    confusion: Shares
    counts: Shares
    log_likelihood: float
    rounds: int


@dataclass(frozen=True)
class Known:
    """What was learnt before these votes, and counts as if it stood among them.

    `counts` (workers, true class, said class): votes of each worker; `tasks` (classes): tasks of each class.
    """

    counts: Shares
    tasks: Shares


def infer(votes: Votes, *, known: Known | None = None) -> Fit:
    """The default, made to be robust where no answer is known: few votes a worker, rare classes, biased workers.

    A row of a worker's confusion matrix is drawn from a Dirichlet distribution, and stands at its posterior mean,
    (votes of the worker on that class + ROW_VOTES · base row) / (their number + ROW_VOTES). The base row is the
    worker's coin: right with a probability whose log-odds are those of the worker's accuracy plus what the class is
    easier than others for everybody, and wrong evenly over the other classes. The accuracy is shrunk to the crowd's,
    the ease of a class to that of all classes, in the same way. So a worker with few votes is judged by one number, and
    one with many by a matrix of their own (compare the hierarchical priors of Kim and Ghahramani, 2012, "Bayesian
    classifier combination", and of Venanzi et al., 2014, who share matrices between communities of workers).

    A crowd whose errors lean no way is fitted worse by matrices than by coins, since those learn noise. So both are
    fitted, and the one for which the votes give more evidence is taken. The coins take all classes for as frequent:
    where they are fitted to few votes, one class would else swallow the others.

    The values at the top of this module are round and were left where they stand on a plateau: on real sets whole and
    thinned out, and on thirteen kinds of simulated crowds, halving or doubling them changes little.
    """

    free = _shrunk(
        votes, base_of=base_rows, known=known, prior_tasks=PRIOR_TASKS, cooled_after=cooled(),
        strength=lambda number: max(ROW_VOTES, FIRST_ROW_VOTES * COOLING**number),
    )  # fmt: skip
    coins = _shrunk(
        votes, base_of=coin_rows, known=known, prior_tasks=np.inf, cooled_after=0, strength=lambda _: COIN_ROW_VOTES
    )
    of_free = evidence(
        counts=free.counts, posterior=free.posterior, base=base_rows(free.counts), row_votes=ROW_VOTES,
        prior_tasks=PRIOR_TASKS,
    )  # fmt: skip
    of_coins = evidence(
        counts=coins.counts, posterior=coins.posterior, base=coin_rows(coins.counts), row_votes=COIN_ROW_VOTES,
        prior_tasks=np.inf,
    )  # fmt: skip
    return free if of_free >= of_coins else coins


def _shrunk(
    votes: Votes,
    *,
    base_of: Callable[[Shares], Shares],
    strength: Callable[[int], float],
    prior_tasks: float,
    cooled_after: int,
    known: Known | None,
) -> Fit:
    """A fit whose rows stand at their base row as firmly as after `strength(round)` votes."""

    def matrices(counts: Shares, number: int) -> Shares:
        rows = counts + strength(number) * base_of(counts)
        return rows / rows.sum(axis=2, keepdims=True)

    ends = _nothing_moves(after=cooled_after)
    return _fit(votes, matrices=matrices, prior_tasks=prior_tasks, ends=ends, known=known)


def dawid_skene(votes: Votes, *, smooth: float = SMOOTH, rounds: int = ROUNDS, settled: float = SETTLED) -> Fit:
    """A confusion matrix for each worker, and no more prior than keeps logarithms finite (Dawid and Skene, 1979)."""

    def matrices(counts: Shares, number: int) -> Shares:
        rows = counts + smooth
        return rows / rows.sum(axis=2, keepdims=True)

    return _fit(votes, matrices=matrices, prior_tasks=0.0, ends=_likelihood_settles(settled), rounds=rounds)


def one_coin(votes: Votes, *, known: Known | None = None) -> Fit:
    """One accuracy for each worker under a Beta prior, wrong answers evenly spread, all classes as frequent."""
    classes = votes.sizes.classes

    def matrices(counts: Shares, number: int) -> Shares:
        right, total = right_of(counts), counts.sum(axis=(1, 2))
        accuracy = (right + COIN_RIGHT) / (total + COIN_RIGHT + COIN_WRONG)
        return _coins(accuracy[:, None] * np.ones(classes))

    return _fit(votes, matrices=matrices, prior_tasks=np.inf, ends=_nothing_moves(after=0), known=known)


def claims(votes: Votes, *, adopted: npt.NDArray[np.intp], known: Known | None = None) -> Shares:
    """How sure the adopted class of each task is, 0 to 1, before calibration.

    The coin's posterior of it, with a hedge of HEDGE heads counted plainly: (votes for it + HEAD) / (votes + classes ·
    HEAD). With two or three votes a task matrices flatter themselves, and so does a coin where workers share errors: a
    majority of two, however good their records, is not as sure as one of four. On real votes replayed in ten orders,
    stopping by this claim is truer than stopping by either model's posterior at the same number of votes.
    """
    rows = np.arange(len(adopted))
    counted = count(votes)
    heads = (counted[rows, adopted] + HEAD) / (counted.sum(axis=1) + votes.sizes.classes * HEAD)
    return (1.0 - HEDGE) * one_coin(votes, known=known).posterior[rows, adopted] + HEDGE * heads


def base_rows(counts: Shares) -> Shares:
    """What a worker's matrix is shrunk to, from the votes of all: (workers, true class, said class), see `infer`."""
    crowd, worker = _accuracies(counts)
    right, by_class = np.einsum("wkk->k", counts), counts.sum(axis=(0, 2))
    ease = (right + crowd * CLASS_VOTES) / (by_class + CLASS_VOTES)
    return _coins(_chance(_odds(worker)[:, None] + (_odds(ease) - _odds(crowd))[None, :]))


def coin_rows(counts: Shares) -> Shares:
    """The same with every class as easy as the others."""
    _, worker = _accuracies(counts)
    return _coins(worker[:, None] * np.ones(counts.shape[1]))


def _accuracies(counts: Shares) -> tuple[float, Shares]:
    """How often the crowd is right, and each worker, shrunk to it."""
    total, right = counts.sum(axis=(1, 2)), right_of(counts)
    crowd = (right.sum() + CENTRE * CENTRE_VOTES) / (total.sum() + CENTRE_VOTES)
    return crowd, (right + crowd * COIN_VOTES) / (total + COIN_VOTES)


def right_of(counts: Shares) -> Shares:
    """By worker: how many of the votes are right, from counts by true and said class."""
    return np.einsum("wkk->w", counts)


def cooled() -> int:
    """The round from which on the rows' prior is as strong as it stays."""
    return int(np.ceil(np.log(ROW_VOTES / FIRST_ROW_VOTES) / np.log(COOLING)))


def posterior_of(scores: Shares) -> tuple[Shares, Shares]:
    """Probabilities from log-scores (tasks, classes), which it overwrites, and each task's log of their sum."""
    best = scores.max(axis=1, keepdims=True)
    scores -= best
    np.exp(scores, out=scores)
    total = scores.sum(axis=1, keepdims=True)
    scores /= total
    return scores, (best + np.log(total))[:, 0]


Ends = Callable[[Shares, Shares, float, float, int], bool]
"""Whether a fit ends: posteriors before and after, log-likelihood of a task before and after, number of the round."""


def _fit(
    votes: Votes,
    *,
    matrices: Callable[[Shares, int], Shares],
    prior_tasks: float,
    ends: Ends,
    rounds: int = ROUNDS,
    known: Known | None = None,
) -> Fit:
    """Expectation-maximisation from the shares of the votes on. `prior_tasks`: infinite for even classes."""
    _, workers, classes = votes.sizes
    known = known or Known(np.zeros((workers, classes, classes)), np.zeros(classes))
    posterior, last = shares(votes), -np.inf
    table = votes.table
    for number in range(rounds):
        # (worker, said, true) → (worker, true, said)
        counts = (table.T @ posterior).reshape(workers, classes, classes).transpose(0, 2, 1) + known.counts
        prior = _prior(posterior.sum(axis=0) + known.tasks, prior_tasks)
        confusion = matrices(counts, number)
        log_rows = np.log(confusion).transpose(0, 2, 1).reshape(workers * classes, classes)
        scores = table @ log_rows
        scores += np.log(np.maximum(prior, 1e-12))
        fresh, log_sums = posterior_of(scores)
        now = float(log_sums.sum())
        stop = ends(posterior, fresh, last, now, number)
        posterior, last = fresh, now
        if stop:
            break
    return Fit(posterior, prior, confusion, counts, last, number + 1)


def _prior(tasks: Shares, prior_tasks: float) -> Shares:
    """How frequent each class is, from the tasks of each and as many more for each."""
    if not np.isfinite(prior_tasks) or tasks.sum() + prior_tasks <= 0.0:
        return np.full(len(tasks), 1.0 / len(tasks))
    return (tasks + prior_tasks) / (tasks.sum() + len(tasks) * prior_tasks)


def _nothing_moves(*, after: int) -> Ends:
    def ends(before: Shares, fresh: Shares, last: float, now: float, number: int) -> bool:
        moved = float(np.abs(fresh - before).sum()) / (2 * max(len(fresh), 1))
        return number >= after and moved < STILL

    return ends


def _likelihood_settles(share: float) -> Ends:
    def ends(before: Shares, fresh: Shares, last: float, now: float, number: int) -> bool:
        return abs(now - last) <= share * abs(now)

    return ends


def _coins(accuracy: Shares) -> Shares:
    """Matrices that are right by `accuracy` (workers, true class) and wrong evenly."""
    classes = accuracy.shape[1]
    if classes == 1:
        return np.ones((len(accuracy), 1, 1))
    rows = np.repeat(((1.0 - accuracy) / (classes - 1))[:, :, None], classes, axis=2)
    diagonal = np.arange(classes)
    rows[:, diagonal, diagonal] = accuracy
    return rows


def _odds(chance: Shares | float) -> Shares:
    kept = np.clip(chance, 1e-6, 1.0 - 1e-6)
    return np.log(kept / (1.0 - kept))


def _chance(odds: Shares) -> Shares:
    return 1.0 / (1.0 + np.exp(-odds))
