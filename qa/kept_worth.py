"""Keeping what claims about drawings are worth: read before images are judged, learnt as known answers are met."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from qa.calibration import Calibration
from qa.drawing_worth import Trial, calibrate_drawings
from qa.models import DrawingWorth

LEAST_ANSWERS, GROWTH = 20, 1.25
"""Worth a look after so many answers to known images, and again whenever there are a quarter more."""


def worth_of(*, scope: str) -> Calibration | None:
    """What claims about drawings are worth in a scope (e.g. `job:17`); None while uncalibrated."""
    kept = DrawingWorth.objects.filter(scope=scope).values_list("calibration", flat=True).first()
    return Calibration.from_json(kept) if kept else None


def trials_seen(*, scope: str) -> int:
    """How many trials on known images were seen in a scope, when last looked."""
    return DrawingWorth.objects.filter(scope=scope).values_list("outcomes", flat=True).first() or 0


def learn_worth(*, scope: str, trials: Sequence[Trial], answers: int, now: datetime) -> Calibration | None:
    """Learn it from all trials of the scope so far, not only new ones; None while they are too few.

    `answers`: how many answers to known images there are now.
    """
    learnt = calibrate_drawings(trials=trials)
    kept = learnt.as_json() if learnt else None
    values = {"calibration": kept, "outcomes": len(trials), "answers": answers, "learnt_at": now}
    DrawingWorth.objects.update_or_create(scope=scope, defaults=values)
    return learnt


def is_due(*, answers: int, at_last: int) -> bool:
    """Whether enough answers to known images came since the last look."""
    return answers >= max(LEAST_ANSWERS, GROWTH * at_last)
