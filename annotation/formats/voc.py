"""Pascal VOC annotation files: one XML file an image, boxes as corners."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Never
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

BYTES_AT_MOST = 5_000_000
OBJECTS_AT_MOST = 20_000
DEPTH_AT_MOST = 20

VocBox = tuple[str, float, float, float, float]


class VocRefused(ValueError):
    """Not a Pascal VOC file we read; the message names the element and what is wrong."""


@dataclass(frozen=True)
class VocImage:
    """`name` of the picture's file, its pixels, and (label, x, y, width, height) of each box, in pixels."""

    name: str
    width: int
    height: int
    boxes: tuple[VocBox, ...]


def parse(xml: bytes) -> VocImage:
    """Read one file. Boxes are given as they stand: those of real datasets may be empty or outside the image.

    Corners are taken as positions (width = xmax - xmin), as LabelImg and CVAT write them, not as the counted
    pixels of the first VOC devkit. Raises VocRefused for anything else, also for a DTD or entities.
    """
    root = _tree(xml)
    if root.tag != "annotation":
        raise VocRefused(f"the root is <{root.tag[:40]}>, not <annotation>")
    objects = root.findall("object")
    if len(objects) > OBJECTS_AT_MOST:
        raise VocRefused(f"{len(objects)} objects; at most {OBJECTS_AT_MOST}")
    return VocImage(
        name=_text(root, "filename", where="annotation"),
        width=int(_number(root, "size/width", where="annotation")),
        height=int(_number(root, "size/height", where="annotation")),
        boxes=tuple(_box(each, where=f"object[{index}]") for index, each in enumerate(objects)),
    )


def _box(each: Element, *, where: str) -> VocBox:
    label = _text(each, "name", where=where)
    left, top, right, bottom = (
        _number(each, f"bndbox/{corner}", where=where) for corner in ("xmin", "ymin", "xmax", "ymax")
    )
    if right < left or bottom < top:
        raise VocRefused(f"{where}/bndbox: the corners are the wrong way round")
    return (label, left, top, right - left, bottom - top)


def _text(element: Element, path: str, *, where: str) -> str:
    text = (element.findtext(path) or "").strip()
    if not text:
        raise VocRefused(f"{where}/{path} is missing")
    return text


def _number(element: Element, path: str, *, where: str) -> float:
    text = _text(element, path, where=where)
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise VocRefused(f"{where}/{path}: {text[:40]!r} is not a number")
    return value


def _tree(xml: bytes) -> Element:
    """The elements of a document without a DTD: no entities to expand, nothing to fetch."""
    if len(xml) > BYTES_AT_MOST:
        raise VocRefused(f"{len(xml)} bytes; at most {BYTES_AT_MOST}")
    builder = TreeBuilder()
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEPTH_AT_MOST:
            raise VocRefused(f"elements nest deeper than {DEPTH_AT_MOST}")
        builder.start(tag, attributes)

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(tag)

    def doctype(*_: Any) -> Never:
        raise VocRefused("a DTD is not taken, because entities can be made to explode")

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = doctype
    try:
        parser.Parse(xml, True)
    except (expat.ExpatError, LookupError, ValueError) as fault:
        if isinstance(fault, VocRefused):
            raise
        raise VocRefused(f"not well-formed XML: {fault}") from fault
    return builder.close()
