"""The clean pictures that are served instead of the file uploaded: upright, without metadata, re-encoded.

Only pixels pass through here, so nothing else in the upload (position, serial numbers, scripts behind the
picture) can come out. Memory: 4 bytes a pixel for the picture and as much again while it is turned or its
colours are converted, so about 0.9 GB for 100 megapixels. Pure: no Django, no clock.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO, Any

import numpy as np
from PIL import Image, ImageCms, ImageFile, JpegImagePlugin

from annotation.uploads import MODES_OF_16_BITS, open_picture, orientation_of

FULL = "full"
EDGES = {"2048": 2048, "1024": 1024, "320": 320}
"""Names of the smaller renditions and their longer side in pixels, largest first."""
ENDINGS = {"JPEG": "jpg", "WEBP": "webp"}
"""Of the full rendition by the format uploaded; the others become PNG."""
OPTIMIZED_PIXELS = 25_000_000

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Renditions:
    """Encoded pictures by size ("full" and those of EDGES smaller than it); width and height of the full one."""

    width: int
    height: int
    files: Mapping[str, bytes]


def sizes_of(*, width: int, height: int) -> tuple[str, ...]:
    """The renditions a picture has: the full one, and those smaller than it. Nothing is ever enlarged."""
    return (FULL, *(size for size, edge in EDGES.items() if max(width, height) > edge))


def render(*, file: IO[bytes], format: str) -> Renditions:  # noqa: A002
    """All renditions of one checked upload. Raises whatever the decoder raises if it cannot be decoded after all."""
    picture = open_picture(file, format=format)
    settings = _full_settings(picture, file)
    image = clean(picture)
    del picture  # and with it the pixels as they were before they were turned
    files = {FULL: _encode(image, **settings)}
    width, height = image.size
    for size in sizes_of(width=width, height=height)[1:]:
        image = _fit(image, EDGES[size])
        files[size] = _encode(image, format="WEBP", quality=80, method=2)
    return Renditions(width=width, height=height, files=files)


def clean(picture: ImageFile.ImageFile) -> Image.Image:
    """The pixels alone: upright, 8 bits, sRGB or grey (mode RGB or L), transparent parts on white."""
    turn = _TURNS.get(orientation_of(picture))
    profile = picture.info.get("icc_profile")
    picture.load()
    image = _eight_bits(picture)
    if profile and image.mode != "L":
        image = _srgb(image, profile)
    if image.mode not in {"RGB", "L"}:
        image = image.convert("RGB")
    if turn is not None:
        image = image.transpose(turn)
    image.info = {}  # encoders write comments, profiles and transparency out of here without being asked
    return image


def _eight_bits(image: Image.Image) -> Image.Image:
    """L, RGB or CMYK, without transparency."""
    if image.mode in MODES_OF_16_BITS:
        return _windowed(image)
    if image.mode in {"1", "L"} and "transparency" not in image.info:
        return image.convert("L") if image.mode == "1" else image
    if image.has_transparency_data:
        whole = image.convert("RGBA")
        white = Image.new("RGB", image.size, "white")
        white.paste(whole, mask=whole.getchannel("A"))
        return white
    return image if image.mode in {"RGB", "CMYK"} else image.convert("RGB")


def _windowed(image: Image.Image) -> Image.Image:
    """16-bit grey to 8 bits by the number of bits in use: scanners and microscopes fill 10, 12 or 14 of the 16."""
    values = np.asarray(image)
    bits = max(8, int(values.max()).bit_length())
    return Image.fromarray((values >> (bits - 8)).astype(np.uint8))


def _srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """Colours as the embedded profile means them, in sRGB; a profile that makes no sense is left aside."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if image.mode == "RGB" and "sRGB" in ImageCms.getProfileDescription(source):
            return image
        target = ImageCms.createProfile("sRGB")
        if image.mode == "RGB":
            ImageCms.profileToProfile(image, source, target, inPlace=True)
            return image
        return ImageCms.profileToProfile(image, source, target, outputMode="RGB") or image
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image


def _full_settings(picture: ImageFile.ImageFile, file: IO[bytes]) -> dict[str, Any]:
    """How to write the full rendition so that nothing visible, and no file size, is lost against the upload."""
    if isinstance(picture, JpegImagePlugin.JpegImageFile):
        settings: dict[str, Any] = {"format": "JPEG", "quality": 95, "subsampling": 0}
        # A tenth smaller, but the encoder then holds the whole picture a second time.
        settings["optimize"] = picture.width * picture.height <= OPTIMIZED_PIXELS
        tables = picture.quantization
        sane = 1 <= len(tables) <= 2 and all(1 <= step <= 255 for table in tables.values() for step in table)
        if sane and picture.mode in {"RGB", "L"}:
            # The camera's own steps: decoding and encoding again then rounds to nearly the same numbers.
            settings |= {"qtables": [list(tables[key]) for key in sorted(tables)], "quality": -1}
            settings["subsampling"] = 2 if JpegImagePlugin.get_sampling(picture) == 2 else 0
        return settings
    if picture.format == "WEBP":
        if _is_lossless_webp(file):
            return {"format": "WEBP", "lossless": True, "quality": 10, "method": 1}
        return {"format": "WEBP", "quality": 95, "method": 2}
    return {"format": "PNG", "compress_level": 4}


def _is_lossless_webp(file: IO[bytes]) -> bool:
    """True if the picture of a WebP file is in a VP8L chunk."""
    position = 12
    while True:
        file.seek(position)
        head = file.read(8)
        if len(head) < 8 or head[:4] in {b"VP8 ", b"VP8L"}:
            return head[:4] == b"VP8L"
        length = int.from_bytes(head[4:], "little")
        position += 8 + length + length % 2


def _fit(image: Image.Image, edge: int) -> Image.Image:
    """`image` scaled down so that its longer side is `edge`."""
    scale = edge / max(image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _encode(image: Image.Image, **settings: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, **settings)
    return out.getvalue()
