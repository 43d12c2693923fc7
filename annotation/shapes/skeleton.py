"""The skeleton of a label: which points are marked, in which order, and which of them a line joins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotation.shapes.problems import Checklist, is_plain_text, join, number, show

POINTS_AT_MOST = 100
EDGES_AT_MOST = 500
NAME_LENGTH = 100

_KEYS = frozenset({"points", "edges", "flip_pairs", "sigmas"})
Pair = tuple[str, str]


@dataclass(frozen=True)
class Skeleton:
    """`points`: names in the order they are marked; `edges`: pairs of names that a line joins.

    `flip_pairs`: names that change places in a mirror, e.g. left and right eye. `sigmas`: for each point how far
    careful people differ, as COCO's keypoint similarity (OKS) takes it; none = a common value.
    """

    points: tuple[str, ...]
    edges: tuple[Pair, ...] = ()
    flip_pairs: tuple[Pair, ...] = ()
    sigmas: tuple[float, ...] | None = None

    def as_json(self) -> dict[str, Any]:
        """What `parse_skeleton` reads."""
        return {
            "points": [*self.points],
            "edges": [[*pair] for pair in self.edges],
            "flip_pairs": [[*pair] for pair in self.flip_pairs],
            "sigmas": None if self.sigmas is None else [*self.sigmas],
        }

    @classmethod
    def read(cls, table: Mapping[str, Any]) -> Skeleton:
        """The skeleton that `as_json` gave `table` of; nothing is checked again."""
        return cls(
            points=tuple(table["points"]),
            edges=tuple((a, b) for a, b in table["edges"]),
            flip_pairs=tuple((a, b) for a, b in table["flip_pairs"]),
            sigmas=None if table["sigmas"] is None else tuple(table["sigmas"]),
        )


def parse_skeleton(value: object, *, where: str, checklist: Checklist) -> Skeleton | None:
    """Read `{points, edges?, flip_pairs?, sigmas?}`; what is wrong goes to the checklist."""
    table = checklist.table(value, where=where, keys=_KEYS)
    if table is None:
        return None
    points = _parse_points(table.get("points"), where=join(where, "points"), checklist=checklist)
    edges = _parse_pairs(table.get("edges"), points=points, where=join(where, "edges"), checklist=checklist)
    flips_at = join(where, "flip_pairs")
    flips = _parse_pairs(table.get("flip_pairs"), points=points, where=flips_at, checklist=checklist)
    flipped = [name for pair in flips for name in pair]
    if len(set(flipped)) < len(flipped):
        checklist.add(flips_at, "duplicate", "a point is in two pairs")
    sigmas = _parse_sigmas(table.get("sigmas"), points=points, where=join(where, "sigmas"), checklist=checklist)
    return Skeleton(points=points, edges=edges, flip_pairs=flips, sigmas=sigmas)


def _parse_points(value: object, *, where: str, checklist: Checklist) -> tuple[str, ...]:
    names = checklist.sequence(value, where=where)
    if len(names) > POINTS_AT_MOST:
        checklist.add(where, "too_many", f"{len(names)} points; at most {POINTS_AT_MOST}")
        return ()
    if not names and isinstance(value, list | tuple):
        checklist.add(where, "required", "a skeleton needs at least one point")
    points: list[str] = []
    for index, name in enumerate(names):
        at = f"{where}[{index}]"
        if not isinstance(name, str) or not name.strip():
            checklist.add(at, "required", "a point needs a name")
        elif len(name.strip()) > NAME_LENGTH or not is_plain_text(name.strip()):
            checklist.add(at, "plain_text", f"must be plain text of at most {NAME_LENGTH} characters in one line")
        elif name.strip() in points:
            checklist.add(at, "duplicate", f"{show(name)} is in the skeleton already")
        else:
            points.append(name.strip())
    return tuple(points)


def _parse_pairs(value: object, *, points: tuple[str, ...], where: str, checklist: Checklist) -> tuple[Pair, ...]:
    pairs: list[Pair] = []
    rows = [] if value is None else checklist.sequence(value, where=where)
    if len(rows) > EDGES_AT_MOST:
        checklist.add(where, "too_many", f"{len(rows)} pairs; at most {EDGES_AT_MOST}")
        return ()
    for index, row in enumerate(rows):
        given = list(row) if isinstance(row, list | tuple) else []
        names = [name for name in given if name in points]
        if len(names) != 2 or names != given or names[0] == names[1]:
            checklist.add(f"{where}[{index}]", "points", "must be the names of two different points of the skeleton")
        elif (names[0], names[1]) in pairs or (names[1], names[0]) in pairs:
            checklist.add(f"{where}[{index}]", "duplicate", f"{show(names[0])} and {show(names[1])} are a pair already")
        else:
            pairs.append((names[0], names[1]))
    return tuple(pairs)


def _parse_sigmas(
    value: object, *, points: tuple[str, ...], where: str, checklist: Checklist
) -> tuple[float, ...] | None:
    if value is None:
        return None
    rows = checklist.sequence(value, where=where)
    sigmas = tuple(found for row in rows[: POINTS_AT_MOST + 1] if (found := number(row)) is not None and 0 < found <= 1)
    if len(rows) != len(points) or len(sigmas) != len(rows):
        checklist.add(where, "range", f"must be {len(points)} numbers, one a point, above 0 and at most 1")
    return sigmas
