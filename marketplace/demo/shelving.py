"""Pictures of the shop itself: wall, boards, price cards, the sign of a promotion. Pure."""

from __future__ import annotations

import math

import numpy as np
from numpy.random import Generator
from PIL import Image, ImageDraw, ImageFilter

from marketplace.demo.packaging import Color, font

# Wall above, wall below, board, its front edge.
STYLES: tuple[tuple[Color, Color, Color, Color], ...] = (
    ((238, 233, 224), (206, 198, 186), (176, 128, 84), (138, 96, 60)),  # oak before a cream wall
    ((222, 230, 236), (182, 194, 206), (236, 240, 243), (198, 205, 212)),  # white steel before blue grey
    ((214, 226, 214), (172, 190, 174), (214, 186, 146), (176, 146, 106)),  # birch before sage
    ((92, 98, 112), (58, 62, 74), (74, 78, 88), (48, 51, 59)),  # dark steel
)


def wall(*, rng: Generator, style: int, width: int, height: int) -> Image.Image:
    """The back of the shelf: a soft gradient with light from above and a fine grain."""
    above, below, _, _ = STYLES[style % len(STYLES)]
    # Half the size is fine enough for a gradient; blown up again it costs a quarter.
    down = np.linspace(0, 1, height // 2, dtype=np.float32)[:, None, None]
    across = np.linspace(-1, 1, width // 2, dtype=np.float32)[None, :, None]
    ground = np.array(above, np.float32) * (1 - down) + np.array(below, np.float32) * down
    lamp = 1.06 - 0.2 * (across - np.float32(rng.uniform(-0.4, 0.4))) ** 2
    grain = rng.standard_normal((height // 2, width // 2, 1), dtype=np.float32) * 2
    small = Image.fromarray(np.clip(ground * lamp + grain, 0, 255).astype(np.uint8), "RGB")
    return small.resize((width, height), Image.Resampling.BILINEAR)


def recess(*, scene: Image.Image, top: int, bottom: int) -> None:
    """Darken the wall below a board, strongest at the top: the shadow that the board throws."""
    shadow = Image.new("L", (1, bottom - top))
    shadow.putdata([round(105 * math.exp(-3.2 * y / (bottom - top))) for y in range(bottom - top)])
    dark = Image.new("RGB", (scene.width, bottom - top), (22, 20, 26))
    scene.paste(dark, (0, top), shadow.resize(dark.size))


def board(*, scene: Image.Image, style: int, y: int, edge: int) -> None:
    """A board whose top surface ends at `y`, and its front edge of `edge` pixels below."""
    _, _, surface, front = STYLES[style % len(STYLES)]
    pen = ImageDraw.Draw(scene)
    depth = edge // 2
    for row in range(depth):
        share = row / max(1, depth - 1)
        pen.line(
            (0, y - depth + row, scene.width, y - depth + row),
            fill=tuple(round(c * (0.72 + 0.28 * share)) for c in surface),
        )
    for row in range(edge):
        share = 1.08 - 0.35 * row / edge
        pen.line((0, y + row, scene.width, y + row), fill=tuple(min(255, round(c * share)) for c in front))
    pen.line((0, y, scene.width, y), fill=tuple(min(255, c + 34) for c in surface), width=max(1, edge // 14))


def price_card(*, scene: Image.Image, rng: Generator, spot: tuple[int, int], height: int, offer: bool) -> None:
    """A price card, its left upper corner at `spot`; yellow for offers."""
    x, y = spot
    width = round(height * 1.7)
    pen = ImageDraw.Draw(scene)
    pen.rounded_rectangle((x + 2, y + 3, x + width + 2, y + height + 3), height // 8, fill=(30, 28, 32))
    pen.rounded_rectangle((x, y, x + width, y + height), height // 8, fill=(255, 221, 64) if offer else (252, 251, 247))
    price = f"{rng.integers(0, 5)}.{rng.choice((19, 29, 49, 79, 95, 99))}"
    ink = (190, 24, 34) if offer else (38, 40, 46)
    pen.text((x + width * 0.6, y + height * 0.42), price, fill=ink, anchor="mm", font=font(round(height * 0.56)))
    for bar in range(6):
        left = x + width * 0.07 + bar * width * 0.032
        pen.line(
            (left, y + height * 0.2, left, y + height * 0.66), fill=(60, 60, 66), width=1 + int(rng.integers(0, 3))
        )
    pen.line((x + width * 0.08, y + height * 0.82, x + width * 0.9, y + height * 0.82), fill=(150, 150, 154), width=2)


def promotion(*, scene: Image.Image, rng: Generator, x: int, y: int, radius: int) -> Image.Image:
    """Hang a star that says SALE at (x, y); returns its mask, the size of the scene."""
    mask = Image.new("L", scene.size, 0)
    turn = rng.uniform(0, math.pi)
    points = []
    for tip in range(28):
        reach = radius * (1.0 if tip % 2 else 0.84)
        angle = turn + tip * math.pi / 14
        points.append((x + reach * math.cos(angle), y + reach * math.sin(angle)))
    ImageDraw.Draw(mask).polygon(points, fill=255)
    shade = mask.filter(ImageFilter.GaussianBlur(radius // 8))
    scene.paste((20, 16, 20), (4, 7), shade.point(lambda value: value * 45 // 100))
    scene.paste((222, 34, 48), (0, 0), mask)
    pen = ImageDraw.Draw(scene)
    inner = radius * 0.74
    pen.ellipse((x - inner, y - inner, x + inner, y + inner), outline=(255, 255, 255), width=max(2, radius // 18))
    pen.text((x, y - radius * 0.16), "SALE", fill=(255, 255, 255), anchor="mm", font=font(round(radius * 0.5)))
    pen.text(
        (x, y + radius * 0.3),
        f"-{rng.choice((10, 20, 25, 30))}%",
        fill=(255, 226, 96),
        anchor="mm",
        font=font(round(radius * 0.42)),
    )
    return mask
