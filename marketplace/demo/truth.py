"""What is really on a picture, as the demo knows it. Pure, and read defensively: real files hold odd boxes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class TruthBox:
    """One object: its label, left upper corner and size in pixels."""

    label: str
    x: float
    y: float
    w: float
    h: float

    @property
    def bbox(self) -> tuple[float, float, float, float]:
        """x, y, w, h."""
        return self.x, self.y, self.w, self.h


@dataclass(frozen=True)
class Truth:
    """Everything on one picture of `width` × `height` pixels."""

    width: int
    height: int
    boxes: tuple[TruthBox, ...]
    tags: tuple[str, ...] = ()


def clipped(*, boxes: Iterable[TruthBox], width: int, height: int, least: float = 1.0) -> tuple[TruthBox, ...]:
    """The boxes cut to the picture; those that are not numbers or keep less than `least` pixels a side are dropped."""
    kept = []
    for box in boxes:
        if not all(math.isfinite(value) for value in box.bbox):
            continue
        left, top = max(0.0, box.x), max(0.0, box.y)
        right, bottom = min(float(width), box.x + box.w), min(float(height), box.y + box.h)
        if right - left >= least and bottom - top >= least:
            kept.append(TruthBox(box.label, left, top, right - left, bottom - top))
    return tuple(kept)
