"""The box: a rectangle along the axes, `x, y, width, height` in pixels from the top left corner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from annotation.shapes.problems import Checklist, join, number

BOX = "box"
BBox = tuple[float, float, float, float]

TOLERANCE = 0.5
"""Pixels a shape may stand out of the image (a browser rounds); it is clipped."""
SMALLEST = 1.0
"""Pixels a box is wide and high at least."""
DECIMALS = 2


@dataclass(frozen=True)
class Box:
    """`bbox` is x, y, width, height in pixels of the image as displayed; never outside it, two decimals."""

    label: str
    bbox: BBox
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    type: ClassVar[str] = BOX
    vertices: ClassVar[int] = 4
    keys: ClassVar[frozenset[str]] = frozenset({"bbox"})

    def as_json(self) -> dict[str, Any]:
        """The canonical form, which `parse` reads back to an equal box."""
        return {
            "type": self.type,
            "label": self.label,
            "attributes": dict(self.attributes),
            "bbox": [*self.bbox],
        }

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Box:
        """The box that `as_json` gave `table` of; nothing is checked again."""
        x, y, width, height = table["bbox"]
        return cls(label=table["label"], bbox=(x, y, width, height), attributes=table["attributes"])

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
    ) -> Box | None:
        """Read the box's own keys out of `table`; what is wrong goes to the checklist and None is given."""
        bbox = parse_bbox(table.get("bbox"), width=width, height=height, where=join(where, "bbox"), checklist=checklist)
        return None if bbox is None else cls(label=label, bbox=bbox, attributes=attributes)


def parse_bbox(value: object, *, width: int, height: int, where: str, checklist: Checklist) -> BBox | None:
    """Four finite numbers inside the image (with TOLERANCE, then clipped), at least SMALLEST wide and high."""
    values = value if isinstance(value, list | tuple) else ()
    numbers = [found for each in values[:5] if (found := number(each)) is not None]
    if len(values) != 4 or len(numbers) != 4:
        checklist.add(where, "finite", "must be four finite numbers: x, y, width, height")
        return None
    x, y, w, h = numbers
    right, bottom = x + w, y + h
    if x < -TOLERANCE or y < -TOLERANCE or right > width + TOLERANCE or bottom > height + TOLERANCE:
        checklist.add(where, "inside_image", f"{_words(x, y, w, h)} is outside the image of {width} × {height} pixels")
        return None
    if x < 0.0 or y < 0.0 or right > width or bottom > height:
        x, y, right, bottom = max(x, 0.0), max(y, 0.0), min(right, float(width)), min(bottom, float(height))
    # Edges are rounded, not sizes: so the canonical form reads back to itself, and never stands out of the image.
    # `+ 0.0` turns -0.0 into 0.0, which JSON would otherwise carry on.
    left, top = round(x, DECIMALS) + 0.0, round(y, DECIMALS) + 0.0
    right, bottom = round(right, DECIMALS), round(bottom, DECIMALS)
    w, h = round(right - left, DECIMALS), round(bottom - top, DECIMALS)
    if w < SMALLEST or h < SMALLEST:
        checklist.add(where, "smallest", f"{_words(*numbers)} is less than one pixel wide or high")
        return None
    return (left, top, w, h)


def _words(x: float, y: float, w: float, h: float) -> str:
    return f"x {x:g}, y {y:g}, width {w:g}, height {h:g}"
