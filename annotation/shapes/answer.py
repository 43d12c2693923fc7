"""What one person says about one image: parsed, checked and made canonical here, trusted everywhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from annotation.shapes.attributes import parse_values
from annotation.shapes.polygon import check_crossings
from annotation.shapes.problems import Checklist, Refused, join, show
from annotation.shapes.registry import REGISTRY, Shape
from annotation.shapes.semantic import check_semantic_masks
from annotation.shapes.taxonomy import Taxonomy

SCHEMA = 1
TIME_AT_MOST_MS = 30 * 24 * 3600 * 1000
"""Longer than any lease: a time beyond it is nonsense."""

_COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
_KEYS = frozenset({"schema", "image", "tags", "empty", "timing", "shapes"})
_SHAPE_KEYS = {
    name: frozenset({"type", "label", "attributes"}) | shape_type.keys for name, shape_type in REGISTRY.items()
}


class AnswerRefused(Refused):
    """An answer breaks rules."""


@dataclass(frozen=True)
class Limits:
    """How big an answer may be; a job may set less."""

    shapes: int = 2_000
    vertices_per_shape: int = 2_000
    vertices: int = 50_000
    bytes: int = 2_000_000


@dataclass(frozen=True)
class Answer:
    """A checked answer. `width`, `height`: the image's pixels; `tags` in the label set's order; times in ms."""

    width: int
    height: int
    tags: tuple[str, ...]
    shapes: tuple[Shape, ...]
    empty: bool
    elapsed_ms: int | None = None
    active_ms: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The canonical form, as stored; `parse_answer` reads it back to an equal answer."""
        return {
            "schema": SCHEMA,
            "image": {"width": self.width, "height": self.height},
            "tags": list(self.tags),
            "empty": self.empty,
            "timing": {"elapsed_ms": self.elapsed_ms, "active_ms": self.active_ms},
            "shapes": [shape.as_json() for shape in self.shapes],
        }

    @cached_property
    def text(self) -> str:
        """The canonical form written out, as short as it goes."""
        return _COMPACT.encode(self.as_json())


def parse_answer(payload: object, *, taxonomy: Taxonomy, width: int, height: int, limits: Limits = Limits()) -> Answer:
    """Read an answer to an image of `width` × `height` pixels out of decoded JSON; nothing in it is trusted.

    `schema`, `image`, `tags`, `empty`, `timing` and `shapes` may each be left out.
    Raises AnswerRefused naming fields such as `shapes[2].bbox` and rules such as `inside_image`.
    """
    checklist = Checklist()
    table = checklist.table(payload, where="", keys=_KEYS)
    if table is None:
        raise AnswerRefused(checklist.problems)
    _check_head(table, width=width, height=height, checklist=checklist)
    elapsed_ms, active_ms = _parse_timing(table.get("timing"), checklist=checklist)
    answer = Answer(
        width=width,
        height=height,
        tags=_parse_tags(table.get("tags"), taxonomy=taxonomy, checklist=checklist),
        shapes=_parse_shapes(
            table.get("shapes"), taxonomy=taxonomy, width=width, height=height, limits=limits, checklist=checklist
        ),
        empty=table.get("empty") is True,
        elapsed_ms=elapsed_ms,
        active_ms=active_ms,
    )
    _check_whole(answer, drawn=bool(table.get("shapes")), taxonomy=taxonomy, limits=limits, checklist=checklist)
    if checklist.problems:
        raise AnswerRefused(checklist.problems)
    return answer


def read_answer(body: Mapping[str, Any]) -> Answer:
    """The answer that `as_json` gave `body` of: nothing is checked, since everything was when the answer came in."""
    image, timing = body["image"], body["timing"]
    return Answer(
        width=image["width"],
        height=image["height"],
        tags=tuple(body["tags"]),
        shapes=tuple(REGISTRY[shape["type"]].read(shape) for shape in body["shapes"]),
        empty=body["empty"],
        elapsed_ms=timing["elapsed_ms"],
        active_ms=timing["active_ms"],
    )


def _check_head(table: Mapping[str, object], *, width: int, height: int, checklist: Checklist) -> None:
    schema = table.get("schema", SCHEMA)
    if schema is True or schema != SCHEMA:
        checklist.add("schema", "schema", f"{show(schema)} is not known; this is schema {SCHEMA}")
    if not isinstance(table.get("empty", False), bool):
        checklist.add("empty", "type", "must be true or false")
    if table.get("image") is None:
        return
    image = checklist.table(table["image"], where="image", keys=frozenset({"width", "height"})) or {}
    for key, pixels in (("width", width), ("height", height)):
        if key in image and image[key] != pixels:
            checklist.add(join("image", key), "same_image", f"{show(image[key])}, but the image has {pixels} pixels")


def _parse_timing(value: object, *, checklist: Checklist) -> tuple[int | None, int | None]:
    """Elapsed and active milliseconds, each whole and not negative, or None where not told."""
    if value is None:
        return None, None
    timing = checklist.table(value, where="timing", keys=frozenset({"elapsed_ms", "active_ms"})) or {}
    times: list[int | None] = []
    for key in ("elapsed_ms", "active_ms"):
        told = timing.get(key)
        if told is None:
            times.append(None)
        elif isinstance(told, int) and not isinstance(told, bool) and 0 <= told <= TIME_AT_MOST_MS:
            times.append(told)
        else:
            checklist.add(join("timing", key), "range", f"must be a whole number from 0 to {TIME_AT_MOST_MS}")
            times.append(None)
    return times[0], times[1]


