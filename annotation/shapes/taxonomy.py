"""Which labels there are, and which types of shape each may be given to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from annotation.shapes.attributes import Attribute, parse_attributes
from annotation.shapes.keypoints import KEYPOINTS
from annotation.shapes.mask import MASK
from annotation.shapes.polygon import POLYGON
from annotation.shapes.problems import Checklist, Refused, is_plain_text, join, show
from annotation.shapes.registry import REGISTRY, SHAPE_TYPES, TAG
from annotation.shapes.skeleton import Skeleton, parse_skeleton

TAG_CHOICES = ("one", "any")
LABELS_AT_MOST = 200
NAME_LENGTH = 100

PALETTE = (
    "#eeee44",
    "#00ffcc",
    "#8888ff",
    "#ee4466",
    "#aaee88",
    "#ffaaff",
    "#aaaa00",
    "#ee66aa",
    "#6622ee",
    "#8844aa",
    "#cc0022",
    "#aa2266",
)
"""Twelve colours found by search: any two differ by a CIELAB distance of 23 or more, with normal sight and with
each kind of colour blindness; saturated, which photographs seldom are; the bright ones first."""

_COLOR = re.compile(r"#[0-9a-f]{6}")
_KEYS = frozenset({"name", "shapes", "color", "attributes", "skeleton"})


class TaxonomyRefused(Refused):
    """A label set breaks rules."""


@dataclass(frozen=True)
class LabelSpec:
    """One label: `shapes` are the types it may be given to, `color` is #rrggbb."""

    name: str
    shapes: frozenset[str]
    color: str = ""
    attributes: tuple[Attribute, ...] = ()
    skeleton: Skeleton | None = None

    def as_json(self) -> dict[str, Any]:
        """What `parse_taxonomy` reads."""
        shapes = [shape_type for shape_type in SHAPE_TYPES if shape_type in self.shapes]
        return {
            "name": self.name,
            "shapes": shapes,
            "color": self.color,
            "attributes": [each.as_json() for each in self.attributes],
            "skeleton": self.skeleton.as_json() if self.skeleton else None,
        }


@dataclass(frozen=True)
class Taxonomy:
    """The labels in order. `tag_choice`: `one` = exactly one tag answers, `any` = each tag is its own question."""

    labels: tuple[LabelSpec, ...]
    tag_choice: str = "any"

    def of(self, shape_type: str) -> tuple[str, ...]:
        """Names of the labels which may be given to `shape_type`, in order."""
        return tuple(label.name for label in self.labels if shape_type in label.shapes)

    @cached_property
    def drawn(self) -> Mapping[str, frozenset[str]]:
        """For each type of shape that is drawn, the names of its labels."""
        return {shape_type: frozenset(self.of(shape_type)) for shape_type in REGISTRY}

    @cached_property
    def outlines(self) -> bool:
        """True if polygons or masks may be drawn, whose outlines must make sense by themselves and together."""
        return bool(self.drawn[POLYGON] or self.drawn[MASK])

    @cached_property
    def attributes(self) -> Mapping[str, tuple[Attribute, ...]]:
        """What is asked about each object of a label, for those labels of which something is."""
        return {label.name: label.attributes for label in self.labels if label.attributes}

    @cached_property
    def points(self) -> Mapping[str, int]:
        """How many points the skeleton of each label has that has one."""
        return {label.name: len(label.skeleton.points) for label in self.labels if label.skeleton}

    @cached_property
    def tags(self) -> tuple[str, ...]:
        """Names of the labels of the whole image, in order."""
        return self.of(TAG)

    @cached_property
    def draws(self) -> bool:
        """True if there is anything to draw, not only tags to choose."""
        return any(label.shapes - {TAG} for label in self.labels)

    def as_json(self) -> list[dict[str, Any]]:
        """The labels, as `parse_taxonomy` reads them."""
        return [label.as_json() for label in self.labels]


