"""Simulated eyes: which of the known pictures is the one that was handed out?

A claim shows a worker a picture and no name. People look at it; simulated workers compare it with thumbnails of the
pictures whose truth they know. Renditions are re-encoded and so never the same bytes, but at this size the same view.
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

SIDE = 32  # pixels of a thumbnail
FARTHEST = 24.0  # mean difference of a grey value (0–255) beyond which nothing is recognised


class NotRecognised(LookupError):
    """The picture is none of those that are known."""


def thumbnail(*, data: bytes) -> NDArray[np.float32]:
    """The picture, upright, as SIDE × SIDE × 3 values from 0 to 255, flattened."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)
        with Image.open(io.BytesIO(data)) as opened:
            opened.draft("RGB", (SIDE * 4, SIDE * 4))
            upright = ImageOps.exif_transpose(opened)
            small = upright.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float32).reshape(-1)


@dataclass
class Album:
    """The known pictures, each with the number under which it is known."""

    rows: list[NDArray[np.float32]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    _table: NDArray[np.float32] | None = None

    def learn(self, *, data: bytes, number: int) -> None:
        """Remember a picture under this number."""
        self.rows.append(thumbnail(data=data))
        self.numbers.append(number)
        self._table = None

    def recognise(self, *, data: bytes) -> int:
        """The number of the known picture nearest to this one. Raises NotRecognised when none is near."""
        if not self.rows:
            raise NotRecognised("no picture is known")
        table = np.stack(self.rows) if self._table is None else self._table
        self._table = table
        distance = np.abs(table - thumbnail(data=data)).mean(axis=1)
        nearest = int(distance.argmin())
        if distance[nearest] > FARTHEST:
            raise NotRecognised(f"the nearest known picture differs by {distance[nearest]:.0f} grey values")
        return self.numbers[nearest]