def _parse_tags(value: object, *, taxonomy: Taxonomy, checklist: Checklist) -> tuple[str, ...]:
    """The tags chosen, each once, in the label set's order."""
    tags = [] if value is None else checklist.sequence(value, where="tags")
    known = taxonomy.tags
    chosen: set[str] = set()
    for index, tag in enumerate(tags[: len(known) + 1]):
        if not isinstance(tag, str) or tag not in known:
            checklist.add(f"tags[{index}]", "known_label", f"{show(tag)} is not a tag of the label set")
        elif tag in chosen:
            checklist.add(f"tags[{index}]", "duplicate", f"{show(tag)} is chosen twice")
        else:
            chosen.add(tag)
    if len(tags) > len(known) + 1:
        checklist.add("tags", "too_many", f"{len(tags)} tags; the label set has {len(known)}")
    elif known and taxonomy.tag_choice == "one" and len(tags) != 1:
        checklist.add("tags", "tag_choice", f"exactly one tag must be chosen, not {len(tags)}")
    return tuple(tag for tag in known if tag in chosen)


def _parse_shapes(
    value: object, *, taxonomy: Taxonomy, width: int, height: int, limits: Limits, checklist: Checklist
) -> tuple[Shape, ...]:
    rows = [] if value is None else checklist.sequence(value, where="shapes")
    if len(rows) > limits.shapes:
        checklist.add("shapes", "too_many_shapes", f"{len(rows)} shapes; at most {limits.shapes}")
        return ()
    shapes: list[tuple[int, Shape]] = []
    vertices, few = 0, True
    for index, row in enumerate(rows):
        shape = _parse_shape(
            row, taxonomy=taxonomy, width=width, height=height, where=f"shapes[{index}]", checklist=checklist
        )
        if shape is None:
            continue
        shapes.append((index, shape))
        vertices += (own := shape.vertices)
        if own > limits.vertices_per_shape:
            checklist.add(
                f"shapes[{index}]", "too_many_vertices", f"{own} vertices; at most {limits.vertices_per_shape}"
            )
            few = False
    if vertices > limits.vertices:
        checklist.add("shapes", "too_many_vertices", f"{vertices} vertices in all; at most {limits.vertices}")
    elif few and taxonomy.outlines:
        # Only now: it takes long where there are too many.
        check_crossings(shapes, checklist=checklist)
        check_semantic_masks(shapes, checklist=checklist)
    return tuple(shape for _, shape in shapes)


def _parse_shape(
    row: object,
    *,
    taxonomy: Taxonomy,
    width: int,
    height: int,
    where: str,
    checklist: Checklist,
) -> Shape | None:
    is_table = type(row) is dict or isinstance(row, Mapping)
    name = row.get("type") if is_table else None  # type: ignore[attr-defined]
    shape_type = REGISTRY.get(name) if isinstance(name, str) else None
    if is_table and shape_type is None:
        checklist.add(join(where, "type"), "shape_type", f"{show(name)} is not one of {', '.join(REGISTRY)}")
        return None
    table = checklist.table(row, where=where, keys=_SHAPE_KEYS[shape_type.type] if shape_type else frozenset())
    if table is None or shape_type is None:
        return None
    label = _parse_label(
        table.get("label"), shape_type=shape_type.type, allowed=taxonomy.drawn, where=where, checklist=checklist
    )
    asked = taxonomy.attributes.get(label, ())
    given = table.get("attributes", {})
    # The usual box has no attributes, and is not asked for any.
    attributes = (
        parse_values(given, attributes=asked, where=join(where, "attributes"), checklist=checklist)
        if asked or given != {}
        else {}
    )
    return shape_type.parse(
        table,
        label=label,
        attributes=attributes,
        width=width,
        height=height,
        points=taxonomy.points,
        where=where,
        checklist=checklist,
    )


def _parse_label(
    value: object, *, shape_type: str, allowed: Mapping[str, frozenset[str]], where: str, checklist: Checklist
) -> str:
    if isinstance(value, str) and value in allowed[shape_type]:
        return value
    if isinstance(value, str) and any(value in names for names in allowed.values()):
        checklist.add(join(where, "label"), "label_shape", f"{show(value)} may not be given to a {shape_type}")
    else:
        checklist.add(join(where, "label"), "known_label", f"{show(value)} is not a {shape_type} label of the set")
    return ""


def _check_whole(answer: Answer, *, drawn: bool, taxonomy: Taxonomy, limits: Limits, checklist: Checklist) -> None:
    if answer.empty and drawn:
        checklist.add("empty", "empty_with_shapes", "marked as empty, but shapes are drawn")
    if taxonomy.draws and not (drawn or answer.tags or answer.empty or checklist.problems):
        checklist.add("shapes", "nothing_answered", "draw a shape, or mark the image as empty")
    if checklist.problems:
        return
    size = len(answer.text.encode())
    if size > limits.bytes:
        checklist.add("", "too_large", f"{size} bytes; at most {limits.bytes}")
