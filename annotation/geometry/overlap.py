"""Measures of boxes. Boxes are rows of x, y, width, height in pixels (float64, width and height ≥ 0)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def as_boxes(boxes: Iterable[Sequence[float]]) -> Floats:
    """Any number of x, y, w, h as an array [n, 4]; also when there are none."""
    return np.array([tuple(box) for box in boxes], dtype=np.float64).reshape(-1, 4)


def box_area(boxes: ArrayLike) -> Floats:
    """Areas [n] in square pixels of `boxes` [n, 4]."""
    rows = np.asarray(boxes, dtype=np.float64).reshape(-1, 4)
    return rows[:, 2] * rows[:, 3]


def box_iou(a: ArrayLike, b: ArrayLike) -> Floats:
    """Intersection over union [n, m] of each of `a` [n, 4] with each of `b` [m, 4].

    From 0 (apart, or touching only) to 1 (the same); boxes without area share nothing, so 0.
    """
    left = np.asarray(a, dtype=np.float64).reshape(-1, 4)
    right = np.asarray(b, dtype=np.float64).reshape(-1, 4)
    low = np.maximum(left[:, None, :2], right[None, :, :2])
    high = np.minimum(
        left[:, None, :2] + left[:, None, 2:],
        right[None, :, :2] + right[None, :, 2:],
    )
    sides = np.clip(high - low, 0.0, None)
    shared = sides[..., 0] * sides[..., 1]
    union = box_area(left)[:, None] + box_area(right)[None, :] - shared
    iou = np.divide(shared, union, out=np.zeros_like(shared), where=union > 0)
    # x + w rounds: without the clip two equal boxes can come out a hair above 1.
    return np.clip(iou, 0.0, 1.0)
