"""Whether an uploaded file is a picture we take: told from its bytes, never from its name, before it is decoded.

Decoders are given only files whose header is within the limits, so a small file cannot make a large process:
without it Pillow opens 177 megapixels out of a 503 kB file with a mere warning. Pure: no Django, no clock.
"""

from __future__ import annotations

import hashlib
import io
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from PIL import BmpImagePlugin, Image, ImageFile, JpegImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

ORIENTATION = 0x0112
SIDEWAYS = frozenset({5, 6, 7, 8})
"""EXIF orientations which swap width and height."""

DECODED_AT_ONCE = 8_000_000
"""Pixels up to which an upload is decoded to see that it can be: about 130 MB for the greediest format (WebP).
Larger files are held to their header and container here, and decoded in the background."""

SCANS_AT_MOST = 500
"""Progressive scans of a JPEG, each of which costs a pass over all pixels; cameras write about ten."""

NAME_LENGTH = 200
NAME_KEPT = frozenset("\u200c\u200d")
"""Invisible, but part of Persian and Indic spelling and of emoji; other format characters can disguise a name."""

DECODERS: dict[str, Callable[[IO[bytes]], ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
}
MODES = frozenset({"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr"})
MODES_OF_16_BITS = frozenset({"I;16", "I;16B", "I;16L"})
TAKEN = "JPEG, PNG, WebP, BMP and single-page TIFF are taken"


class ImageRefused(ValueError):
    """A file is not taken: `name` which, `rule` a code, `message` why, in words for the person who sent it."""

    def __init__(self, name: str, rule: str, message: str) -> None:
        self.name, self.rule, self.message = name, rule, message
        super().__init__(f"{name}: {message}")


@dataclass(frozen=True)
class UploadLimits:
    """The most pixels and bytes a picture may have."""

    pixels: int = 100_000_000
    bytes: int = 50_000_000


@dataclass(frozen=True)
class CheckedImage:
    """What is known of a file that is taken. Width and height in pixels, after EXIF orientation."""

    name: str
    width: int
    height: int
    format: str
    sha256: str
    bytes: int


def check_upload(
    *, data: bytes | bytearray | memoryview | IO[bytes], name: str, limits: UploadLimits = UploadLimits()
) -> CheckedImage:
    """Check one file: bytes, or an open seekable file, which is left at its start.

    Raises ImageRefused with one of the rules empty, too_many_bytes, svg, animated, format, too_many_pixels,
    unreadable.
    """
    file = io.BytesIO(data) if isinstance(data, bytes | bytearray | memoryview) else data
    name = clean_name(name)
    size = file.seek(0, io.SEEK_END)
    if size == 0:
        raise ImageRefused(name, "empty", "The file is empty.")
    if size > limits.bytes:
        told = f"The file has {size / 1e6:,.1f} MB; at most {limits.bytes / 1e6:,.1f} MB are taken."
        raise ImageRefused(name, "too_many_bytes", told)
    file.seek(0)
    found = sniff(file.read(1024), name=name)
    width, height = _check_picture(file, format=found, name=name, limits=limits)
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
    file.seek(0)
    return CheckedImage(name=name, width=width, height=height, format=found, sha256=digest, bytes=size)


def sniff(head: bytes, *, name: str) -> str:
    """The format which the first bytes of a file tell; raises ImageRefused if it is none we take."""
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0":
        return "BMP"
    if head[:4] in {b"II*\0", b"MM\0*"}:
        return "TIFF"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith(b"<") and b"<svg" in text:
        told = "SVG drawings are not taken, because they can carry scripts; export it as PNG."
        raise ImageRefused(name, "svg", told)
    if head[:6] in {b"GIF87a", b"GIF89a"}:
        raise ImageRefused(name, "animated", f"GIF is not taken; {TAKEN}.")
    if head[4:12] in {b"ftypheic", b"ftypheix", b"ftypmif1", b"ftypheif", b"ftypavif"}:
        raise ImageRefused(name, "format", f"HEIC and AVIF are not taken yet; export it as JPEG. {TAKEN}.")
    raise ImageRefused(name, "format", f"This is not a picture, whatever its name says; {TAKEN}.")


def open_picture(file: IO[bytes], *, format: str) -> ImageFile.ImageFile:  # noqa: A002
    """Read the header with the one decoder for `format`; pixels are not decoded. Raises whatever the decoder does."""
    file.seek(0)
    return DECODERS[format](file)


def orientation_of(picture: ImageFile.ImageFile) -> int:
    """The EXIF orientation still to be applied, 1 to 8; damaged EXIF counts as none, as in browsers."""
    if picture.format == "TIFF":
        return 1  # Pillow applies it by itself, to `size` on opening and to the pixels on loading
    if picture.format == "PNG" and "exif" not in picture.info:
        return 1  # asking would decode all pixels, in search of a chunk behind them
    try:
        orientation = picture.getexif().get(ORIENTATION, 1)
    except Exception:
        return 1
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def clean_name(name: str) -> str:
    """A file's own name: no folders, no control or disguising characters, at most 200 characters, never empty."""
    last = unicodedata.normalize("NFC", name.replace("\\", "/").rsplit("/", 1)[-1])
    kept = "".join(
        each if each in NAME_KEPT or unicodedata.category(each) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} else " "
        for each in last
    )
    plain = " ".join(kept.split()).lstrip(".").strip()
    if len(plain) > NAME_LENGTH:
        stem, dot, ending = plain.rpartition(".")
        tail = dot + ending if stem and len(ending) <= 8 else ""
        plain = plain[: NAME_LENGTH - len(tail)] + tail
    return plain or "image"


