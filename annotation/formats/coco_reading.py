"""Reading COCO JSON as answers: what other programs, or our own releases, say about images. Nothing is trusted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from annotation.geometry import polygons, rle
from annotation.shapes import (
    BOX,
    INSTANCE,
    KEYPOINTS,
    MASK,
    POLYGON,
    Answer,
    AnswerRefused,
    Limits,
    Problem,
    Refused,
    Taxonomy,
    parse_answer,
)
from annotation.shapes.points import finite, outside
from annotation.shapes.problems import Checklist, show

ROWS_AT_MOST = 1_000_000
PIXELS_AT_MOST = 100_000_000
USUAL = Limits()
RICHEST_FIRST = (KEYPOINTS, POLYGON, MASK, BOX)
"""An annotation of COCO may carry several of these; it is read as the first that its label may have."""

_SHAPE = re.compile(r"shapes\[(\d+)\]")


class CocoRefused(Refused):
    """A document is no COCO dataset."""


@dataclass(frozen=True)
class CocoAnswer:
    """What the document says of one image. `answer` is None where `problems` (fields of the document) say why not."""

    file_name: str
    width: int
    height: int
    answer: Answer | None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True)
class CocoAnswers:
    """All images of a document, in its order; `ignored` names its categories that the label set does not have."""

    images: tuple[CocoAnswer, ...]
    ignored: tuple[str, ...]


class _Unreadable(ValueError):
    """An annotation cannot be an answer's shape; the rule, and why."""

    def __init__(self, key: str, rule: str, message: str) -> None:
        super().__init__(message)
        self.key, self.rule = key, rule


def read_coco(document: object, *, taxonomy: Taxonomy, limits: Limits = USUAL) -> CocoAnswers:
    """Read decoded COCO JSON as one answer an image, checked like those of workers.

    Categories are matched with labels by name; attributes that the label does not ask for are left out. Run lengths
    may be compressed or not; where a label has masks only, polygons are drawn as masks. An image with a crowd
    (`iscrowd`) has no answer: nobody could have drawn it one by one.
    Raises CocoRefused naming what makes the document no dataset; faults of one image stand at it.
    """
    checklist = Checklist()
    table = document if isinstance(document, Mapping) else {}
    if table is not document:
        checklist.add("", "type", "must be a JSON object")
    names = _categories(table.get("categories"), checklist)
    images = _rows(table.get("images"), "images", checklist)
    annotations = _rows(table.get("annotations", []), "annotations", checklist)
    groups: dict[Any, list[tuple[int, Mapping[str, Any]]]] = {_id_of(row.get("id")): [] for row in images}
    for number, row in enumerate(annotations):
        group = groups.get(_id_of(row.get("image_id")))
        if group is None:
            checklist.add(f"annotations[{number}].image_id", "known_image", "is the id of no image")
        elif _id_of(row.get("category_id")) not in names:
            checklist.add(f"annotations[{number}].category_id", "known_category", "is the id of no category")
        else:
            group.append((number, row))
    if len(groups) < len(images) or None in groups:
        checklist.add("images", "duplicate", "each image needs an id of its own, a number or text")
    if checklist.problems:
        raise CocoRefused(checklist.problems)
    known = {label.name for label in taxonomy.labels}
    return CocoAnswers(
        tuple(
            _read_image(row, number, groups[_id_of(row.get("id"))], names, taxonomy, limits)
            for number, row in enumerate(images)
        ),
        tuple(name for name in dict.fromkeys(names.values()) if name not in known),
    )


def _categories(value: object, checklist: Checklist) -> dict[Any, str]:
    names: dict[Any, str] = {}
    for number, row in enumerate(_rows(value, "categories", checklist)):
        name = row.get("name")
        if not isinstance(name, str) or not name.strip():
            checklist.add(f"categories[{number}].name", "required", "a category needs a name")
        elif _id_of(row.get("id")) in {None, *names}:
            checklist.add(f"categories[{number}].id", "duplicate", "needs an id of its own, a number or text")
        else:
            names[_id_of(row.get("id"))] = name.strip()
    return names


def _rows(value: object, where: str, checklist: Checklist) -> list[Mapping[str, Any]]:
    rows = checklist.sequence(value, where=where)
    if len(rows) > ROWS_AT_MOST:
        checklist.add(where, "too_many", f"{len(rows)} rows; at most {ROWS_AT_MOST}")
        return []
    wrong = next((number for number, row in enumerate(rows) if not isinstance(row, Mapping)), None)
    if wrong is not None:
        checklist.add(f"{where}[{wrong}]", "type", "must be a JSON object")
        return []
    return [row for row in rows if isinstance(row, Mapping)]


def _id_of(value: object) -> object:
    """Numbers and texts are ids; whatever else stands there is none."""
    return value if isinstance(value, int | str) else None