def parse_taxonomy(labels: object, *, tag_choice: str = "any") -> Taxonomy:
    """Read `[{name, shapes, color?, attributes?, skeleton?}]`; a missing colour is given by position from PALETTE.

    Raises TaxonomyRefused naming `labels[0].name` and the like.
    """
    checklist = Checklist()
    rows = checklist.sequence(labels, where="labels")
    if not rows and not checklist.problems:
        checklist.add("labels", "required", "at least one label is needed")
    if len(rows) > LABELS_AT_MOST:
        checklist.add("labels", "too_many", f"{len(rows)} labels; at most {LABELS_AT_MOST}")
    specs = [
        _parse_label(row, position=position, where=f"labels[{position}]", checklist=checklist)
        for position, row in enumerate(rows[:LABELS_AT_MOST])
    ]
    _check_names_differ(specs, checklist)
    tags = sum(TAG in spec.shapes for spec in specs)
    if tag_choice not in TAG_CHOICES:
        checklist.add("tag_choice", "choice", f"{show(tag_choice)} is not one of {', '.join(TAG_CHOICES)}")
    elif tag_choice == "one" and tags == 1:
        checklist.add("tag_choice", "choice", 'choosing exactly one tag needs two tags or more; use "any"')
    if checklist.problems:
        raise TaxonomyRefused(checklist.problems)
    return Taxonomy(labels=tuple(specs), tag_choice=tag_choice)


def _parse_label(row: object, *, position: int, where: str, checklist: Checklist) -> LabelSpec:
    """One label; what is wrong goes to the checklist, and the value given back is then of no use."""
    table = checklist.table(row, where=where, keys=_KEYS) or {}
    color = table.get("color") or PALETTE[position % len(PALETTE)]
    if not isinstance(color, str) or not _COLOR.fullmatch(color.lower()):
        checklist.add(join(where, "color"), "color", "must be #rrggbb")
        color = ""
    name = _parse_name(table.get("name"), where=join(where, "name"), checklist=checklist)
    shapes = _parse_shapes(table.get("shapes"), where=join(where, "shapes"), checklist=checklist)
    asked_at = join(where, "attributes")
    attributes = parse_attributes(table.get("attributes"), where=asked_at, checklist=checklist)
    if attributes and shapes == {TAG}:
        checklist.add(asked_at, "not_here", "are asked about what is drawn; a tag is not")
    skeleton = _parse_skeleton(table.get("skeleton"), shapes=shapes, where=where, checklist=checklist)
    return LabelSpec(name=name, shapes=shapes, color=color.lower(), attributes=attributes, skeleton=skeleton)


def _parse_skeleton(value: object, *, shapes: frozenset[str], where: str, checklist: Checklist) -> Skeleton | None:
    where = join(where, "skeleton")
    if value is not None and KEYPOINTS in shapes:
        return parse_skeleton(value, where=where, checklist=checklist)
    if value is not None:
        checklist.add(where, "not_here", "only a label of keypoints has a skeleton")
    elif KEYPOINTS in shapes:
        checklist.add(where, "required", "a label of keypoints needs a skeleton: the names of its points, in order")
    return None


def _parse_name(value: object, *, where: str, checklist: Checklist) -> str:
    if not isinstance(value, str) or not value.strip():
        checklist.add(where, "required", "a label needs a name")
        return ""
    name = value.strip()
    if len(name) > NAME_LENGTH:
        checklist.add(where, "too_long", f"{len(name)} characters; at most {NAME_LENGTH}")
    if not is_plain_text(name):
        checklist.add(where, "plain_text", "must not have control characters or line breaks")
    return name


def _parse_shapes(value: object, *, where: str, checklist: Checklist) -> frozenset[str]:
    shapes = checklist.sequence(value, where=where)
    if not shapes and isinstance(value, list | tuple):
        checklist.add(where, "required", f"at least one of {', '.join(SHAPE_TYPES)}")
    for shape in shapes:
        if shape not in SHAPE_TYPES:
            checklist.add(where, "shape_type", f"{show(shape)} is not one of {', '.join(SHAPE_TYPES)}")
    return frozenset(shape for shape in shapes if isinstance(shape, str))


def _check_names_differ(specs: list[LabelSpec], checklist: Checklist) -> None:
    """Names which differ only in capitals are one name to a worker in a hurry."""
    seen: set[str] = set()
    for position, spec in enumerate(specs):
        folded = spec.name.casefold()
        if folded and folded in seen:
            checklist.add(f"labels[{position}].name", "duplicate", f"{show(spec.name)} is in the set already")
        seen.add(folded)
