"""From pixels back to polygons: the outline of a mask, with as few points as keep it close."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Whole = NDArray[np.int64]

_STEPS = np.array([(1, 0), (0, 1), (-1, 0), (0, -1)])
"""The four ways along the edges of pixels, each a turn to the right of the one before: what is inside lies right."""


def outlines(mask: NDArray[np.bool_], *, within: float = 0.0) -> list[Floats]:
    """The rings [k, 2] of x and y around each piece of a mask [height, width], the largest piece first; holes are
    filled, and pieces that touch at a corner only are two.

    A ring goes through the middles of the edges between inside and outside, so it cuts corners as often as it rounds
    them out. `within`: how many pixels it may stray from there to save points (Douglas and Peucker, 1973).
    """
    rings = [ring for ring in _loops(np.pad(np.asarray(mask, dtype=bool), 1)) if _twice_area(ring) > 0]
    rings.sort(key=_twice_area, reverse=True)
    return [simplified(ring, within=within) if within > 0 else ring for ring in rings]


def simplified(ring: Floats, *, within: float) -> Floats:
    """A closed ring [n, 2] with only those of its points that keep every other within a distance of it.

    Three points are kept at least.
    """
    if len(ring) <= 3:
        return ring
    # The ring is cut where it is widest, and each half thinned out between its fixed ends.
    first = int(np.argmax(np.sum((ring - ring.mean(axis=0)) ** 2, axis=1)))
    line = np.concatenate([ring[first:], ring[: first + 1]])
    far = int(np.argmax(np.sum((line - line[0]) ** 2, axis=1)))
    kept = np.zeros(len(line), dtype=bool)
    kept[[0, far, -1]] = True
    starts, ends = np.array([0, far]), np.array([far, len(line) - 1])
    while len(starts):
        # All stretches of one depth together: one by one they would cost their number in calls.
        middles, away = _farthest(line, starts, ends)
        cut = away > within
        middles, starts, ends = middles[cut], starts[cut], ends[cut]
        kept[middles] = True
        starts, ends = np.concatenate([starts, middles]), np.concatenate([middles, ends])
        longer = ends - starts > 1
        starts, ends = starts[longer], ends[longer]
    found = line[:-1][kept[:-1]]
    if len(found) < 3:
        middle = int(np.argmax(_distances(line, line[0], line[far])))
        found = line[np.sort([0, far, middle])]
    return found


def _loops(mask: NDArray[np.bool_]) -> list[Floats]:
    """The closed walks along all edges between inside and outside, through the middles of the edges."""
    corners, ways = _edges(mask)
    across = mask.shape[1] + 1
    known = corners * 4 + ways  # an edge by the corner it begins at and its way
    order = np.argsort(known)
    known = known[order]
    ends = corners + _STEPS[ways] @ np.array([1, across])
    after = np.full(len(corners), -1)
    # The last found counts, to the right: so the walk stays with its own pixel where two pieces touch at a corner.
    for turn in (3, 0, 1):
        wanted = ends * 4 + (ways + turn) % 4
        at = np.minimum(np.searchsorted(known, wanted), len(known) - 1)
        after = np.where(known[at] == wanted, order[at], after)
    rows, columns = np.divmod(corners, across)
    # The mask was padded by one pixel.
    middles = np.stack([columns, rows], axis=1) - 1 + _STEPS[ways] / 2
    following, walked, loops = after.tolist(), [False] * len(after), []
    for start in range(len(following)):
        walk, edge = [], start
        while not walked[edge]:
            walked[edge] = True
            walk.append(edge)
            edge = following[edge]
        if walk:
            loops.append(middles[walk])
    return loops


def _edges(mask: NDArray[np.bool_]) -> tuple[Whole, Whole]:
    """Corner (row · (width + 1) + column) and way of each edge, going round every pixel inside clockwise."""
    across = mask.shape[1] + 1
    inside = mask[1:-1, 1:-1]
    # Above it, right of it, below it, left of it: the neighbour, and the corner of the pixel where that edge begins.
    sides = (
        (mask[:-2, 1:-1], (0, 0)),
        (mask[1:-1, 2:], (0, 1)),
        (mask[2:, 1:-1], (1, 1)),
        (mask[1:-1, :-2], (1, 0)),
    )
    corners, ways = [], []
    for way, (neighbour, (down, right)) in enumerate(sides):
        rows, columns = np.nonzero(inside & ~neighbour)
        corners.append((rows + 1 + down) * across + columns + 1 + right)
        ways.append(np.full(len(rows), way))
    return np.concatenate(corners), np.concatenate(ways)


def _twice_area(ring: Floats) -> float:
    """Positive for a ring that goes round clockwise, as it is seen."""
    x, y = ring.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1))


def _farthest(line: Floats, starts: Whole, ends: Whole) -> tuple[Whole, Floats]:
    """For each stretch of a line, by the indices of its two ends, the first of the points between them that lie
    farthest from it, and how far; for one without points between its ends, the end and nothing."""
    between = np.maximum(ends - starts - 1, 1)  # a point at least, so that no stretch is missing below
    first = np.cumsum(between) - between
    which = np.repeat(np.arange(len(starts)), between)
    points = np.minimum(starts[which] + 1 + np.arange(len(which)) - first[which], ends[which])
    away = _distances(line[points], line[starts][which], line[ends][which])
    most = np.maximum.reduceat(away, first)
    at = np.flatnonzero(away == most[which])
    earliest = at[np.searchsorted(which[at], np.arange(len(starts)))]
    return points[earliest], most


def _distances(points: Floats, start: Floats, end: Floats) -> Floats:
    """From each point [n, 2] to the stretch between two others, the same for all or one [n, 2] each."""
    along, to = end - start, points - start
    length = np.sum(along * along, axis=-1)
    share = np.sum(to * along, axis=-1) / np.where(length > 0.0, length, 1.0)
    gap = to - np.clip(share, 0.0, 1.0)[:, None] * along
    return np.hypot(gap[:, 0], gap[:, 1])
