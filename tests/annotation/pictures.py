"""Pictures for the tests: drawn, turned, damaged, and some that no camera would write."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

from PIL import Image

ORIENTATION, GPS = 0x0112, 0x8825
SECRET = "Canon serial 4711"


def scene(width: int = 64, height: int = 48, mode: str = "RGB") -> Image.Image:
    """A smooth picture with four corners of four colours: red, green, blue, white from the top left, row by row."""
    corners = Image.new("RGB", (2, 2))
    corners.putdata([(220, 30, 30), (30, 200, 30), (30, 30, 220), (240, 240, 240)])
    return corners.resize((width, height), Image.Resampling.NEAREST).convert(mode)


def encoded(image: Image.Image, kind: str = "JPEG", **settings: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **({"quality": 90} | settings if kind == "JPEG" else settings))
    return out.getvalue()


def jpeg(width: int = 64, height: int = 48, **settings: Any) -> bytes:
    return encoded(scene(width, height), **settings)


def exif(orientation: int = 1, *, gps: bool = False) -> Image.Exif:
    tags = Image.Exif()
    tags[ORIENTATION] = orientation
    if gps:
        tags[0x010F] = SECRET
        tags.get_ifd(GPS).update({1: "N", 2: (48.0, 51.0, 29.0), 3: "E", 4: (2.0, 17.0, 40.0)})
    return tags


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def huge_png(path: Path, *, width: int = 20_000, height: int = 10_000) -> Path:
    """A true, complete RGB PNG of 200 megapixels in a file of a few MB, written without ever holding the picture."""
    squeeze = zlib.compressobj(1)
    rows = bytes((1 + 3 * width) * 100)
    with path.open("wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)))
        for _ in range(height // 100):
            if part := squeeze.compress(rows):
                out.write(chunk(b"IDAT", part))
        out.write(chunk(b"IDAT", squeeze.flush()) + chunk(b"IEND", b""))
    return path


def huge_webp(path: Path, *, side: int) -> Path:
    """A WebP with a canvas of `side` by `side` pixels, of which a small part is drawn."""
    frame = encoded(Image.new("RGB", (16, 16)), "WEBP", lossless=True)[12:]
    anmf = bytes(6) + (15).to_bytes(3, "little") * 2 + (100).to_bytes(3, "little") + b"\0" + frame
    edge = (side - 1).to_bytes(3, "little")
    parts = [(b"VP8X", b"\x02\0\0\0" + edge + edge), (b"ANIM", bytes(6)), (b"ANMF", anmf), (b"ANMF", anmf)]
    body = b"".join(kind + struct.pack("<I", len(content)) + content for kind, content in parts)
    path.write_bytes(b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body)
    return path


def huge_jpeg(path: Path) -> Path:
    """A small JPEG whose header claims 65,000 by 65,000 pixels."""
    data = bytearray(jpeg())
    at = data.index(b"\xff\xc0") + 5
    data[at : at + 4] = struct.pack(">HH", 65_000, 65_000)
    path.write_bytes(bytes(data))
    return path
