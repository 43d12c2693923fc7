"""The mask: which pixels, as COCO's compressed runs. Semantic = all of a label at once; instance = one object."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from annotation.geometry import rle
from annotation.shapes.problems import Checklist, join, show

MASK = "mask"
SEMANTIC = "semantic"
INSTANCE = "instance"
MODES = (SEMANTIC, INSTANCE)


@dataclass(frozen=True)
class Mask:
    """`size` is height and width, those of the image; `counts` is COCO's compressed text, in its shortest form."""

    label: str
    mode: str
    size: tuple[int, int]
    counts: str
    attributes: Mapping[str, Any] = field(default_factory=dict, hash=False)
    type: ClassVar[str] = MASK
    vertices: ClassVar[int] = 0
    keys: ClassVar[frozenset[str]] = frozenset({"mode", "segmentation"})

    @property
    def runs(self) -> rle.Runs:
        """Its stretches of pixels (see `annotation.geometry.rle`), read anew each time."""
        height, width = self.size
        return rle.runs_of(self.counts, height=height, width=width)

    def as_json(self) -> dict[str, Any]:
        """The canonical form, which `parse` reads back to an equal mask."""
        return {
            "type": self.type,
            "label": self.label,
            "attributes": dict(self.attributes),
            "mode": self.mode,
            "segmentation": {"size": [*self.size], "counts": self.counts},
        }

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Mask:
        """The mask that `as_json` gave `table` of; nothing is checked again."""
        height, width = table["segmentation"]["size"]
        return cls(
            label=table["label"],
            mode=table["mode"],
            size=(height, width),
            counts=table["segmentation"]["counts"],
            attributes=table["attributes"],
        )

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
    ) -> Mask | None:
        """Read mode and runs out of `table`; what is wrong goes to the checklist and None is given.

        The runs are counted, never drawn: a short text may stand for a hundred million pixels.
        """
        mode = table.get("mode")
        known = isinstance(mode, str) and mode in MODES
        if not known:
            checklist.add(join(where, "mode"), "choice", f"{show(mode)} is not one of {', '.join(MODES)}")
        where = join(where, "segmentation")
        counts = _parse_counts(table.get("segmentation"), width=width, height=height, where=where, checklist=checklist)
        if counts is None or not known:
            return None
        return cls(label=label, mode=str(mode), size=(height, width), counts=counts, attributes=attributes)


def _parse_counts(value: object, *, width: int, height: int, where: str, checklist: Checklist) -> str | None:
    segmentation = checklist.table(value, where=where, keys=frozenset({"size", "counts"}))
    if segmentation is None:
        return None
    size = segmentation.get("size")
    if not isinstance(size, list | tuple) or list(size) != [height, width]:
        told = f"must be height and width of the image, [{height}, {width}]"
        checklist.add(join(where, "size"), "same_image", told)
        return None
    counts = segmentation.get("counts")
    if not isinstance(counts, str):
        checklist.add(join(where, "counts"), "rle", "must be the text of COCO's compressed run lengths")
        return None
    try:
        runs = rle.runs_of(counts, height=height, width=width)
    except ValueError as wrong:
        checklist.add(join(where, "counts"), "rle", str(wrong))
        return None
    if not rle.area(runs):
        checklist.add(join(where, "counts"), "empty_mask", "has no pixel inside")
        return None
    return rle.shortest(counts, runs)