def _read_image(
    row: Mapping[str, Any],
    number: int,
    annotations: Sequence[tuple[int, Mapping[str, Any]]],
    names: Mapping[Any, str],
    taxonomy: Taxonomy,
    limits: Limits,
) -> CocoAnswer:
    checklist = Checklist()
    file_name, width, height = row.get("file_name"), _side(row.get("width")), _side(row.get("height"))
    name = file_name if isinstance(file_name, str) else ""
    if not name:
        checklist.add(f"images[{number}].file_name", "required", "must be the name of the image's file")
    if not 1 <= width * height <= PIXELS_AT_MOST:
        checklist.add(f"images[{number}]", "size", "needs width and height in pixels")
    if checklist.problems:
        return CocoAnswer(name, 0, 0, None, tuple(checklist.problems))
    allowed = {label.name: label.shapes for label in taxonomy.labels}
    shapes: list[dict[str, Any]] = []
    places: list[int] = []
    for place, annotation in annotations:
        label = names[_id_of(annotation["category_id"])]
        if label not in allowed:
            continue
        try:
            shapes.append(_shape(annotation, label, allowed[label], taxonomy, width, height))
            places.append(place)
        except _Unreadable as fault:
            checklist.add(f"annotations[{place}].{fault.key}", fault.rule, str(fault))
    found = CocoAnswer(name, width, height, None, tuple(checklist.problems))
    return found if found.problems else _parse(found, row, shapes, places, taxonomy, limits)


def _side(value: object) -> int:
    """A number of pixels; 0 when it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= PIXELS_AT_MOST else 0


def _parse(
    found: CocoAnswer,
    row: Mapping[str, Any],
    shapes: list[dict[str, Any]],
    places: Sequence[int],
    taxonomy: Taxonomy,
    limits: Limits,
) -> CocoAnswer:
    tags = row.get("tags")
    named = [tag.get("name") for tag in tags if isinstance(tag, Mapping)] if isinstance(tags, list) else []
    chosen = [tag for tag in taxonomy.tags if tag in named]
    payload = {"shapes": shapes, "tags": chosen, "empty": taxonomy.draws and not shapes and not chosen}
    try:
        answer = parse_answer(payload, taxonomy=taxonomy, width=found.width, height=found.height, limits=limits)
    except AnswerRefused as refused:
        told = (
            replace(each, field=_SHAPE.sub(lambda at: f"annotations[{places[int(at[1])]}]", each.field))
            for each in refused.problems
        )
        return replace(found, problems=tuple(told))
    return replace(found, answer=answer)


def _shape(
    row: Mapping[str, Any], label: str, allowed: frozenset[str], taxonomy: Taxonomy, width: int, height: int
) -> dict[str, Any]:
    """The annotation in our own form, still unchecked. Raises _Unreadable when it is nothing its label may have."""
    if row.get("iscrowd"):
        raise _Unreadable("iscrowd", "crowd", "is a crowd, which nobody draws one by one")
    given = row.get("attributes")
    asked = {each.name for each in taxonomy.attributes.get(label, ())}
    attributes = {key: value for key, value in given.items() if key in asked} if isinstance(given, Mapping) else {}
    shape = {"label": label, "attributes": attributes}
    segmentation = row.get("segmentation")
    rings = segmentation if isinstance(segmentation, list) and segmentation else None
    for kind in RICHEST_FIRST:
        if kind not in allowed:
            continue
        if kind == KEYPOINTS and row.get("keypoints") and row.get("num_keypoints", 1):
            return {**shape, "type": kind, "keypoints": _without_places(row["keypoints"])}
        if kind == POLYGON and rings:
            return {**shape, "type": kind, "segmentation": rings}
        if kind == MASK and (rings or isinstance(segmentation, Mapping)):
            runs = _drawn(rings, width, height) if rings else _compressed(row["segmentation"], width, height)
            return {**shape, "type": kind, "mode": row.get("mode", INSTANCE), "segmentation": runs}
        if kind == BOX and row.get("bbox"):
            return {**shape, "type": kind, "bbox": row["bbox"]}
    wanted = " or ".join(kind for kind in RICHEST_FIRST if kind in allowed) or "a tag"
    raise _Unreadable("segmentation", "shape_type", f"has nothing to read as {wanted}, which {show(label)} may have")


def _without_places(values: object) -> object:
    """Points that are not marked at 0, 0: some programs leave a place there."""
    if not isinstance(values, list) or len(values) % 3:
        return values
    rows = [values[at : at + 3] for at in range(0, len(values), 3)]
    return [value for row in rows for value in ([0, 0, 0] if row[2] == 0 else row)]


def _drawn(rings: Sequence[Any], width: int, height: int) -> dict[str, Any]:
    """Outlines as a mask. They are looked at before they are drawn: the library that draws them trusts its input."""
    checked = [finite(ring) if isinstance(ring, list) else None for ring in rings]
    good = [ring.reshape(-1, 2) for ring in checked if ring is not None and len(ring) >= 6 and not len(ring) % 2]
    if len(good) < len(rings) or any(outside(ring, width=width, height=height) is not None for ring in good):
        raise _Unreadable("segmentation", "finite", "must be outlines of three points or more, inside the image")
    flat = [np.clip(ring, 0, [width, height]).ravel().tolist() for ring in good]
    if polygons.length(flat) > polygons.LONGEST * (width + height):
        raise _Unreadable("segmentation", "too_long", "has outlines too long to be drawn")
    return {"size": [height, width], "counts": polygons.rasterise(flat, height=height, width=width)}


def _compressed(segmentation: Mapping[str, Any], width: int, height: int) -> dict[str, Any]:
    """Run lengths in their compressed form, whichever they come in."""
    counts = segmentation.get("counts")
    if isinstance(counts, list):
        numbers = finite(counts)
        total = height * width
        if numbers is None or np.any((numbers < 0) | (numbers > total) | (numbers % 1 != 0)) or numbers.sum() != total:
            raise _Unreadable("segmentation", "rle", f"has run lengths that do not sum to {total} pixels")
        counts = rle.counts_of(numbers.astype(np.int64))
    return {"size": segmentation.get("size"), "counts": counts}
