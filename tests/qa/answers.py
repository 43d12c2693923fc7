"""Answers in few words, and hypothesis's ways to make crowds of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st

from annotation.geometry import rle
from annotation.shapes import Answer, Box, Keypoints, Mask, Polygon, Shape
from qa.verdict import Policy, WorkerAnswer

WIDTH, HEIGHT = 640, 480
LABELS = ("can", "bag")
FAR = ((0, 0, 50, 50), (100, 0, 50, 50), (200, 0, 50, 50), (300, 0, 50, 50), (400, 0, 50, 50), (500, 0, 50, 50))
"""Six boxes far from each other."""


def box(x: float, y: float, w: float, h: float, label: str = "can") -> Box:
    return Box(label, (float(x), float(y), float(w), float(h)))


def boxes(*some: Sequence[float], label: str = "can") -> tuple[Box, ...]:
    return tuple(box(*each, label=label) for each in some)


def polygon(*corners: tuple[float, float], label: str = "can", **attributes: object) -> Polygon:
    """One ring through the corners."""
    return Polygon(label, (tuple(float(value) for corner in corners for value in corner),), attributes)


def rectangle(x: float, y: float, w: float, h: float, label: str = "can") -> Polygon:
    return polygon((x, y), (x + w, y), (x + w, y + h), (x, y + h), label=label)


def mask(x: int, y: int, w: int, h: int, label: str = "can", mode: str = "instance") -> Mask:
    """A mask of WIDTH × HEIGHT whose pixels inside are a rectangle."""
    pixels = np.zeros((HEIGHT, WIDTH), dtype=bool)
    pixels[y : y + h, x : x + w] = True
    return Mask(label, mode, (HEIGHT, WIDTH), rle.encode(pixels))


def area(x: int, y: int, w: int, h: int, label: str = "can") -> Mask:
    """The same as a semantic mask."""
    return mask(x, y, w, h, label, "semantic")


def points(*some: tuple[float, float, int], label: str = "can") -> Keypoints:
    return Keypoints(label, tuple(float(value) for point in some for value in point))


def given(key: str, *shapes: Shape, tags: Sequence[str] = (), weight: float = 1.0) -> WorkerAnswer:
    """One worker's answer; no shapes and no tags says `empty`."""
    answer = Answer(WIDTH, HEIGHT, tuple(tags), shapes, empty=not shapes and not tags)
    return WorkerAnswer(key, answer, weight)


def asks(**changes: object) -> Policy:
    return Policy.from_json(changes)


coordinates = st.integers(0, 300).map(lambda n: n / 2)
sides = st.integers(2, 300).map(lambda n: n / 2)
a_box = st.builds(
    lambda x, y, w, h, label: box(x, y, w, h, label), coordinates, coordinates, sides, sides, st.sampled_from(LABELS)
)
an_answer = st.lists(a_box, max_size=5).map(tuple)
a_weight = st.sampled_from([0.25, 0.5, 1.0, 1.5, 2.0, 3.0])


@st.composite
def crowds(draw: st.DrawFn, smallest: int = 1) -> list[WorkerAnswer]:
    """Answers whose boxes often nearly agree: most are drawn from a few places."""
    places = draw(st.lists(a_box, min_size=1, max_size=4))
    nudges = st.integers(-6, 6)
    crowd = []
    for number in range(draw(st.integers(smallest, 5))):
        shapes = [
            box(
                place.bbox[0] + draw(nudges),
                place.bbox[1] + draw(nudges),
                *place.bbox[2:],
                draw(st.sampled_from(LABELS)),
            )
            for place in places
            if draw(st.integers(0, 3))
        ]
        shapes += draw(st.lists(a_box, max_size=1))
        tags = draw(st.lists(st.sampled_from(["night", "rain"]), unique=True))
        crowd.append(given(f"w{number}", *shapes, tags=tags, weight=draw(a_weight)))
    return crowd


@st.composite
def mixed_crowds(draw: st.DrawFn) -> list[WorkerAnswer]:
    """The same with shapes of every type; at most one semantic mask of each label in an answer."""
    nudges = st.integers(0, 6)
    crowd = []
    for number in range(draw(st.integers(1, 4))):
        shapes: list[Shape] = []
        for x, y, w, h in FAR[: draw(st.integers(0, 3))]:
            x, y = x + draw(nudges), y + draw(nudges)
            make = draw(st.sampled_from([box, rectangle, mask, _a_pair]))
            shapes.append(make(x, y, w, h, draw(st.sampled_from(LABELS))))
        if draw(st.booleans()):
            shapes.append(area(FAR[4][0] + draw(nudges), 0, 50, 50))
        crowd.append(given(f"w{number}", *shapes, weight=draw(a_weight)))
    return crowd


def _a_pair(x: float, y: float, w: float, h: float, label: str) -> Keypoints:
    return points((x, y, 2), (x + w, y + h, 1), label=label)
