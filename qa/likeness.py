"""How alike drawn shapes are, 0 (nothing shared) to 1 (the same), each type by its own measure.

Boxes, polygons and masks: intersection over union. Keypoints: COCO's OKS for two that are both off, the mean of either
as seen from the other, so that a point only one of them marked counts against both. Shapes of two types are not alike
at all.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.geometry import box_iou, mask_iou, oks, polygon_iou
from annotation.shapes import BOX, KEYPOINTS, MASK, POLYGON, Keypoints, Shape
from qa.policy import Policy

Floats = NDArray[np.float64]

USUAL_SIGMA = 0.07
"""How far people scatter at a point of a skeleton that says nothing of it; COCO's mean for points of people is .06."""
FLATTEST = 0.25
"""An object is not taken for narrower than this share of its length: points in one line have no area."""
SMALLEST_SIDE = 32.0
"""Pixels: a lone point has no size, and COCO calls small what is less than 32 pixels wide and high."""


def likeness(*, left: Sequence[Shape], right: Sequence[Shape], policy: Policy) -> Floats:
    """How alike each shape of one answer is to each of another, whatever their labels: [n, m]."""
    table = np.zeros((len(left), len(right)))
    for shape_type, compare in _MEASURES.items():
        rows = [index for index, shape in enumerate(left) if shape.type == shape_type]
        columns = [index for index, shape in enumerate(right) if shape.type == shape_type]
        if rows and columns:
            found = compare([left[index] for index in rows], [right[index] for index in columns], policy)
            table[np.ix_(rows, columns)] = found
    return table


def _boxes(left: Sequence[Any], right: Sequence[Any], _: Policy) -> Floats:
    return box_iou([box.bbox for box in left], [box.bbox for box in right])


def _polygons(left: Sequence[Any], right: Sequence[Any], _: Policy) -> Floats:
    return polygon_iou([each.segmentation for each in left], [each.segmentation for each in right])


def _masks(left: Sequence[Any], right: Sequence[Any], _: Policy) -> Floats:
    return mask_iou(left, right)


def _keypoints(left: Sequence[Keypoints], right: Sequence[Keypoints], policy: Policy) -> Floats:
    """Points are compared with points of the same skeleton only: those of another number have nothing in common."""
    table = np.zeros((len(left), len(right)))
    for rows, name in _by_label(left):
        for columns, other_name in _by_label(right):
            one, other = (_points([some[i] for i in at]) for some, at in ((left, rows), (right, columns)))
            if one.shape[1] == other.shape[1]:
                sigmas = (sigmas_of(name, one.shape[1], policy) + sigmas_of(other_name, one.shape[1], policy)) / 2
                table[np.ix_(rows, columns)] = _mutual_oks(one, other, sigmas)
    return table


def _mutual_oks(one: Floats, other: Floats, sigmas: Floats) -> Floats:
    """OKS [n, m] of objects [n, k, 3] and [m, k, 3], each as seen from the other, with the size of both on average."""
    # Neither is the true object: each pair has a size of its own, and as both are off, their distance has twice the
    # variance that either has from the truth; twice the area allows for it.
    areas = _areas(one)[:, None] + _areas(other)[None, :]
    there, back = oks(one, other, areas=areas, sigmas=sigmas), oks(other, one, areas=areas.T, sigmas=sigmas)
    return (there + back.T) / 2


def oks_of(*, own: Keypoints, adopted: Keypoints, policy: Policy) -> float:
    """COCO's OKS of an answer's keypoints, with the adopted ones taken for true; 0 for another skeleton."""
    one, other = _points([own]), _points([adopted])
    if one.shape != other.shape:
        return 0.0
    sigmas = sigmas_of(adopted.label, one.shape[1], policy)
    return float(oks(other, one, areas=_areas(other), sigmas=sigmas)[0, 0])


def sigmas_of(label: str, points: int, policy: Policy) -> Floats:
    """Of each point of a label's skeleton: its own, or the usual one where the policy knows none."""
    known = dict(policy.sigmas).get(label, ())
    return np.array(known if len(known) == points else [USUAL_SIGMA] * points)


def _areas(points: Floats) -> Floats:
    """The size of each object [n, k, 3] in square pixels, from the points it marks."""
    marked = points[:, :, 2:] > 0
    low = np.where(marked, points[:, :, :2], np.inf).min(axis=1)
    high = np.where(marked, points[:, :, :2], -np.inf).max(axis=1)
    sides = np.maximum(high - low, 0.0)
    longest = np.maximum(sides.max(axis=1), SMALLEST_SIDE)
    return np.maximum(sides, FLATTEST * longest[:, None]).prod(axis=1)


def _points(shapes: Sequence[Keypoints]) -> Floats:
    return np.array([each.keypoints for each in shapes], dtype=np.float64).reshape(len(shapes), -1, 3)


def _by_label(shapes: Sequence[Keypoints]) -> list[tuple[list[int], str]]:
    """The indexes of the shapes of each label, further apart by how many points they have."""
    groups: dict[tuple[str, int], list[int]] = {}
    for index, each in enumerate(shapes):
        groups.setdefault((each.label, len(each.keypoints)), []).append(index)
    return [(indexes, label) for (label, _), indexes in groups.items()]


_MEASURES: dict[str, Callable[[Sequence[Any], Sequence[Any], Policy], Floats]] = {
    BOX: _boxes,
    POLYGON: _polygons,
    MASK: _masks,
    KEYPOINTS: _keypoints,
}
