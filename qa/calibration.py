"""From what a consensus claims to what it is worth: claimed confidence mapped to the accuracy seen on gold.

Posteriors of models that take workers for independent claim too much where workers share errors, so nothing may be
promised by them before they were held against known answers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

LEAST_OUTCOMES = 30
"""With fewer known answers nothing is promised."""


@dataclass(frozen=True)
class Prior:
    """What claims at some points were worth before, each point as sure as one outcome. It bridges claims that nobody
    has tested, and is soon outweighed by outcomes of the job itself."""

    at: tuple[float, ...]
    worth: tuple[float, ...]


OF_TAGS = Prior((0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0), (0.57, 0.62, 0.68, 0.73, 0.79, 0.84, 0.92))
"""The platform's prior of tags: the average of sets of real votes."""
OF_DRAWINGS = Prior((0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 1.0), (0.2, 0.37, 0.53, 0.64, 0.74, 0.83, 0.9))
"""The same of drawings, where a claim is the quality that the consensus expects of itself: real boxes, where people
overlook the same things, are worth .05 to .09 less than they claim."""

SURE = 0.97
SURE_OUTCOMES = 20
"""Only claims from SURE on, seen so often, can show that a target is out of reach: less sure ones may still rise. (Of
drawings, see `drawing_worth`.)"""


@dataclass(frozen=True)
class Calibration:
    """A rising map from claimed to true confidence: straight lines through `claims` and the `worth` of each.

    `outcomes`: how many known answers stand behind it; of the surest of them, `sure_right` of `sure_seen`.
    """

    claims: tuple[float, ...]
    worth: tuple[float, ...]
    outcomes: int
    sure_right: float = 0.0
    sure_seen: int = 0

    def of(self, claimed: Floats | Sequence[float] | float) -> Floats:
        """What claims are worth, 0 to 1."""
        return np.asarray(np.interp(claimed, self.claims, self.worth))

    @property
    def best(self) -> float:
        """What the surest claims may be worth, with a standard error in their favour; 1 while that is not tested."""
        if self.sure_seen < SURE_OUTCOMES:
            return 1.0
        share = self.sure_right / self.sure_seen
        return min(1.0, share + math.sqrt(share * (1.0 - share) / self.sure_seen))

    def reaches(self, target_error: float) -> bool:
        """Whether an error that small could be promised, however many answers were bought."""
        return 1.0 - self.best <= target_error

    def as_json(self) -> dict[str, object]:
        """What `from_json` reads back."""
        sure = {"sure_right": self.sure_right, "sure_seen": self.sure_seen}
        return {"claims": list(self.claims), "worth": list(self.worth), "outcomes": self.outcomes, **sure}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Calibration:
        """Read what `as_json` wrote."""
        return cls(**{**data, "claims": tuple(data["claims"]), "worth": tuple(data["worth"])})


def calibrate(
    *,
    claimed: Floats | Sequence[float],
    right: Floats | Sequence[float],
    least: int = LEAST_OUTCOMES,
    prior: Prior = OF_TAGS,
    weights: Floats | Sequence[float] | None = None,
    sure: npt.NDArray[np.bool_] | None = None,
) -> Calibration | None:
    """Learn what claims are worth from claims on tasks whose answer is known; None with too few: uncalibrated.

    `right`: 1 where what was claimed is so, else 0; of a quality that was claimed, the one that was seen. `weights`:
    how much of an outcome each is, 1 if not given; their sum is the number of outcomes. `sure`: which of them no more
    answers could have made surer; if not given, those from SURE on. Isotonic regression by pooling adjacent violators
    (Ayer et al., 1955; for probabilities, Zadrozny and Elkan, 2002), over the outcomes and the prior's points together.
    Raises ValueError for lengths that differ and for claims outside 0 to 1.
    """
    claims, hits = np.asarray(claimed, dtype=float), np.asarray(right, dtype=float)
    if claims.shape != hits.shape or claims.ndim != 1:
        raise ValueError("Every claim needs its outcome.")
    if len(claims) and not (np.isfinite(claims).all() and claims.min() >= 0.0 and claims.max() <= 1.0):
        raise ValueError("A claim lies between 0 and 1.")
    parts = np.ones(len(claims)) if weights is None else np.asarray(weights, dtype=float)
    outcomes = round(float(parts.sum()))
    if outcomes < least:
        return None
    levels = pool(
        at=np.concatenate([claims, prior.at]),
        values=np.concatenate([hits, prior.worth]),
        weights=np.concatenate([parts, np.ones(len(prior.at))]),
    )
    sure = claims >= SURE if sure is None else sure
    return Calibration(
        claims=tuple(levels[0].tolist()),
        worth=tuple(levels[1].tolist()),
        outcomes=outcomes,
        sure_right=float(hits[sure].sum()),
        sure_seen=int(sure.sum()),
    )


def pool(*, at: Floats, values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The rising steps nearest to values by weighted squares: both ends of each step, and its level at each.

    Points at one place are one point first; the order in which they come does not matter.
    """
    places, which = np.unique(at, return_inverse=True)
    heavy = np.bincount(which, weights=weights)
    sums = np.bincount(which, weights=weights * values)
    steps: list[tuple[float, float, float, float]] = []  # sum of the values, weight, first and last place
    for place, total, weight in zip(places, sums, heavy, strict=True):
        steps.append((total, weight, place, place))
        while len(steps) > 1 and steps[-2][0] * steps[-1][1] >= steps[-1][0] * steps[-2][1]:
            right, left = steps.pop(), steps.pop()
            steps.append((left[0] + right[0], left[1] + right[1], left[2], right[3]))
    ends = [(place, total / weight) for total, weight, first, last in steps for place in dict.fromkeys((first, last))]
    return np.array([place for place, _ in ends]), np.array([level for _, level in ends])


def cross_entropy(*, posterior: Floats, truth: npt.NDArray[np.integer]) -> float:
    """Mean surprise by the truth, in nats: −ln of the probability that the posterior gave to it; 0 is perfect.

    `truth`: the true class of each row, negative where it is not known. Probabilities below 1e-6 count as that.
    """
    known = truth >= 0
    if not known.any():
        return math.nan
    given = posterior[known, truth[known]]
    return float(-np.log(np.clip(given, 1e-6, 1.0)).mean())


def calibration_error(*, claimed: Floats, right: Floats, bins: int = 10) -> float:
    """Expected calibration error: the mean gap between claim and outcome, over equal bins of claims (Naeini, 2015)."""
    if not len(claimed):
        return math.nan
    which = np.minimum((np.asarray(claimed) * bins).astype(int), bins - 1)
    gaps = np.bincount(which, weights=np.asarray(claimed) - np.asarray(right), minlength=bins)
    return float(np.abs(gaps).sum() / len(claimed))
