"""Outlines that cross themselves: then nobody can say what is inside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ring = Sequence[float] | NDArray[np.float64]
Rings = Sequence[Ring]
Whole = NDArray[np.int64]
Indexes = NDArray[np.intp]

FINEST = 100
"""Crossings are looked for on a grid of a hundredth of a pixel, in whole numbers: no rounding decides."""
TANGLED = 256
"""Edges beside, above or below each edge, on average: more than any object has, and too many to look through."""
_PAIRS_AT_ONCE = 250_000


@dataclass(frozen=True)
class Crossings:
    """Numbers of polygons: whose outline crosses itself, and whose is too tangled to tell."""

    crossing: tuple[int, ...]
    tangled: tuple[int, ...]


def crossings(polygons: Sequence[Rings]) -> Crossings:
    """Which of `polygons` cross themselves anywhere, within a ring or between two of their rings; all in one go.

    To touch is not to cross: rings may share points and stretches of edges, as drawings along a border do.
    """
    outline, tangled = _outline(polygons)
    found: set[int] = set()
    if outline is not None:
        for one, other in _near_pairs(outline.corners, outline.following):
            found.update(outline.owners[outline.crossing(one, other)].tolist())
    return Crossings(tuple(sorted(found)), tuple(tangled))


def crosses_itself(rings: Rings) -> bool:
    """True if one polygon's outline crosses itself, or is too tangled to tell."""
    found = crossings([rings])
    return bool(found.crossing or found.tangled)


@dataclass(frozen=True)
class _Outline:
    """All corners [n, 2] of all polygons, and beside each the corner before and after it; edge i goes on from corner i.

    Polygons lie far apart from each other on one line, so that edges near each other are of the same.
    """

    corners: Whole
    previous: Whole
    following: Whole
    owners: Indexes

    def crossing(self, one: Indexes, other: Indexes) -> Indexes:
        """Of pairs of edges those first ones that cross the second one."""
        one, other = self._reaching(one, other)
        other, one = self._reaching(other, one)
        crossed = self._pass_between_corners(one, other) | self._pass_edge(one, other)
        return one[crossed | self._pass_edge(other, one) | self._pass_corner(one, other)]

    def _reaching(self, one: Indexes, other: Indexes) -> tuple[Indexes, Indexes]:
        """Those pairs in which the second edge does not lie on one side of the first: they may touch or cross."""
        a, b = self.corners[one], self.following[one]
        near = _side(a, b, self.corners[other]) * _side(a, b, self.following[other]) <= 0
        return one[near], other[near]

    def _pass_between_corners(self, one: Indexes, other: Indexes) -> NDArray[np.bool_]:
        """Each has its ends on both sides of the other."""
        a, b, c, d = self.corners[one], self.following[one], self.corners[other], self.following[other]
        return (_side(a, b, c) * _side(a, b, d) < 0) & (_side(c, d, a) * _side(c, d, b) < 0)

    def _pass_edge(self, one: Indexes, other: Indexes) -> NDArray[np.bool_]:
        """The first's corner lies on the second, and the outline goes on to its other side."""
        a, b, corner = self.corners[other], self.following[other], self.corners[one]
        on = (np.sum((a - corner) * (b - corner), axis=1) < 0) & (_side(a, b, corner) == 0)
        return on & (_side(a, b, self.previous[one]) * _side(a, b, self.following[one]) < 0)

    def _pass_corner(self, one: Indexes, other: Indexes) -> NDArray[np.bool_]:
        """Both have the same corner, and the outline passes through itself there."""
        at, a, b = self.corners[one], self.previous[one], self.following[one]
        c, d = self.previous[other], self.following[other]
        same = np.all(at == self.corners[other], axis=1)
        return same & (_within_turn(at, a, b, c) * _within_turn(at, a, b, d) < 0)


def _outline(polygons: Sequence[Rings]) -> tuple[_Outline | None, list[int]]:
    """All polygons that are not too tangled, side by side, and the numbers of those that are."""
    parts: list[tuple[Whole, Whole, Whole]] = []
    owners, tangled, edge = [], [], 0
    for number, rings in enumerate(polygons):
        if len(rings) == 1 and len(rings[0]) == 6:
            continue  # a triangle
        rows = [_corners(ring) for ring in rings]
        corners = np.concatenate(rows)
        if not len(corners):
            continue
        low, extent = corners.min(axis=0), np.ptp(corners, axis=0)
        # Lying down, fewer edges are above each other: a mirror changes no crossing.
        turned = [(row - low)[:, ::-1] if extent[1] > extent[0] else row - low for row in rows]
        starts = np.concatenate(turned)
        ends = np.concatenate([np.concatenate([row[1:], row[:1]]) for row in turned])
        if len(starts) > TANGLED and _pairs(starts, ends)[1].sum() > TANGLED * len(starts):
            tangled.append(number)
            continue
        before = np.concatenate([np.concatenate([row[-1:], row[:-1]]) for row in turned])
        shift = np.array([edge, 0])
        parts.append((starts + shift, before + shift, ends + shift))
        owners.append(np.full(len(starts), number))
        edge += int(extent.max()) + 2
    if not parts:
        return None, tangled
    corners, previous, following = (np.concatenate(part) for part in zip(*parts, strict=True))
    return _Outline(corners, previous, following, np.concatenate(owners)), tangled


def _corners(ring: Ring) -> Whole:
    """The ring's points on the grid, without those that repeat the one before."""
    points = np.rint(np.asarray(ring, dtype=np.float64).reshape(-1, 2) * FINEST).astype(np.int64)
    return points[np.any(points != np.concatenate([points[-1:], points[:-1]]), axis=1)]


def _pairs(starts: Whole, ends: Whole) -> tuple[Indexes, Indexes]:
    """Edges in the order of their left ends, and how many after each begin before it ends."""
    low, high = np.minimum(starts[:, 0], ends[:, 0]), np.maximum(starts[:, 0], ends[:, 0])
    order = np.argsort(low, kind="stable")
    until = np.searchsorted(low[order], high[order], side="right")
    return order, until - np.arange(len(order)) - 1


def _near_pairs(starts: Whole, ends: Whole) -> Iterator[tuple[Indexes, Indexes]]:
    """Pairs of edges whose bounding boxes overlap, a bounded number at a time."""
    order, counts = _pairs(starts, ends)
    low, high = np.minimum(starts[order, 1], ends[order, 1]), np.maximum(starts[order, 1], ends[order, 1])
    before = np.concatenate([[0], np.cumsum(counts)])
    at = 0
    while at < len(order):
        stop = max(at + 1, int(np.searchsorted(before, before[at] + _PAIRS_AT_ONCE, side="right")) - 1)
        each = counts[at:stop]
        one = np.repeat(np.arange(at, stop), each)
        other = one + 1 + np.arange(len(one)) - np.repeat(before[at:stop] - before[at], each)
        overlap = (low[one] <= high[other]) & (low[other] <= high[one])
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