def _check_picture(file: IO[bytes], *, format: str, name: str, limits: UploadLimits) -> tuple[int, int]:  # noqa: A002
    """Width and height after orientation, of a picture within the limits that can be read."""
    try:
        picture = open_picture(file, format=format)
        width, height = picture.size
        _check_header(picture, name=name, limits=limits)
        if orientation_of(picture) in SIDEWAYS:
            width, height = height, width
        _check_body(picture, file)
    except ImageRefused:
        raise
    except Image.DecompressionBombError as fault:  # Pillow's own limit, far above ours, for WebP's header
        told = f"The picture has far more than the {limits.pixels / 1e6:,.1f} megapixels that are taken."
        raise ImageRefused(name, "too_many_pixels", told) from fault
    except Exception as fault:  # decoders given hostile bytes raise anything: SyntaxError, struct.error, MemoryError …
        told = f"The {format} file is damaged or cut off and cannot be read."
        raise ImageRefused(name, "unreadable", told) from fault
    return width, height


def _check_header(picture: ImageFile.ImageFile, *, name: str, limits: UploadLimits) -> None:
    width, height = picture.size
    if width * height > limits.pixels:
        told = (
            f"The picture has {width:,} × {height:,} pixels, {width * height / 1e6:,.1f} megapixels; "
            f"at most {limits.pixels / 1e6:,.1f} are taken."
        )
        raise ImageRefused(name, "too_many_pixels", told)
    if picture.format != "JPEG" and getattr(picture, "n_frames", 1) > 1:
        told = "It has several pages or moves; send each picture as a file of its own."
        raise ImageRefused(name, "animated", told)
    if picture.mode not in MODES | MODES_OF_16_BITS:
        told = f"Its pixels ({picture.mode}) are of a kind that is not taken; save it with 8 or 16 bits a channel."
        raise ImageRefused(name, "format", told)


def _check_body(picture: ImageFile.ImageFile, file: IO[bytes]) -> None:
    """Raise if the file is cut off or damaged."""
    width, height = picture.size
    small = width * height <= DECODED_AT_ONCE
    if picture.format == "JPEG":
        _check_scans(file)
        # An eighth of the size walks through every byte all the same, with a 64th of the memory.
        picture.draft("L", (max(1, width // 8), max(1, height // 8)))
        if small or not picture.info.get("progressive"):
            picture.load()
        return
    if picture.format == "PNG":
        picture.verify()  # walks the chunks and their checksums, decodes nothing
        picture = open_picture(file, format="PNG")
    if small:
        picture.load()


def _check_scans(file: IO[bytes]) -> None:
    file.seek(0)
    scans, tail = 0, b""
    while block := file.read(1 << 20):
        scans += (tail + block).count(b"\xff\xda")
        tail = block[-1:]
    if scans > SCANS_AT_MOST:
        raise ValueError(f"{scans} scans")
