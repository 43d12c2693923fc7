"""The polygon: one outline or several, `x1, y1, x2, y2, …` in pixels, each closed by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from annotation.geometry import polygons
from annotation.geometry.crossings import crossings
from annotation.shapes.points import clipped, finite, outside
from annotation.shapes.problems import Checklist, join

POLYGON = "polygon"
Ring = tuple[float, ...]

SMALLEST = 1.0
"""Square pixels each outline encloses at least."""


@dataclass(frozen=True)
class Polygon:
    """`segmentation` holds one ring or several, as COCO: together one object; inside the image, two decimals.

    No ring repeats a point beside itself, and no edge crosses another.
    """

    label: str
    segmentation: tuple[Ring, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    type: ClassVar[str] = POLYGON
    keys: ClassVar[frozenset[str]] = frozenset({"segmentation"})

    @property
    def vertices(self) -> int:
        """Points of all rings."""
        return sum(map(len, self.segmentation)) // 2

    def as_json(self) -> dict[str, Any]:
        """The canonical form, which `parse` reads back to an equal polygon."""
        return {
            "type": self.type,
            "label": self.label,
            "attributes": dict(self.attributes),
            "segmentation": [[*ring] for ring in self.segmentation],
        }

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Polygon:
        """The polygon that `as_json` gave `table` of; nothing is checked again."""
        rings = tuple(tuple(ring) for ring in table["segmentation"])
        return cls(label=table["label"], segmentation=rings, attributes=table["attributes"])

    @classmethod
    def parse(
        cls,
        table: Mapping[str, object],
        *,
        label: str,
        attributes: Mapping[str, Any],
        width: int,
        height: int,
        points: Mapping[str, int],
        where: str,
        checklist: Checklist,
    ) -> Polygon | None:
        """Read the outlines out of `table`; what is wrong goes to the checklist and None is given.

        Whether they cross is asked later (`check_crossings`), when it is known that there are not too many points.
        """
        where = join(where, "segmentation")
        rings = table.get("segmentation")
        if not isinstance(rings, list | tuple) or not rings:
            checklist.add(where, "type", "must be a list of one outline or more, each x1, y1, x2, y2, …")
            return None
        read = [
            _parse_ring(ring, width=width, height=height, where=f"{where}[{index}]", checklist=checklist)
            for index, ring in enumerate(rings)
        ]
        kept = tuple(ring for ring in read if ring is not None)
        if len(kept) < len(read):
            return None
        if polygons.length(kept) > polygons.LONGEST * (width + height):
            checklist.add(
                where, "too_long", f"the outline is longer than {polygons.LONGEST} times width plus height of the image"
            )
            return None
        return cls(label=label, segmentation=kept, attributes=attributes)


def check_crossings(shapes: Sequence[tuple[int, object]], *, checklist: Checklist) -> None:
    """Note polygons whose outline crosses itself; `shapes` come with their numbers. Asks for all of them in one go."""
    numbered = [(number, each) for number, each in shapes if isinstance(each, Polygon)]
    found = crossings([each.segmentation for _, each in numbered])
    for at in found.crossing:
        checklist.add(f"shapes[{numbered[at][0]}].segmentation", "self_crossing", "the outline crosses itself")
    for at in found.tangled:
        told = "the outline has too many edges close to each other to tell what is inside"
        checklist.add(f"shapes[{numbered[at][0]}].segmentation", "tangled", told)


def _parse_ring(value: object, *, width: int, height: int, where: str, checklist: Checklist) -> Ring | None:
    values = list(value) if isinstance(value, list | tuple) else None
    numbers = None if values is None or len(values) % 2 else finite(values)
    if numbers is None:
        checklist.add(where, "finite", "must be finite numbers in pairs: x1, y1, x2, y2, …")
        return None
    points = numbers.reshape(-1, 2)
    wrong = outside(points, width=width, height=height)
    if wrong is not None:
        x, y = points[wrong]
        told = f"point {wrong + 1} (x {x:g}, y {y:g}) is outside the image of {width} × {height} pixels"
        checklist.add(where, "inside_image", told)
        return None
    points = clipped(points, width=width, height=height)
    # A double click, or a ring closed by its own first point, gives the same point twice.
    points = points[np.any(points != np.concatenate([points[1:], points[:1]]), axis=1)]
    if len(points) < 3:
        checklist.add(where, "vertices", f"{len(points)} different points; an outline needs three or more")
        return None
    ring: Ring = tuple(points.ravel().tolist())
    if polygons.area([ring]) < SMALLEST:
        checklist.add(where, "smallest", "encloses less than one square pixel")
        return None
    return ring
