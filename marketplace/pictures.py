"""Addresses of images: sealed, bound to one viewer, and stable for a while so that the browser's cache works.

Sealed, not only signed: what an address says would tell a worker an image's number, and numbers tell when and with
what others an image came in. The seal (AES-SIV, RFC 5297) is deterministic, so the same picture keeps its address.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from annotation.images import rendition_path
from annotation.models import Image

LIFE_SECONDS = 3600
_SALT = "tally.picture"
_WIDTH = 60  # all addresses are equally long, however large the numbers
SIZES = ("320", "1024", "2048", "full")


class PictureGone(Exception):
    """The address is not good: altered, too old, somebody else's, or its image is not ready."""


@dataclass(frozen=True)
class Picture:
    """Where a rendition lies in the storage, and what it is."""

    name: str
    content_type: str


def signed_url(*, image_id: int, viewer_id: int, size: str = "full", now: datetime) -> str:
    """An address that shows one image to one signed-in person for one to two hours.

    The end of its life is rounded up to the hour: the same picture keeps its address, so the browser keeps it.
    """
    return addresses(image_id=image_id, viewer_id=viewer_id, now=now)[size]


def addresses(*, image_id: int, viewer_id: int, now: datetime) -> dict[str, str]:
    """`signed_url` for every size."""
    until = (int(now.timestamp()) // LIFE_SECONDS + 2) * LIFE_SECONDS
    return _addresses(settings.SECRET_KEY, image_id, viewer_id, until)


# What is reserved ahead is told twice.
@lru_cache(maxsize=4096)
def _addresses(secret: str, image_id: int, viewer_id: int, until: int) -> dict[str, str]:
    # One seal for all sizes: who may see an image may see all of it.
    said = f"[{image_id},{viewer_id},{until}]".encode().ljust(_WIDTH)
    token = base64.urlsafe_b64encode(_seal(secret).encrypt(said, None)).decode().rstrip("=")
    before = f"{_before_token()}{token}/"
    return {size: f"{before}{size}/" for size in SIZES}


def find(*, token: str, size: str, viewer_id: int | None, now: datetime) -> Picture:
    """The rendition an address stands for. Raises PictureGone."""
    try:
        sealed = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        image_id, bound_to, until = json.loads(_opened(sealed))
    except (InvalidTag, binascii.Error, ValueError) as bad:
        raise PictureGone("altered") from bad
    if bound_to != viewer_id or now.timestamp() > until or size not in SIZES:
        raise PictureGone("not for you, or too old")
    image = Image.objects.filter(pk=image_id, state="ready").first()
    if image is None:
        raise PictureGone("not ready")
    name, content_type = rendition_path(image=image, size=size)
    return Picture(name, content_type)


@lru_cache(maxsize=1)
def _before_token() -> str:
    """The addresses up to their token: finding the pattern takes longer than sealing."""
    return reverse("picture", args=["-", "full"]).removesuffix("-/full/")


@lru_cache(maxsize=8)
def _seal(secret: str) -> AESSIV:
    return AESSIV(salted_hmac(_SALT, "", secret=secret, algorithm="sha512").digest())


def _opened(sealed: bytes) -> bytes:
    """What an address says. Raises InvalidTag unless it was sealed here."""
    for secret in settings.SECRET_KEY_FALLBACKS:
        try:
            return _seal(secret).decrypt(sealed, None)
        except InvalidTag:
            continue
    return _seal(settings.SECRET_KEY).decrypt(sealed, None)
