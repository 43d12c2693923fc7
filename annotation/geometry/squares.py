"""How much polygons share, by cutting them into squares and counting these: many pairs at a time, and fast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from pycocotools import mask as pycocotools
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components

from annotation.geometry.overlap import Floats, box_iou
from annotation.geometry.polygons import Rings

ERROR = 0.002
"""How far an IoU may be off for being counted; it is far less as a rule."""
SPREAD = 0.7
"""The largest error seen in areas counted in squares of side 1, per square root of the length of the outline."""
ACROSS = 4_096.0
"""Squares to the longer side of a polygon, at most."""
GRID = 32_768.0
"""Squares to the longer side of polygons that hang together, at most."""
COARSER = 2.0
"""Polygons whose squares are within this factor of each other are counted in the same ones."""
TURN = (0.9341723589627158, 0.3568220897730899)
"""Cosine and sine of the angle by which all is turned first. Outlines often run along the image's axes, where all
squares along an edge are off to the same side; along a slope of 0.38197, of which no small fraction comes near, they
are off to either side by turns."""

Indexes = NDArray[np.intp]


def polygon_iou(a: Sequence[Rings], b: Sequence[Rings]) -> Floats:
    """Intersection over union [n, m] of polygons, off by 0.005 at most; of the same polygon it is exactly 1.

    Each pair is counted in the squares of the coarser one: what is small beside the other cannot change their union
    much. Rings of one polygon that overlap count once. Outlines thinner than a 4,096th of their length are not seen.
    """
    iou = np.zeros((len(a), len(b)))
    if not a or not b:
        return iou
    left, right = _Polygons.of(a), _Polygons.of(b)
    for rows, columns in _neighbours(box_iou(left.boxes, right.boxes) > 0.0):
        iou[np.ix_(rows, columns)] = _count(left.only(rows), right.only(columns))
    return iou


@dataclass(frozen=True)
class _Polygons:
    """Polygons turned by TURN: for each its rings [k, 2], its bounding box, and the side of its squares."""

    rings: list[list[Floats]]
    boxes: Floats
    sides: Floats

    @classmethod
    def of(cls, polygons: Sequence[Rings]) -> _Polygons:
        flat = [np.asarray(ring, dtype=np.float64).reshape(-1, 2) for rings in polygons for ring in rings]
        points = np.concatenate(flat) @ np.array([TURN, (-TURN[1], TURN[0])])
        starts = np.cumsum([0, *(len(ring) for ring in flat)])[:-1]
        first = np.cumsum([0, *(len(rings) for rings in polygons)])
        ahead = np.roll(points, -1, axis=0)
        ahead[np.append(starts[1:], len(points)) - 1] = points[starts]
        middle = points - np.repeat(points[starts], np.diff(np.append(starts, len(points))), axis=0)
        step = ahead - points
        areas = np.abs(np.add.reduceat(middle[:, 0] * step[:, 1] - middle[:, 1] * step[:, 0], starts)) / 2
        lengths = np.add.reduceat(np.hypot(step[:, 0], step[:, 1]), starts)
        owned = starts[first[:-1]]
        low, high = np.minimum.reduceat(points, owned), np.maximum.reduceat(points, owned)
        split = np.split(points, starts[1:])
        return cls(
            rings=[split[one:other] for one, other in pairwise(first)],
            boxes=np.concatenate([low, high - low], axis=1),
            sides=_sides(
                np.add.reduceat(areas, first[:-1]),
                np.add.reduceat(lengths, first[:-1]),
                (high - low).max(axis=1),
            ),
        )

    def only(self, indexes: Indexes) -> _Polygons:
        """Some of them."""
        return _Polygons([self.rings[index] for index in indexes], self.boxes[indexes], self.sides[indexes])

    def drawn(self, *, corner: Floats, side: float, height: int, width: int) -> list[dict[str, object]]:
        """The polygons in squares of `side`, counted from `corner`."""
        drawn = pycocotools.frPyObjects(
            [((ring - corner) / side).ravel() for rings in self.rings for ring in rings], height, width
        )
        if len(drawn) == len(self.rings):
            return drawn
        parts = iter(drawn)
        return [pycocotools.merge([next(parts) for _ in rings]) for rings in self.rings]


def _sides(areas: Floats, lengths: Floats, extents: Floats) -> Floats:
    """The side of the squares in which each polygon's area is known to ERROR of itself."""
    # Of squares of side s the error grows with s² and with the root of how many lie along the outline, its length / s.
    wanted = (ERROR * areas / (SPREAD * np.sqrt(np.maximum(lengths, 1e-9)))) ** (2 / 3)
    return np.maximum(np.maximum(wanted, extents / ACROSS), 1e-6)


def _neighbours(touching: NDArray[np.bool_]) -> Iterator[tuple[Indexes, Indexes]]:
    """Rows and columns of a table of who touches whom, split so that nobody touches anybody of another part."""
    rows, columns = np.nonzero(touching)
    if not len(rows):
        return
    size = len(touching)
    links = csr_matrix((np.ones(len(rows)), (rows, columns + size)), shape=(sum(touching.shape),) * 2)
    _, part_of = connected_components(links, directed=False)
    for part in np.unique(part_of[rows]):
        yield np.flatnonzero(part_of[:size] == part), np.flatnonzero(part_of[size:] == part)


def _count(a: _Polygons, b: _Polygons) -> Floats:
    """IoU of polygons near each other, every pair in the squares of the coarser one."""
    iou = np.zeros((len(a.rings), len(b.rings)))
    low = np.minimum(a.boxes[:, :2].min(axis=0), b.boxes[:, :2].min(axis=0))
    high = np.maximum((a.boxes[:, :2] + a.boxes[:, 2:]).max(axis=0), (b.boxes[:, :2] + b.boxes[:, 2:]).max(axis=0))
    finest = max(float(min(a.sides.min(), b.sides.min())), float((high - low).max()) / GRID)
    level, other_level = (
        np.floor(np.log(np.maximum(each.sides / finest, 1.0)) / np.log(COARSER)).astype(int) for each in (a, b)
    )
    for step in np.unique(np.concatenate([level, other_level])):
        rows, columns = np.flatnonzero(level <= step), np.flatnonzero(other_level <= step)
        if not len(rows) or not len(columns):
            continue
        side = finest * COARSER**step
        width, height = (int(squares) for squares in np.ceil((high - low) / side) + 1)
        cut = [
            each.only(some).drawn(corner=low, side=side, height=height, width=width)
            for each, some in ((a, rows), (b, columns))
        ]
        counted = pycocotools.iou(*cut, [0] * len(columns))
        meant = np.maximum(level[rows, None], other_level[None, columns]) == step
        iou[np.ix_(rows, columns)] += np.where(meant, counted, 0.0)
    return iou
