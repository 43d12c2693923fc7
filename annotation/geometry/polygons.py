"""Measures of polygons: one or more rings `x1, y1, x2, y2, …` in pixels, each closed by itself; together one object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as pycocotools

Ring = Sequence[float]
Rings = Sequence[Ring]
Whole = NDArray[np.int64]
Indexes = NDArray[np.intp]

LONGEST = 50
"""Times width plus height of the image that all outlines of one polygon may be long.

No object needs it; but a comb of 2,000 teeth over a large image would take gigabytes to draw into pixels.
"""
FINEST = 100
"""Crossings are looked for on a grid of a hundredth of a pixel, in whole numbers: no rounding decides."""
_PAIRS_AT_ONCE = 500_000


def area(rings: Rings) -> float:
    """Square pixels inside, by the shoelace formula; rings that overlap count twice."""
    return float(sum(abs(_twice_signed_area(ring)) for ring in rings) / 2)


def length(rings: Rings) -> float:
    """Pixels along all outlines."""
    steps = [_points(ring) - np.roll(_points(ring), 1, axis=0) for ring in rings]
    return float(np.hypot(*np.concatenate(steps).T).sum())


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


def crosses_itself(rings: Rings) -> bool:
    """True if the outline crosses itself anywhere, within a ring or between two.

    To touch is not to cross: rings may share points and stretches of edges, as drawings along a border do.
    """
    outline = _outline(rings)
    for one, other in _near_pairs(outline.corners, outline.following):
        one, other = outline.meeting(one, other)
        if outline.cross_between_corners(one, other) or outline.cross_at_a_corner(one, other):
            return True
    return False


@dataclass(frozen=True)
class _Outline:
    """All corners [n, 2] of all rings, and beside each the corner before and after it; edge i goes on from corner i."""

    corners: Whole
    previous: Whole
    following: Whole

    def meeting(self, one: Indexes, other: Indexes) -> tuple[Indexes, Indexes]:
        """Those pairs of edges of which neither has both ends on one side of the other: they may touch or cross."""
        one, other = self._reaching(one, other)
        other, one = self._reaching(other, one)
        return one, other

    def _reaching(self, one: Indexes, other: Indexes) -> tuple[Indexes, Indexes]:
        a, b = self.corners[one], self.following[one]
        near = _side(a, b, self.corners[other]) * _side(a, b, self.following[other]) <= 0
        return one[near], other[near]

    def cross_between_corners(self, one: Indexes, other: Indexes) -> bool:
        """True if in any pair of edges each has its ends on both sides of the other."""
        a, b, c, d = self.corners[one], self.following[one], self.corners[other], self.following[other]
        return bool(np.any((_side(a, b, c) * _side(a, b, d) < 0) & (_side(c, d, a) * _side(c, d, b) < 0)))

    def cross_at_a_corner(self, one: Indexes, other: Indexes) -> bool:
        """True if in any pair the corner of one edge lies on the other and the outline passes through there."""
        return self._passes_edge(one, other) or self._passes_edge(other, one) or self._passes_corner(one, other)

    def _passes_edge(self, one: Indexes, other: Indexes) -> bool:
        a, b, corner = self.corners[other], self.following[other], self.corners[one]
        between = np.sum((a - corner) * (b - corner), axis=1) < 0
        on = np.flatnonzero(between & (_side(a, b, corner) == 0))
        a, b = a[on], b[on]
        return bool(np.any(_side(a, b, self.previous[one[on]]) * _side(a, b, self.following[one[on]]) < 0))

    def _passes_corner(self, one: Indexes, other: Indexes) -> bool:
        same = np.flatnonzero(np.all(self.corners[one] == self.corners[other], axis=1))
        one, other = one[same], other[same]
        at, a, b = self.corners[one], self.previous[one], self.following[one]
        c, d = self.previous[other], self.following[other]
        return bool(np.any(_within_turn(at, a, b, c) * _within_turn(at, a, b, d) < 0))


def _outline(rings: Rings) -> _Outline:
    corners = [_corners(ring) for ring in rings]
    return _Outline(
        np.concatenate(corners),
        np.concatenate([np.roll(each, 1, axis=0) for each in corners]),
        np.concatenate([np.roll(each, -1, axis=0) for each in corners]),
    )


def _points(ring: Ring) -> NDArray[np.float64]:
    return np.asarray(ring, dtype=np.float64).reshape(-1, 2)


def _twice_signed_area(ring: Ring) -> float:
    x, y = _points(ring).T
    x, y = x - x[0], y - y[0]  # far from the origin the products would lose digits
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def _corners(ring: Ring) -> Whole:
    """The ring's points on the grid, without those that repeat the one before."""
    points = np.rint(_points(ring) * FINEST).astype(np.int64)
    return points[np.any(points != np.roll(points, 1, axis=0), axis=1)]


def _near_pairs(starts: Whole, ends: Whole) -> Iterator[tuple[Indexes, Indexes]]:
    """Pairs of edges whose bounding boxes overlap, a bounded number at a time."""
    low, high = np.minimum(starts, ends), np.maximum(starts, ends)
    order = np.argsort(low[:, 0], kind="stable")
    low, high = low[order], high[order]
    # Sorted by its left end, an edge overlaps those after it up to where the next begins beyond its right end.
    until = np.searchsorted(low[:, 0], high[:, 0], side="right")
    counts = np.maximum(until - np.arange(len(order)) - 1, 0)
    before = np.concatenate([[0], np.cumsum(counts)])
    at = 0
    while at < len(order):
        stop = max(at + 1, int(np.searchsorted(before, before[at] + _PAIRS_AT_ONCE, side="right")) - 1)
        each = counts[at:stop]
        one = np.repeat(np.arange(at, stop), each)
        other = one + 1 + np.arange(len(one)) - np.repeat(before[at:stop] - before[at], each)
        overlap = (low[one, 1] <= high[other, 1]) & (low[other, 1] <= high[one, 1])
        yield order[one[overlap]], order[other[overlap]]
        at = stop


def _side(a: Whole, b: Whole, point: Whole) -> Whole:
    """On which side of the line from a to b each point lies: -1, 0 (on it) or 1."""
    (ax, ay), (bx, by), (x, y) = a.T, b.T, point.T
    return np.sign((bx - ax) * (y - ay) - (by - ay) * (x - ax))


def _within_turn(at: Whole, a: Whole, b: Whole, point: Whole) -> Whole:
    """Where each point lies in the turn from a to b around `at`: 1 inside it, -1 outside, 0 on one of its two arms."""
    bend, from_a, to_b = _side(at, a, b), _side(at, a, point), _side(at, point, b)
    # Turning less than half a circle, inside is left of both arms; turning more, outside is right of both.
    inside = np.where(bend >= 0, (from_a > 0) & (to_b > 0), (from_a > 0) | (to_b > 0))
    straight = (bend == 0) & (np.sum((a - at) * (b - at), axis=1) < 0)
    inside = np.where(straight, from_a > 0, inside)
    on_arm = _on_arm(at, a, point) | _on_arm(at, b, point)
    return np.where(on_arm, 0, np.where(inside, 1, -1))


def _on_arm(at: Whole, end: Whole, point: Whole) -> NDArray[np.bool_]:
    return (_side(at, end, point) == 0) & (np.sum((end - at) * (point - at), axis=1) > 0)
