"""Votes on tags as coded arrays: who chose what where. The material of every estimate over a whole job."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

Codes = npt.NDArray[np.integer]
Shares = npt.NDArray[np.float64]
"""Floats; of shape (tasks, classes) with rows that sum up to 1, where nothing else is said."""

EQUAL = 1e-9
"""Shares closer than this are equal: they are sums of floats."""


class Sizes(NamedTuple):
    """How many there are of each."""

    tasks: int
    workers: int
    classes: int


@dataclass(frozen=True)
class Votes:
    """Vote i: worker `workers[i]` chose class `labels[i]` for task `tasks[i]`; all are codes 0, 1, … below `sizes`.

    `weights`: how much each vote counts, 0 or more; without them each counts 1. Raises ValueError for arrays of
    different lengths, codes out of range, and weights that are no weights.
    """

    tasks: Codes
    workers: Codes
    labels: Codes
    sizes: Sizes
    weights: Shares | None = None

    def __post_init__(self) -> None:
        for name, codes, size in zip(Sizes._fields, (self.tasks, self.workers, self.labels), self.sizes, strict=True):
            if codes.shape != self.tasks.shape or codes.ndim != 1:
                raise ValueError("Votes are arrays of one length.")
            if len(codes) and not (int(codes.min()) >= 0 and int(codes.max()) < size):
                raise ValueError(f"A code of {name} lies outside 0 to {size - 1}.")
        if self.weights is not None:
            if self.weights.shape != self.tasks.shape:
                raise ValueError("Every vote needs a weight.")
            if not (np.isfinite(self.weights).all() and (self.weights >= 0.0).all()):
                raise ValueError("A weight is a finite number, 0 or more.")

    def __len__(self) -> int:
        return len(self.tasks)

    @cached_property
    def table(self) -> sparse.csr_matrix:
        """Weight of the votes by task (row) and by what which worker said (column worker · classes + label).

        Everything an iteration needs is a product with it: much faster than going over the votes class by class.
        """
        said = self.workers.astype(np.int32) * self.sizes.classes + self.labels.astype(np.int32)
        weights = np.ones(len(self)) if self.weights is None else self.weights
        shape = (self.sizes.tasks, self.sizes.workers * self.sizes.classes)
        return sparse.csr_matrix((weights, (self.tasks.astype(np.int32), said)), shape=shape)

    def picked(self, which: npt.NDArray[np.bool_]) -> Votes:
        """Only some of the votes; the codes and the sizes stay."""
        weights = None if self.weights is None else self.weights[which]
        return Votes(self.tasks[which], self.workers[which], self.labels[which], self.sizes, weights)


def code(names: Iterable[Hashable]) -> dict[Hashable, int]:
    """Codes for names, in the order in which they first come."""
    found: dict[Hashable, int] = {}
    for name in names:
        found.setdefault(name, len(found))
    return found


def count(votes: Votes) -> npt.NDArray[np.integer] | Shares:
    """The weight of the votes for each class of each task, as (tasks, classes); whole numbers without weights."""
    tasks, _, classes = votes.sizes
    cell = votes.tasks * np.intp(classes)
    cell += votes.labels
    return np.bincount(cell, weights=votes.weights, minlength=tasks * classes).reshape(tasks, classes)


def shares(votes: Votes) -> Shares:
    """Each class's share of a task's votes; where nobody voted, all classes have the same."""
    counted = count(votes)
    total = counted.sum(axis=1, keepdims=True)
    return np.where(total > 0, counted / np.where(total > 0, total, 1), 1.0 / votes.sizes.classes)


def majority(votes: Votes) -> Shares:
    """1 for the class with the most votes; classes that tie share it evenly: what tossing a coin would be worth."""
    return _split(count(votes))


def adopt(posterior: npt.NDArray[np.number]) -> npt.NDArray[np.intp]:
    """The class to adopt for each task, from shares, posteriors or counts: the largest.

    Between equals the one that comes first in the label set wins, as `voting.choose` has it.
    """
    return np.argmax(posterior >= _bar(posterior), axis=1)


def are_tied(posterior: npt.NDArray[np.number]) -> npt.NDArray[np.bool_]:
    """Whether the order of the label set had to choose."""
    return (posterior >= _bar(posterior)).sum(axis=1) > 1


def _split(scores: npt.NDArray[np.number]) -> Shares:
    best = scores >= _bar(scores)
    return best / best.sum(axis=1, keepdims=True)


def _bar(scores: npt.NDArray[np.number]) -> npt.NDArray[np.number]:
    best = scores.max(axis=1, keepdims=True)
    return best if np.issubdtype(scores.dtype, np.integer) else best - EQUAL
