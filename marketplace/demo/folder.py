"""Pictures to label: a folder of photographs, with or without truth beside it, or scenes drawn for the purpose."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from annotation.formats import voc
from marketplace.demo import scenes
from marketplace.demo.crowd import Labels
from marketplace.demo.truth import Truth, TruthBox, clipped

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"})
PRETENDED = "object"  # the label of objects that are only pretended
_TURNED = frozenset({5, 6, 7, 8})  # EXIF orientations that swap width and height
_ORIENTATION = 0x0112


class FolderRefused(ValueError):
    """The folder cannot be used; the message says why."""


@dataclass(frozen=True)
class Picture:
    """One picture: its file name, its bytes or where they are, and what the simulated workers find on it."""

    name: str
    truth: Truth
    path: Path | None = None
    data: bytes = b""

    def read(self) -> bytes:
        """The bytes of the file."""
        return self.path.read_bytes() if self.path else self.data


@dataclass(frozen=True)
class Pictures:
    """What there is to label. `known` is False when the objects are only pretended: then nothing is measured."""

    pictures: tuple[Picture, ...]
    labels: Labels
    known: bool
    notes: tuple[str, ...] = field(default=())


def drawn(*, seed: int, count: int) -> Pictures:
    """`count` scenes of shelves with cans and bags."""

    def picture(number: int) -> Picture:
        scene = scenes.draw(seed=seed, number=number)
        return Picture(name=scene.name, truth=scene.truth, data=scene.jpeg())

    # Pillow lets other threads run while it draws; each scene depends on its own number alone.
    with ThreadPoolExecutor(4) as pool:
        pictures = tuple(pool.map(picture, range(count)))
    return Pictures(pictures=pictures, labels=Labels(boxes=scenes.LABELS, tags=(scenes.TAG,)), known=True)


def photographs(*, images: Path, truth: Path | None = None, limit: int | None = None) -> Pictures:
    """The photographs of a folder in the order of their names, at most `limit`.

    With `truth`, a folder of Pascal VOC files, a photograph belongs to the XML file with its stem; those without one
    are left out and noted. Without `truth`, objects are pretended (see `pretended`). Raises FolderRefused.
    """
    for folder in (images, *([truth] if truth else [])):
        if not folder.is_dir():
            raise FolderRefused(f"{folder} is not a folder.")
    files = sorted(path for path in images.iterdir() if path.suffix.lower() in SUFFIXES and path.is_file())
    if not files:
        raise FolderRefused(f"{images} holds no photographs ({', '.join(sorted(SUFFIXES))}).")
    found, notes = _read_all(files, truth, limit)
    if not found:
        raise FolderRefused(f"No photograph of {images} can be used: {'; '.join(notes[:3])}")
    names = sorted({box.label for picture in found for box in picture.truth.boxes})
    if not names:
        raise FolderRefused(f"{truth} names no object on any of the photographs.")
    return Pictures(pictures=tuple(found), labels=Labels(boxes=tuple(names)), known=truth is not None, notes=notes)


def _read_all(files: Sequence[Path], truth: Path | None, limit: int | None) -> tuple[list[Picture], tuple[str, ...]]:
    found: list[Picture] = []
    notes: list[str] = []
    for path in files:
        if limit is not None and len(found) >= limit:
            break
        try:
            width, height = upright_size(path=path)
            known = (
                _voc_truth(path, truth, width, height) if truth else pretended(path=path, width=width, height=height)
            )
        except FolderRefused as refused:
            notes.append(str(refused))
            continue
        found.append(Picture(name=path.name, truth=known, path=path))
    return found, tuple(notes)


def upright_size(*, path: Path) -> tuple[int, int]:
    """Width and height in pixels once the EXIF orientation is applied. Raises FolderRefused for what is no picture."""
    try:
        with Image.open(path) as opened:
            width, height = opened.size
            turned = opened.getexif().get(_ORIENTATION) in _TURNED
    except (OSError, ValueError, SyntaxError, UnidentifiedImageError, Image.DecompressionBombError) as fault:
        raise FolderRefused(f"{path.name} cannot be read as a picture ({type(fault).__name__}).") from fault
    return (height, width) if turned else (width, height)


def _voc_truth(path: Path, folder: Path, width: int, height: int) -> Truth:
    file = folder / f"{path.stem}.xml"
    if not file.is_file():
        raise FolderRefused(f"{path.name} has no truth: {file.name} is missing.")
    try:
        parsed = voc.parse(file.read_bytes())
    except ValueError as fault:
        raise FolderRefused(f"{file.name} cannot be read: {fault}") from fault
    boxes = [TruthBox(label, x, y, w, h) for label, x, y, w, h in parsed.boxes]
    return Truth(width=width, height=height, boxes=clipped(boxes=boxes, width=width, height=height))


def pretended(*, path: Path, width: int, height: int) -> Truth:
    """Objects the workers pretend to see where no truth is known: three to eight boxes, decided by the file's bytes.

    All workers pretend the same ones, so that the job runs as a real one would; no figure about truth is reported.
    """
    rng = np.random.default_rng(int.from_bytes(hashlib.sha256(path.read_bytes()).digest()[:8], "big"))
    boxes = []
    for _ in range(int(rng.integers(3, 9))):
        w, h = width * rng.uniform(0.08, 0.3), height * rng.uniform(0.08, 0.3)
        x, y = rng.uniform(0, width - w), rng.uniform(0, height - h)
        boxes.append(TruthBox(PRETENDED, float(x), float(y), float(w), float(h)))
    return Truth(width=width, height=height, boxes=clipped(boxes=boxes, width=width, height=height))
