"""How much two shapes share: IoU of boxes, polygons and masks, Dice, and OKS of keypoints. Everything in pixels.

Each measure compares every shape of one list with every shape of another and gives an array [n, m] of 0 (apart) to
1 (the same). Boxes are rows of x, y, width, height (float64, width and height ≥ 0).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pycocotools import mask as pycocotools

Floats = NDArray[np.float64]

_AT_ONCE = 65_536
"""Pairs of boxes reckoned in one go at most: their numbers stay in the processor's own memory."""
_TINY = np.finfo(np.float64).tiny


class Runs(Protocol):
    """A mask in COCO's compressed form: `size` is height and width, `counts` the text."""

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""

    @property
    def counts(self) -> str:
        """COCO's compressed text."""


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
    left, right = (np.asarray(some, dtype=np.float64).reshape(-1, 4) for some in (a, b))
    if len(left) * len(right) <= _AT_ONCE:
        return _shared(left, right)
    # From the left to the right, some at a time: most of the others are too far to the side to share anything.
    shared = np.zeros((len(left), len(right)))
    from_left, others_from_left = np.argsort(left[:, 0]), np.argsort(right[:, 0])
    starts, widest = right[others_from_left, 0], float(right[:, 2].max())
    step = max(1, _AT_ONCE // len(right))
    for begin in range(0, len(left), step):
        some = from_left[begin : begin + step]
        rows = left[some]
        # A pixel more on either side, since sums round.
        first = int(np.searchsorted(starts, rows[0, 0] - widest - 1.0))
        last = int(np.searchsorted(starts, (rows[:, 0] + rows[:, 2]).max() + 1.0))
        near = others_from_left[first:last]
        shared[some[:, None], near] = _shared(rows, right[near])
    return shared


def _shared(left: Floats, right: Floats) -> Floats:
    """IoU of boxes, all with all. In place, one axis after the other: to make arrays costs more than to reckon."""
    some = left[:, :, None]
    x, y, width, height = np.array(right.T, order="C")
    areas = width * height
    across, down = _shared_side(some[:, 0], some[:, 2], x, width), _shared_side(some[:, 1], some[:, 3], y, height)
    across *= down
    union = np.add(some[:, 2] * some[:, 3], areas, out=down)
    union -= across
    # Where there is no union there is nothing shared either.
    np.maximum(union, _TINY, out=union)
    across /= union
    # x + w rounds: without this two equal boxes can come out a hair above 1.
    return np.minimum(across, 1.0, out=across)


def _shared_side(start: Floats, length: Floats, other_start: Floats, other_length: Floats) -> Floats:
    """Length shared along one axis, 0 or more: starts and lengths [n, 1] with those of others [m]."""
    shared = np.minimum(start + length, other_start + other_length)
    shared -= np.maximum(start, other_start)
    return np.maximum(shared, 0.0, out=shared)


def dice_of(iou: Floats) -> Floats:
    """Dice's coefficient, twice what is shared over the sum of both areas, from intersection over union."""
    return 2.0 * iou / (1.0 + iou)


def mask_iou(a: Sequence[Runs], b: Sequence[Runs]) -> Floats:
    """Intersection over union [n, m] of masks of one size. Two empty masks share nothing, so 0.

    Raises ValueError when the sizes differ.
    """
    if len({tuple(mask.size) for mask in (*a, *b)}) > 1:
        raise ValueError("Masks can be compared only when they are of one size.")
    if not a or not b:
        return np.zeros((len(a), len(b)))
    left, right = ([{"size": mask.size, "counts": mask.counts.encode("ascii")} for mask in some] for some in (a, b))
    return np.asarray(pycocotools.iou(left, right, [0] * len(right)), dtype=np.float64)


def oks(truth: ArrayLike, predicted: ArrayLike, *, areas: ArrayLike, sigmas: ArrayLike) -> Floats:
    """Object keypoint similarity [n, m] of each of `predicted` [m, k, 3] with each of `truth` [n, k, 3], as COCO's.

    A point is x, y and v: 0 not labelled, 1 hidden, 2 seen. `areas` [n] or [n, m]: of the true objects, in square
    pixels, more than 0; `sigmas` [k]: how far people scatter at each point, as a share of the object's size.
    A point counts exp(−d² / (2 · area · (2σ)²)), and 0 when it is not labelled in `predicted`; the mean is over the
    points labelled in `truth`. Where nothing is labelled there, nothing agrees: 0.
    """
    true = np.asarray(truth, dtype=np.float64)
    found = np.asarray(predicted, dtype=np.float64)
    points = len(np.asarray(sigmas))
    true, found = true.reshape(-1, points, 3), found.reshape(-1, points, 3)
    there = true[:, None, :, 2] > 0
    gone = np.sum((true[:, None, :, :2] - found[None, :, :, :2]) ** 2, axis=-1)
    sizes = np.asarray(areas, dtype=np.float64).reshape(len(true), -1, 1)
    reach = 2.0 * sizes * (2.0 * np.asarray(sigmas)) ** 2
    close = np.where(there & (found[None, :, :, 2] > 0), np.exp(-gone / reach), 0.0)
    return np.sum(close, axis=-1) / np.maximum(np.sum(there, axis=-1), 1)
