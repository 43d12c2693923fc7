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
from scipy.ndimage import find_objects

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
    seen: list[int] = field(default_factory=list)

    def put(self, sprite: Image.Image, label: str, x: int, y: int) -> None:
        """Paste an item with a soft shadow unless it would hide too much of an earlier one."""
        solid = np.asarray(sprite.getchannel("A")) > 127
        height, width = self.owner.shape
        left, top = max(0, x), max(0, y)
        right, bottom = min(width, x + sprite.width), min(height, y + sprite.height)
        solid = solid[top - y : bottom - y, left - x : right - x]
        if not self._cover(self.owner[top:bottom, left:right][solid]):
            return
        shade = Image.new("L", (sprite.width + 40, sprite.height + 40), 0)
        shade.paste(sprite.getchannel("A").point(lambda value: value * 42 // 100), (20, 20))
        self.picture.paste((14, 10, 16), (x - 10, y - 16), shade.filter(ImageFilter.GaussianBlur(9)))
        self.picture.paste(sprite, (x, y), sprite)
        self.labels.append(label)
        self.whole.append(int(solid.sum()))
        self.seen.append(self.whole[-1])
        self.owner[top:bottom, left:right][solid] = len(self.labels)

    def _cover(self, under: NDArray[np.int32]) -> bool:
        """Note what is hidden of the items under these pixels; False, and nothing noted, if it were too much."""
        hidden = np.bincount(under, minlength=len(self.labels) + 1)[1:]
        left = [seen - int(gone) for seen, gone in zip(self.seen, hidden, strict=True)]
        if any(rest < LEAST_SEEN * whole for rest, whole in zip(left, self.whole, strict=True)):
            return False
        self.seen = left
        return True

    def boxes(self) -> tuple[TruthBox, ...]:
        """What is seen of each item, in pixels of the finished picture."""
        found = []
        for label, spot in zip(self.labels, find_objects(self.owner, len(self.labels)), strict=True):
            rows, columns = spot
            x, y = columns.start / FINE, rows.start / FINE
            found.append(TruthBox(label, x, y, columns.stop / FINE - x, rows.stop / FINE - y))
        return tuple(found)


@dataclass(frozen=True)
class _Group:
    """A product that stands on the shelf `items` times, each `step` after the one before; all in fine pixels."""

    label: str
    design: int
    items: int
    wide: int
    tall: int
    step: float

    @property
    def width(self) -> int:
        """From the left side of the first to the right side of the last."""
        return round((self.items - 1) * self.step) + self.wide


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
    shelves = int(rng.choice((2, 2, 3)))
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
    finished = canvas.picture.reduce(FINE)
    truth = Truth(width=width, height=height, boxes=canvas.boxes(), tags=(TAG,) if promoted else ())
    return Scene(name=f"shelf-{seed}-{number:04d}.jpg", image=finished, truth=truth)


def _fill_shelf(canvas: _Canvas, rng: Generator, *, floor: int, room: int, edge: int) -> None:
    """Groups of one product over the whole width, some close enough to hide a little of each other; price cards."""
    groups = _plan_shelf(rng, width=canvas.picture.width, room=room)
    spare = max(0, canvas.picture.width - sum(group.width for group in groups))
    gaps = rng.dirichlet(np.full(len(groups) + 1, 3.0)) * spare
    x = float(gaps[0])
    for group, gap in zip(groups, gaps[1:], strict=True):
        if rng.random() < 0.75:
            offer = bool(rng.random() < 0.25)
            spot = (round(x) + 4 * FINE, floor + edge // 7)
            shelving.price_card(scene=canvas.picture, rng=rng, spot=spot, height=round(edge * 0.72), offer=offer)
        for item in range(group.items):
            _stand(canvas, rng, group, round(x + item * group.step), floor)
        x += group.width + gap


def _plan_shelf(rng: Generator, *, width: int, room: int) -> list[_Group]:
    """Products until the shelf is as full as it shall be."""
    full = width * rng.uniform(0.55, 0.9)
    close = rng.random() < 0.5
    groups: list[_Group] = []
    while len(groups) < 5:
        label = LABELS[int(rng.random() < 0.45)]
        tall = room * (rng.uniform(0.48, 0.64) if label == "can" else rng.uniform(0.64, 0.84))
        wide = tall * (rng.uniform(0.5, 0.58) if label == "can" else rng.uniform(0.66, 0.8))
        step = wide * (rng.uniform(0.7, 0.95) if close else rng.uniform(1.04, 1.2))
        items = int(rng.choice((1, 2, 3) if label == "can" else (1, 1, 2)))
        group = _Group(label, int(rng.integers(7)), items, round(wide), round(tall), step)
        if sum(other.width for other in groups) + group.width > full:
            break
        groups.append(group)
    return groups


def _stand(canvas: _Canvas, rng: Generator, group: _Group, x: int, floor: int) -> None:
    """Put one item with its foot near (x, floor); now and then a can lies or a bag leans."""
    draw_item = packaging.can if group.label == "can" else packaging.bag
    sprite = draw_item(rng=rng, design=group.design, width=group.wide, height=group.tall)
    if group.label == "bag" and rng.random() < 0.6:
        sprite = sprite.rotate(float(rng.normal(0, 4)), Image.Resampling.BICUBIC, expand=True)
    elif group.label == "can" and rng.random() < 0.06:
        sprite = sprite.rotate(90 if rng.random() < 0.5 else -90, expand=True)
    box = sprite.getchannel("A").point(lambda value: 255 if value > 127 else 0).getbbox()
    assert box is not None, "an item has pixels"
    sprite = sprite.crop(box)
    canvas.put(sprite, group.label, x, floor - sprite.height - int(rng.integers(0, 6)) * FINE // 2 + 2)


def _hang_sign(canvas: _Canvas, rng: Generator, *, edge: int, room: int, shelves: int) -> None:
    """A sale sign on the edge of one board; it may hide a little of what stands below."""
    shelf = int(rng.integers(shelves))
    radius = round(edge * rng.uniform(0.85, 1.1))
    x = int(rng.integers(radius, canvas.picture.width - radius))
    y = (shelf + 1) * room + shelf * edge + edge // 2
    y = min(y, canvas.picture.height - radius - 4)
    mask = shelving.promotion(scene=canvas.picture, rng=rng, x=x, y=y, radius=radius)
    canvas.owner[np.asarray(mask) > 127] = 0
