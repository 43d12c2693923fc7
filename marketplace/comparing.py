"""An answer beside the adopted one, as layers that a page can draw and a table can list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

STATUSES = {"matched": "Matched", "missed": "Missed", "extra": "Extra", "wrong_label": "Wrong label"}


@dataclass(frozen=True)
class Row:
    """One object: what was drawn, what was adopted, and how well they meet."""

    status: str
    own: str
    adopted: str
    iou: float | None

    @property
    def words(self) -> str:
        """The status in words."""
        return STATUSES[self.status]


@dataclass(frozen=True)
class Comparison:
    """Shapes with a `status`, as the viewer draws them, and the rows of the table beside it."""

    own: tuple[Mapping[str, Any], ...]
    adopted: tuple[Mapping[str, Any], ...]
    rows: tuple[Row, ...]


def compare(
    *, shapes: Sequence[Mapping[str, Any]], objects: Sequence[Mapping[str, Any]], evidence: Mapping[str, Any]
) -> Comparison:
    """Mark an answer's shapes and the adopted objects by the verdict's evidence (indexes into both)."""
    own, adopted = ["extra"] * len(shapes), ["missed"] * len(objects)
    rows = []
    for status, key in (("matched", "matches"), ("wrong_label", "wrong_label")):
        for mine, theirs, iou in evidence.get(key, ()):
            own[mine] = adopted[theirs] = status
            rows.append(Row(status, shapes[mine]["label"], objects[theirs]["label"], iou))
    rows += [
        Row("missed", "", found["label"], None)
        for found, status in zip(objects, adopted, strict=True)
        if status == "missed"
    ]
    rows += [
        Row("extra", shape["label"], "", None) for shape, status in zip(shapes, own, strict=True) if status == "extra"
    ]
    return Comparison(
        own=tuple({**shape, "status": status} for shape, status in zip(shapes, own, strict=True)),
        adopted=tuple({**_noted(found), "status": status} for found, status in zip(objects, adopted, strict=True)),
        rows=tuple(rows),
    )


def _noted(found: Mapping[str, Any]) -> Mapping[str, Any]:
    """An adopted object with its votes; a shape of a known answer has none."""
    return votes_noted(found) if "votes_for" in found else found


def without_others(found: Mapping[str, Any]) -> dict[str, Any]:
    """An adopted object as a worker may see it: without what names the assignments of other people."""
    return {key: value for key, value in found.items() if key not in ("sources", "texts")}


def votes_noted(found: Mapping[str, Any]) -> dict[str, Any]:
    """The same with its votes as a note to read."""
    return {**without_others(found), "note": f"{found['votes_for']} of {found['votes_of']} votes"}
