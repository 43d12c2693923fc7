"""When to stop asking about a task: adaptive overlap, by what the consensus is expected to get wrong."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
import numpy.typing as npt

from qa.calibration import Calibration, Floats


class Step(IntEnum):
    """What to do about a task now."""

    MORE = 0  # one more answer
    ENOUGH = 1  # the expected error is below the target
    OUT_OF_REACH = 2  # no number of answers would promise the target: nothing more is bought
    MAXIMUM = 3  # unsure, and as many answers as may be


def expected_error(*, claimed: Floats, calibration: Calibration | None) -> Floats:
    """The chance that what is adopted is wrong: calibrated, or as claimed where nothing was learnt to calibrate by."""
    return 1.0 - (np.asarray(claimed, dtype=float) if calibration is None else calibration.of(claimed))


def next_steps(
    *,
    claimed: Floats,
    answers: npt.NDArray[np.integer],
    target_error: float,
    least: int,
    most: int,
    calibration: Calibration | None,
) -> npt.NDArray[np.integer]:
    """The step for each task, from the claim of its consensus and the number of its answers.

    Below `least` answers one more is always asked for. A calibration whose surest claims are worth less than the target
    says that the target is out of reach: then each task keeps the answers it has. Raises ValueError for a target
    outside 0 to 1 and for a minimum above the maximum.
    """
    if not 0.0 < target_error < 1.0:
        raise ValueError("The target of the error lies between 0 and 1.")
    if not 1 <= least <= most:
        raise ValueError("The least number of answers is 1 or more, and not above the most.")
    steps = np.full(len(claimed), int(Step.MORE))
    steps[answers >= most] = Step.MAXIMUM
    if calibration is not None and not calibration.reaches(target_error):
        steps[:] = Step.OUT_OF_REACH
    steps[expected_error(claimed=claimed, calibration=calibration) <= target_error] = Step.ENOUGH
    steps[answers < least] = Step.MORE
    return steps
