"""Pictures of single cans and bags on a transparent ground. Pure: a generator in, an image out."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Color = tuple[int, int, int]

# Brand, ground colour, accent colour.
CANS: tuple[tuple[str, Color, Color], ...] = (
    ("Polka", (196, 48, 54), (255, 244, 226)),
    ("Brio", (24, 104, 171), (255, 214, 84)),
    ("Mint", (34, 139, 103), (232, 250, 236)),
    ("Sol", (240, 158, 36), (122, 40, 20)),
    ("Nero", (44, 46, 58), (226, 186, 110)),
    ("Lilo", (132, 84, 170), (250, 222, 255)),
    ("Kiri", (228, 226, 218), (196, 60, 70)),
)
BAGS: tuple[tuple[str, Color, Color], ...] = (
    ("Crisp", (222, 70, 48), (255, 226, 120)),
    ("Oats", (205, 172, 118), (96, 62, 36)),
    ("Mocha", (92, 62, 48), (240, 214, 176)),
    ("Chili", (176, 34, 62), (255, 206, 86)),
    ("Sea", (40, 132, 178), (236, 248, 255)),
    ("Basil", (92, 146, 62), (248, 246, 200)),
    ("Nacho", (244, 190, 52), (176, 46, 36)),
)
_STEEL: Color = (188, 194, 202)


def can(*, rng: Generator, design: int, width: int, height: int) -> Image.Image:
    """A drinks can, `width` × `height` pixels, RGBA."""
    brand, ground, accent = CANS[design % len(CANS)]
    rim = max(4, round(width * 0.13))
    sheet = _sheet(brand, ground, accent, width=width * 2, height=height, pattern=design % 3)
    # Wrap the flat sheet around a cylinder: towards the sides it is seen at a slant, so it is squeezed there.
    across = np.linspace(-0.999, 0.999, width)
    columns = ((np.arcsin(across) / np.pi + 0.5) * (sheet.width - 1)).astype(int)
    body = np.asarray(sheet, dtype=float)[:, columns] * _cylinder_light(across)[None, :, None]
    picture = Image.fromarray(np.clip(body, 0, 255).astype(np.uint8), "RGB").convert("RGBA")
    mask = Image.new("L", (width, height), 0)
    pen = ImageDraw.Draw(mask)
    pen.rectangle((0, rim // 2, width, height - rim // 2 - 1), fill=255)
    pen.ellipse((0, 0, width - 1, rim), fill=255)
    pen.ellipse((0, height - rim - 1, width - 1, height - 1), fill=255)
    _lid(picture, rim=rim, across=across)
    picture.putalpha(mask)
    return picture


def bag(*, rng: Generator, design: int, width: int, height: int) -> Image.Image:
    """A pillow bag of snacks, `width` × `height` pixels, RGBA."""
    brand, ground, accent = BAGS[design % len(BAGS)]
    mask = Image.new("L", (width, height), 0)
    ImageDraw.Draw(mask).polygon(_bag_outline(rng, width, height), fill=255)
    sheet = _sheet(brand, ground, accent, width=width, height=height, pattern=3 + design % 2)
    light = _bag_light(rng, mask)
    body = np.asarray(sheet, dtype=np.float32) * light[:, :, None]
    picture = Image.fromarray(np.clip(body, 0, 255).astype(np.uint8), "RGB").convert("RGBA")
    _crimps(picture)
    picture.putalpha(mask)
    return picture


def font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    """The font that comes with Pillow, `size` pixels high."""
    return ImageFont.load_default(max(6, size))


def _sheet(brand: str, ground: Color, accent: Color, *, width: int, height: int, pattern: int) -> Image.Image:
    """The flat printed design: ground, pattern, emblem, name."""
    sheet = Image.new("RGB", (width, height), ground)
    pen = ImageDraw.Draw(sheet)
    dark = _mix(ground, (0, 0, 0), 0.28)
    middle = width // 2
    if pattern == 0:
        for step in range(-height, width, max(8, width // 9)):
            pen.line((step, height, step + height, 0), fill=dark, width=max(2, width // 40))
    elif pattern == 1:
        pen.rectangle((0, round(height * 0.62), width, round(height * 0.8)), fill=accent)
        pen.rectangle((0, round(height * 0.83), width, round(height * 0.86)), fill=accent)
    elif pattern == 2:
        dot = max(2, width // 30)
        for row, y in enumerate(range(0, height, dot * 5)):
            for x in range((row % 2) * dot * 3, width, dot * 6):
                pen.ellipse((x, y, x + dot, y + dot), fill=dark)
    else:
        pen.polygon([(0, height), (0, height * 0.66), (width, height * 0.5), (width, height)], fill=dark)
        pen.line((0, height * 0.66, width, height * 0.5), fill=accent, width=max(2, height // 45))
    face = min(width // 2 if pattern < 3 else width, height)
    radius = face * (0.36 if pattern < 3 else 0.37)
    top = height * (0.42 if pattern < 3 else 0.4)
    pen.ellipse((middle - radius, top - radius * 0.72, middle + radius, top + radius * 0.72), fill=accent)
    pen.text((middle, top), brand, fill=_mix(ground, (0, 0, 0), 0.25), anchor="mm", font=font(round(radius * 0.62)))
    _fruits(pen, pattern, middle, height, face, accent)
    return sheet


def _fruits(pen: ImageDraw.ImageDraw, pattern: int, middle: int, height: int, face: int, accent: Color) -> None:
    """A few round things under the name, as food packages have them."""
    size = face * 0.1
    for index in (-1, 0, 1):
        x, y = middle + index * size * 2.1, height * (0.7 if pattern < 3 else 0.72) + abs(index) * size * 0.6
        fill = _mix(accent, (255, 255, 255), 0.25) if pattern != 1 else _mix(accent, (60, 60, 60), 0.4)
        pen.ellipse((x - size, y - size, x + size, y + size), fill=fill)
        pen.ellipse((x - size * 0.5, y - size * 0.6, x, y - size * 0.1), fill=(255, 255, 255))


def _cylinder_light(across: NDArray[np.float64]) -> NDArray[np.float64]:
    """Brightness over a lit cylinder from left (-1) to right (1)."""
    round_off = np.sqrt(np.clip(1 - across**2, 0, 1))
    shine = np.exp(-(((across + 0.42) / 0.13) ** 2)) * 0.38
    return 0.42 + 0.66 * round_off + shine + 0.1 * np.exp(-(((across - 0.62) / 0.1) ** 2))


def _lid(picture: Image.Image, *, rim: int, across: NDArray[np.float64]) -> None:
    """Steel at the top and the bottom, shoulders, and the opening."""
    width, height = picture.size
    pen = ImageDraw.Draw(picture)
    light = _cylinder_light(across)
    for x in range(width):
        steel = tuple(min(255, round(channel * light[x])) for channel in _STEEL)
        sag = round((1 - across[x] ** 2) ** 0.5 * rim / 2)
        pen.line((x, 0, x, rim // 2 + sag + rim // 3), fill=steel)
        pen.line((x, height - rim + sag - rim // 4, x, height), fill=steel)
    pen.ellipse((0, 0, width - 1, rim), fill=(214, 219, 226), outline=(240, 243, 246), width=max(1, rim // 8))
    inner = max(2, width // 12)
    pen.ellipse((inner, rim // 5, width - 1 - inner, rim - rim // 6), fill=(168, 175, 184))
    pen.ellipse((width * 0.36, rim * 0.3, width * 0.6, rim * 0.62), fill=(206, 212, 219), outline=(120, 126, 136))


def _bag_outline(rng: Generator, width: int, height: int) -> list[tuple[float, float]]:
    """A pouch: toothed seams above and below, sides that bulge."""
    teeth = 11
    inset = width * 0.05
    tooth = height * 0.014
    across = np.linspace(inset, width - 1 - inset, teeth * 2 + 1)
    top = [(x, tooth * (i % 2)) for i, x in enumerate(across)]
    bottom = [(x, height - 1 - tooth * (i % 2)) for i, x in enumerate(across)]
    down = np.linspace(0, 1, 24)[1:-1]
    bulge = np.sin(down * np.pi) ** 0.55
    wobble = rng.normal(0, 0.05, (2, down.size))
    right = [(width - 1 - inset * (1 - b + abs(w)), t * height) for t, b, w in zip(down, bulge, wobble[0], strict=True)]
    left = [(inset * (1 - b + abs(w)), t * height) for t, b, w in zip(down, bulge, wobble[1], strict=True)]
    return [*top, *right, *reversed(bottom), *reversed(left)]


def _bag_light(rng: Generator, mask: Image.Image) -> NDArray[np.float32]:
    """Brightness over a puffed bag: round towards the edges, with a few creases that catch the light."""
    width, height = mask.size
    framed = Image.new("L", (width * 2, height * 2), 0)
    framed.paste(mask, (width // 2, height // 2))
    soft = framed.filter(ImageFilter.GaussianBlur(width * 0.09))
    puffed = np.asarray(
        soft.crop((width // 2, height // 2, width // 2 + width, height // 2 + height)), dtype=np.float32
    )
    light = (0.5 + 0.58 * puffed / 255).astype(np.float32)
    x, y = np.meshgrid(np.linspace(0, 1, width, dtype=np.float32), np.linspace(0, 1, height, dtype=np.float32))
    for _ in range(4):
        slope, start, thin = rng.uniform(-0.5, 0.5), rng.uniform(0.1, 0.9), rng.uniform(0.015, 0.04)
        fade = np.exp(-(((y[:, :1] - rng.uniform(0.15, 0.85)) / 0.2) ** 2))
        light += rng.uniform(-0.12, 0.2) * np.exp(-(((x - start - slope * (y - 0.5)) / thin) ** 2)) * fade
    light += 0.22 * np.exp(-(((x - 0.22 - 0.05 * np.sin(y * 6)) / 0.07) ** 2)) * np.sin(y[:, :1] * np.pi)
    return light


def _crimps(picture: Image.Image) -> None:
    """The welded seams: fine lines across the top and the bottom."""
    width, height = picture.size
    veil = Image.new("RGBA", picture.size, (0, 0, 0, 0))
    pen = ImageDraw.Draw(veil)
    seam = max(4, round(height * 0.075))
    for line in range(0, seam, max(2, seam // 5)):
        for y in (line, height - 1 - line):
            pen.line((0, y, width, y), fill=(255, 255, 255, 70))
            pen.line((0, y + 1, width, y + 1), fill=(0, 0, 0, 55))
    picture.alpha_composite(veil)


def _mix(one: Color, other: Color, share: float) -> Color:
    """`one` with `share` (0–1) of `other` in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue
