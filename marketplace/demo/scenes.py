"""Small scenes of shelves with cans and bags, drawn with their exact truth. Pure: the seed decides everything.

A truth box is the box of the pixels of an item that can be seen: what another item or a sign hides does not count.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from marketplace.demo import packaging, shelving
from marketplace.demo.truth import Truth, TruthBox

LABELS = ("can", "bag")
TAG = "promotion"
SIZES = ((640, 480), (720, 540), (800, 600))
FINE = 2  # everything is drawn this much larger, then scaled down: smooth edges
LEAST_SEEN = 0.4  # share of an item's pixels that must stay visible


@dataclass(frozen=True)
class Scene:
    """A drawn picture, RGB, and what is on it."""

    name: str
    image: Image.Image
    truth: Truth

    def png(self) -> bytes:
        """The picture as a PNG file."""
        file = io.BytesIO()
        self.image.save(file, "PNG", compress_level=3)
        return file.getvalue()

    def jpeg(self) -> bytes:
        """The picture as a JPEG file."""
        file = io.BytesIO()
        self.image.save(file, "JPEG", quality=90)
        return file.getvalue()


@dataclass
class _Canvas:
    """The picture in the making, and for each pixel the number of the item seen there (0: none)."""

    picture: Image.Image
    owner: NDArray[np.int32]
    labels: list[str] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)

    def put(self, sprite: Image.Image, label: str, x: int, y: int) -> None:
        """Paste an item with a soft shadow unless it would hide too much of an earlier one."""
        solid = np.asarray(sprite.getchannel("A")) > 127
        height, width = self.owner.shape
        left, top = max(0, x), max(0, y)
        right, bottom = min(width, x + sprite.width), min(height, y + sprite.height)
        solid = solid[top - y : bottom - y, left - x : right - x]
        if self._hides_too_much(solid, (slice(top, bottom), slice(left, right))):
            return
        shade = Image.new("L", (sprite.width + 40, sprite.height + 40), 0)
        shade.paste(sprite.getchannel("A").point(lambda value: value * 42 // 100), (20, 20))
        self.picture.paste((14, 10, 16), (x - 10, y - 16), shade.filter(ImageFilter.GaussianBlur(9)))
        self.picture.paste(sprite, (x, y), sprite)
        self.labels.append(label)
        self.whole.append(int(solid.sum()))
        self.owner[top:bottom, left:right][solid] = len(self.labels)

    def _hides_too_much(self, solid: NDArray[np.bool_], where: tuple[slice, slice]) -> bool:
        under = self.owner[where][solid]
        for item in np.unique(under[under > 0]):
            left = int((self.owner == item).sum()) - int((under == item).sum())
            if left < LEAST_SEEN * self.whole[item - 1]:
                return True
        return False

    def boxes(self) -> tuple[TruthBox, ...]:
        """What is seen of each item, in pixels of the finished picture."""
        found = []
        for number, label in enumerate(self.labels, start=1):
            rows, columns = np.nonzero(self.owner == number)
            x, y = columns.min() / FINE, rows.min() / FINE
            w, h = (columns.max() + 1) / FINE - x, (rows.max() + 1) / FINE - y
            found.append(TruthBox(label, float(x), float(y), float(w), float(h)))
        return tuple(found)


def draw(*, seed: int, number: int) -> Scene:
    """The scene with this number in the series of this seed."""
    rng = np.random.default_rng([seed, number])
    width, height = SIZES[int(rng.integers(len(SIZES)))]
    style = int(rng.integers(len(shelving.STYLES)))
    fine_width, fine_height = width * FINE, height * FINE
    canvas = _Canvas(
        picture=shelving.wall(rng=rng, style=style, width=fine_width, height=fine_height),
        owner=np.zeros((fine_height, fine_width), np.int32),
    )
    shelves = int(rng.integers(2, 4))
    edge = round(fine_height * 0.062)
    room = (fine_height - shelves * edge) // shelves
    for shelf in range(shelves):
        floor = (shelf + 1) * room + shelf * edge
        shelving.recess(scene=canvas.picture, top=floor - room, bottom=floor)
        shelving.board(scene=canvas.picture, style=style, y=floor, edge=edge)
        _fill_shelf(canvas, rng, floor=floor, room=room, edge=edge)
    promoted = bool(rng.random() < 0.4)
    if promoted:
        _hang_sign(canvas, rng, edge=edge, room=room, shelves=shelves)
    finished = canvas.picture.resize((width, height), Image.Resampling.LANCZOS)
    truth = Truth(width=width, height=height, boxes=canvas.boxes(), tags=(TAG,) if promoted else ())
    return Scene(name=f"shelf-{seed}-{number:04d}.jpg", image=finished, truth=truth)


def _fill_shelf(canvas: _Canvas, rng: Generator, *, floor: int, room: int, edge: int) -> None:
    """Groups of one product side by side, some pushed over a neighbour; price cards below."""
    x = int(rng.integers(10, 60)) * FINE
    end = canvas.picture.width - 20 * FINE
    crowded = rng.random() < 0.5
    while x < end - room // 4:
        label = LABELS[int(rng.random() < 0.45)]
        design = int(rng.integers(7))
        tall = round(room * (rng.uniform(0.46, 0.62) if label == "can" else rng.uniform(0.6, 0.8)))
        wide = round(tall * (rng.uniform(0.5, 0.58) if label == "can" else rng.uniform(0.66, 0.8)))
        if rng.random() < 0.7:
            offer = bool(rng.random() < 0.25)
            card = round(edge * 0.72)
            shelving.price_card(
                scene=canvas.picture, rng=rng, x=x + 6 * FINE, y=floor + edge // 7, height=card, offer=offer
            )
        for _ in range(int(rng.integers(1, 4 if label == "can" else 3))):
            if x + wide > end:
                break
            _stand(canvas, rng, label, design, (x, floor, wide, tall))
            x += round(wide * (rng.uniform(0.74, 1.08) if crowded else rng.uniform(1.04, 1.16)))
        x += round(rng.uniform(0.05, 0.5) * wide)


def _stand(
    canvas: _Canvas, rng: Generator, label: str, design: int, spot: tuple[int, int, int, int]
) -> None:
    """Put one item with its foot near (x, floor); now and then a can lies or a bag leans."""
    x, floor, wide, tall = spot
    draw_item = packaging.can if label == "can" else packaging.bag
    sprite = draw_item(rng=rng, design=design, width=wide, height=tall)
    if label == "bag" and rng.random() < 0.6:
        sprite = sprite.rotate(float(rng.normal(0, 4)), Image.Resampling.BICUBIC, expand=True)
    elif label == "can" and rng.random() < 0.06:
        sprite = sprite.rotate(90 if rng.random() < 0.5 else -90, expand=True)
    box = sprite.getchannel("A").point(lambda value: 255 if value > 127 else 0).getbbox()
    assert box is not None, "an item has pixels"
    sprite = sprite.crop(box)
    canvas.put(sprite, label, x, floor - sprite.height - int(rng.integers(0, 6)) * FINE // 2 + 2)


def _hang_sign(canvas: _Canvas, rng: Generator, *, edge: int, room: int, shelves: int) -> None:
    """A sale sign on the edge of one board; it may hide a little of what stands below."""
    shelf = int(rng.integers(shelves))
    radius = round(edge * rng.uniform(0.85, 1.1))
    x = int(rng.integers(radius, canvas.picture.width - radius))
    y = (shelf + 1) * room + shelf * edge + edge // 2
    y = min(y, canvas.picture.height - radius - 4)
    mask = shelving.promotion(scene=canvas.picture, rng=rng, x=x, y=y, radius=radius)
    canvas.owner[np.asarray(mask) > 127] = 0
