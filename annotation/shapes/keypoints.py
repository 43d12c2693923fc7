"""Keypoints: the named points of a skeleton in its order, `x, y, v` each; v says what can be seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from annotation.shapes.points import Floats, clipped, finite, outside
from annotation.shapes.problems import Checklist, join

KEYPOINTS = "keypoints"

ABSENT = 0
HIDDEN = 1
VISIBLE = 2
"""COCO's v: not marked (x and y are 0), marked but covered by something, marked and seen."""


@dataclass(frozen=True)
class Keypoints:
    """`keypoints` are x, y, v for each point of the label's skeleton: inside the image, two decimals, v 0, 1 or 2."""

    label: str
    keypoints: tuple[float, ...]
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    type: ClassVar[str] = KEYPOINTS
    keys: ClassVar[frozenset[str]] = frozenset({"keypoints"})

    @property
    def vertices(self) -> int:
        """Points of the skeleton, marked or not."""
        return len(self.keypoints) // 3

    def as_json(self) -> dict[str, Any]:
        """The canonical form, which `parse` reads back to equal keypoints."""
        return {
            "type": self.type,
            "label": self.label,
            "attributes": dict(self.attributes),
            "keypoints": [*self.keypoints],
        }

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Keypoints:
        """The keypoints that `as_json` gave `table` of; nothing is checked again."""
        return cls(label=table["label"], keypoints=tuple(table["keypoints"]), attributes=table["attributes"])

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
    ) -> Keypoints | None:
        """Read the points out of `table`; `points` says how many a label's skeleton has.

        What is wrong goes to the checklist and None is given.
        """
        where = join(where, "keypoints")
        given = table.get("keypoints")
        if not isinstance(given, list | tuple):
            checklist.add(where, "type", "must be a list of numbers: x, y, v for each point")
            return None
        values = list(given)
        wanted = points.get(label, len(values) // 3)
        if len(values) != 3 * wanted:
            told = f"{len(values)} numbers; the skeleton of {label} has {wanted} points, so {3 * wanted}: x, y, v each"
            checklist.add(where, "skeleton", told)
            return None
        numbers = finite(values)
        if numbers is None:
            checklist.add(where, "finite", "must be finite numbers: x, y, v for each point")
            return None
        rows = numbers.reshape(-1, 3)
        if not _check(rows, width=width, height=height, where=where, checklist=checklist):
            return None
        rows[:, :2] = clipped(rows[:, :2], width=width, height=height)
        return cls(label=label, keypoints=tuple(rows.ravel().tolist()), attributes=attributes)


def _check(rows: Floats, *, width: int, height: int, where: str, checklist: Checklist) -> bool:
    """Note the first row [n, 3] that breaks a rule; True if none does."""
    seen = rows[:, 2]
    wrong = outside(rows[:, :2], width=width, height=height)
    unknown = ~np.isin(seen, (ABSENT, HIDDEN, VISIBLE))
    placed = (seen == ABSENT) & np.any(rows[:, :2] != 0, axis=1)
    if unknown.any():
        at = int(np.argmax(unknown))
        checklist.add(where, "visibility", f"v of point {at + 1} is {seen[at]:g}; it must be 0, 1 or 2")
    elif placed.any():
        at = int(np.argmax(placed))
        checklist.add(where, "visibility", f"point {at + 1} is not marked (v is 0), so its x and y must be 0")
    elif not np.any(seen):
        checklist.add(where, "nothing_marked", "no point is marked; leave the object out instead")
    elif wrong is not None:
        x, y = rows[wrong, :2]
        told = f"point {wrong + 1} (x {x:g}, y {y:g}) is outside the image of {width} × {height} pixels"
        checklist.add(where, "inside_image", told)
    else:
        return True
    return False
