"""Many points at once: finite, inside the image, two decimals. Rules are those of boxes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from annotation.shapes.box import DECIMALS, TOLERANCE

Floats = NDArray[np.float64]


def finite(values: list[object]) -> Floats | None:
    """`values` as numbers, or None when one of them is no finite number."""
    if not {int, float}.issuperset(map(type, values)):
        return None
    try:
        numbers = np.array(values, dtype=np.float64)
    except OverflowError:
        return None
    return numbers if np.isfinite(numbers).all() else None


def outside(points: Floats, *, width: int, height: int) -> int | None:
    """The number of the first of `points` [n, 2] that is more than TOLERANCE outside the image; None if none is."""
    wrong = np.any((points < -TOLERANCE) | (points > np.array([width, height]) + TOLERANCE), axis=1)
    return int(np.argmax(wrong)) if wrong.any() else None


def clipped(points: Floats, *, width: int, height: int) -> Floats:
    """`points` [n, 2] moved into the image and rounded; read again they stay the same."""
    # `+ 0.0` turns -0.0 into 0.0, which JSON would otherwise carry on.
    return np.asarray(np.round(np.clip(points, 0.0, [width, height]), DECIMALS) + 0.0, dtype=np.float64)
