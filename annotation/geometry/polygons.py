"""Measures of polygons: one or more rings `x1, y1, x2, y2, …` in pixels, each closed by itself; together one object."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as pycocotools

from annotation.geometry.crossings import crosses_itself

__all__ = ["LONGEST", "Ring", "Rings", "area", "bounds", "crosses_itself", "length", "rasterise"]

Ring = Sequence[float] | NDArray[np.float64]
Rings = Sequence[Ring]

LONGEST = 50
"""Times width plus height of the image that all outlines of one polygon may be long.

No object needs it; but a comb of 2,000 teeth over a large image would take gigabytes to draw into pixels.
"""


def area(rings: Rings) -> float:
    """Square pixels inside, by the shoelace formula; rings that overlap count twice."""
    return float(sum(abs(_twice_signed_area(ring)) for ring in rings) / 2)


def length(rings: Rings) -> float:
    """Pixels along all outlines."""
    total = 0.0
    for ring in rings:
        points = _points(ring)
        total += float(np.hypot(*(points - np.concatenate([points[-1:], points[:-1]])).T).sum())
    return total


def bounds(rings: Rings) -> tuple[float, float, float, float]:
    """x, y, width and height of the smallest box around all rings."""
    points = np.concatenate([_points(ring) for ring in rings])
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return (float(left), float(top), float(right - left), float(bottom - top))


def rasterise(rings: Rings, *, height: int, width: int) -> str:
    """COCO's compressed text for the pixels inside any of the rings, byte for byte as pycocotools draws them.

    The rings must be finite, inside the image and of three points or more. Takes memory by their length.
    """
    drawn = pycocotools.frPyObjects([[float(value) for value in ring] for ring in rings], height, width)
    return pycocotools.merge(drawn)["counts"].decode("ascii")


def _points(ring: Ring) -> NDArray[np.float64]:
    return np.asarray(ring, dtype=np.float64).reshape(-1, 2)


def _twice_signed_area(ring: Ring) -> float:
    x, y = _points(ring).T
    x, y = x - x[0], y - y[0]  # far from the origin the products would lose digits
    return float(x[:-1] @ y[1:] - y[:-1] @ x[1:])  # the last corner meets the first, which is at 0, 0
