"""Answers that agree: boxes known by the size of the picture, each worker's hand a little off. Knows no Django."""

from __future__ import annotations

from random import Random

LABELS = ("car", "person", "sign")
# Each picture of a measurement has a size of its own, so that who labels it knows which one it is.
COLUMNS = 1000


def size_of(number: int) -> tuple[int, int]:
    """Width and height of the picture with this number."""
    return 1000 + number % COLUMNS, 1000 + number // COLUMNS


def number_of(width: int, height: int) -> int:
    """The number of the picture of this size."""
    return (width - 1000) + (height - 1000) * COLUMNS


def annotation(*, width: int, height: int, dice: Random) -> str:
    """Three boxes as JSON text of about 410 bytes, where everybody sees them, give or take three pixels."""
    number, boxes = number_of(width, height), []
    for place in range(3):
        left = 40 + 310 * place + number % 37 + dice.random() * 3
        top = 200 + 60 * place + number % 41 + dice.random() * 3
        boxes.append(
            f'{{"type": "box", "label": "{LABELS[(number + place) % 3]}", "attributes": {{}}, '
            f'"bbox": [{left:.1f}, {top:.1f}, {240 + number % 23}.0, {300 + number % 29}.0]}}'
        )
    return (
        f'{{"schema": 1, "image": {{"width": {width}, "height": {height}}}, "tags": [], "empty": false, '
        f'"timing": {{"elapsed_ms": {9000 + number % 80000}, "active_ms": {5000 + number % 4000}}}, '
        f'"shapes": [{", ".join(boxes)}]}}'
    )
