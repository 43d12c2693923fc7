"""Krippendorff's alpha: how far answers agree beyond what chance would give, whoever gave them and however many.

1 is full agreement, 0 is what answers shuffled over the images would reach, below 0 is worse than that. Unlike the mean
agreement it does not flatter a job in which nearly every image has the same answer. Missing answers are no trouble: an
image counts by the answers it has, from two on.

Klaus Krippendorff, "Computing Krippendorff's Alpha-Reliability", 2011; Content Analysis, 2004, chapter 11.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

T = TypeVar("T")
PAIRS = 20_000
"""Pairs drawn where all of them would be too many: the expected disagreement is then sure to about 0.003."""


@dataclass(frozen=True)
class Alpha:
    """`value` is None when nothing can be said: no unit has two answers, or all answers are the same.

    `units` with two answers or more, and the `values` given to them. `observed` and `expected`: mean distance between
    two answers to one unit, and between any two answers.
    """

    value: float | None
    units: int
    values: int
    observed: float
    expected: float


NOTHING = Alpha(None, 0, 0, 0.0, 0.0)


def nominal_alpha(*, units: ArrayLike, values: ArrayLike) -> Alpha:
    """Alpha of votes that are the same or not. `units`, `values` [n]: codes of any whole numbers, a vote each."""
    of_unit, of_value, sizes = _pairable(units, values)
    if not len(of_unit):
        return NOTHING
    kinds = int(of_value.max()) + 1
    _, alike = np.unique(of_unit * kinds + of_value, return_counts=True)
    cells = np.unique(of_unit * kinds + of_value) // kinds
    same = np.bincount(cells, weights=alike * (alike - 1.0), minlength=len(sizes))
    n = len(of_unit)
    observed = 1.0 - float((same / (sizes - 1)).sum()) / n
    totals = np.bincount(of_value).astype(np.float64)
    expected = 1.0 - float((totals * (totals - 1)).sum()) / (n * (n - 1.0))
    return _alpha(observed, expected, len(sizes), n)


def weighted_alpha(*, units: ArrayLike, values: ArrayLike, distances: ArrayLike) -> Alpha:
    """Alpha of votes some of which are nearer to each other than others.

    `units`, `values` [n] as above, values from 0 to k − 1; `distances` [k, k]: 0 on the diagonal, symmetric, not
    negative. For interval data that is the square of the difference. Raises ValueError for other distances.
    """
    apart = np.asarray(distances, dtype=np.float64)
    if not (np.allclose(apart, apart.T) and np.all(np.diag(apart) == 0.0) and np.all(apart >= 0.0)):
        raise ValueError("Distances are symmetric, not negative, and 0 between equals.")
    of_unit, of_value, sizes = _pairable(units, values, keep_values=True)
    n = len(of_unit)
    if not n:
        return NOTHING
    counts = sparse.csr_matrix((np.ones(n), (of_unit, of_value)), shape=(len(sizes), len(apart)))
    # Coincidences: how often two values met in a unit, each unit weighing as many as it has answers.
    weighed = counts.multiply((1.0 / (sizes - 1))[:, None])
    met = np.asarray((counts.T @ weighed).todense())
    totals = np.bincount(of_value, minlength=len(apart)).astype(np.float64)
    # A value does not meet itself, but its distance to itself is 0 anyway.
    observed = float((met * apart).sum()) / n
    expected = float((np.outer(totals, totals) * apart).sum()) / (n * (n - 1.0))
    return _alpha(observed, expected, len(sizes), n)


def distance_alpha(
    *,
    units: Sequence[Sequence[T]],
    distance: Callable[[T, T], float],
    generator: np.random.Generator,
    pairs: int = PAIRS,
) -> Alpha:
    """Alpha of answers of any kind, each unit's in a sequence, by a distance from 0 (the same) on, e.g. 1 − IoU.

    All pairs within units are measured. Of the pairs of any two answers, up to `pairs` are all measured; of more,
    so many are drawn by `generator`.
    """
    kept = [list(unit) for unit in units if len(unit) > 1]
    answers = [answer for unit in kept for answer in unit]
    n = len(answers)
    if not n:
        return NOTHING
    within = sum(
        sum(distance(one, other) for one, other in combinations(unit, 2)) * 2.0 / (len(unit) - 1) for unit in kept
    )
    if n * (n - 1) // 2 <= pairs:
        apart = [distance(one, other) for one, other in combinations(answers, 2)]
    else:
        left = generator.integers(0, n, size=pairs)
        right = (left + generator.integers(1, n, size=pairs)) % n
        apart = [distance(answers[i], answers[j]) for i, j in zip(left.tolist(), right.tolist(), strict=True)]
    return _alpha(within / n, sum(apart) / len(apart), len(kept), n)


def _pairable(
    units: ArrayLike, values: ArrayLike, *, keep_values: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The votes of units that have two or more, as codes from 0 on, and how many each of these units has."""
    of_unit = np.unique(np.asarray(units, dtype=np.int64), return_inverse=True)[1].ravel()
    of_value = np.asarray(values, dtype=np.int64).ravel()
    if len(of_unit) != len(of_value):
        raise ValueError("Every vote has a unit and a value.")
    if not keep_values:
        of_value = np.unique(of_value, return_inverse=True)[1].ravel()
    kept = np.bincount(of_unit)[of_unit] > 1 if len(of_unit) else np.zeros(0, dtype=np.bool_)
    of_unit = np.unique(of_unit[kept], return_inverse=True)[1].ravel()
    return of_unit, of_value[kept], np.bincount(of_unit).astype(np.float64)


def _alpha(observed: float, expected: float, units: int, values: int) -> Alpha:
    value = 1.0 - observed / expected if expected > 0.0 else None
    return Alpha(value, units, values, observed, expected)
