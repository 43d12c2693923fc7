"""How reliable somebody is at a label, from their past answers: a Beta distribution that forgets.

Each answer teaches a part from 0 (all wrong) to 1 (all right). Sums of what was right and wrong with a prior give the
distribution of the next answer's part; old lessons fade, by time and by what was learnt since, so that nobody rests on
a good year or is held to a bad first week. (Exponential forgetting, as in Jøsang and Ismail, "The Beta Reputation
System", 2002.)
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from scipy.special import betaincinv

HALF_LIFE_DAYS = 180.0
HALF_LIFE_ANSWERS = 500.0
"""After so long, or so many answers more, a lesson counts half: about the last 700 answers are remembered."""
PRIOR_RIGHT = 0.9
PRIOR_WRONG = 0.6
"""A Beta prior worth an answer and a half: before any record everybody agrees with others by 0.6, as crowds do on the
average. A heavier prior learns so slowly that the first hundred images of a job suffer."""
SURE = 0.95
_DAY = 86_400.0


@dataclass(frozen=True)
class Record:
    """Sums of right and wrong parts as of `seen_at`, and `answers`, all there ever were. None: nothing was seen."""

    right: float = 0.0
    wrong: float = 0.0
    answers: int = 0
    seen_at: datetime | None = None


@dataclass(frozen=True)
class Estimate:
    """What a record says. `mean`: the expected part of the next answer that is right, 0 to 1; with a probability of
    SURE it is `low` at least. `weight`: how many answers' worth is remembered; `answers`: from how many in all."""

    mean: float
    low: float
    weight: float
    answers: int

    @property
    def percent(self) -> int:
        """The mean in whole percent, as people say it: right so many of 100 times."""
        return round(100 * self.mean)


def faded(*, days: float = 0.0, answers: float = 0.0) -> float:
    """How much a lesson still counts, 0 to 1, after so many days and so many answers more."""
    return float(0.5 ** (max(0.0, days) / HALF_LIFE_DAYS + max(0.0, answers) / HALF_LIFE_ANSWERS))


def learn(*, record: Record, right: float, wrong: float, answers: int, now: datetime) -> Record:
    """A record after `answers` more, whose parts sum up to `right` and `wrong`. What is learnt at once counts alike."""
    kept = faded(days=_days_since(record.seen_at, now), answers=answers)
    return Record(record.right * kept + right, record.wrong * kept + wrong, record.answers + answers, now)


def remembered(*, record: Record, now: datetime) -> tuple[float, float]:
    """What is left of a record's right and wrong parts."""
    kept = faded_since(seen_at=record.seen_at, now=now)
    return record.right * kept, record.wrong * kept


def faded_since(*, seen_at: datetime | None, now: datetime) -> float:
    """How much of a record still counts, 0 to 1, whose last lesson was then."""
    return faded(days=_days_since(seen_at, now))


def estimate(*, record: Record, now: datetime) -> Estimate:
    """What a record says now."""
    right, wrong = remembered(record=record, now=now)
    a, b = right + PRIOR_RIGHT, wrong + PRIOR_WRONG
    return Estimate(a / (a + b), float(betaincinv(a, b, 1.0 - SURE)), right + wrong, record.answers)


def reaches(*, found: Estimate, at_least: float, answers: int = 0) -> bool:
    """Whether somebody is surely that good: their lower bound is `at_least`, 0 to 1, from so many answers or more.

    The lower bound, not the mean: three lucky answers are no skill.
    """
    return found.low >= at_least and found.answers >= answers


def _days_since(seen_at: datetime | None, now: datetime) -> float:
    return (now - seen_at).total_seconds() / _DAY if seen_at else 0.0
