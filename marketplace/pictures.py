"""Addresses of images: signed, bound to one viewer, and stable for a while so that the browser's cache works."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.urls import reverse

from annotation.images import rendition_path
from annotation.models import Image

LIFE_SECONDS = 3600
_SALT = "tally.picture"
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
    until = (int(now.timestamp()) // LIFE_SECONDS + 2) * LIFE_SECONDS
    token = signing.dumps([image_id, viewer_id, size, until], salt=_SALT)
    return reverse("picture", args=[token])


def find(*, token: str, viewer_id: int | None, now: datetime) -> Picture:
    """The rendition an address stands for. Raises PictureGone."""
    try:
        image_id, bound_to, size, until = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError) as bad:
        raise PictureGone("altered") from bad
    if bound_to != viewer_id or now.timestamp() > until or size not in SIZES:
        raise PictureGone("not for you, or too old")
    image = Image.objects.filter(pk=image_id, state="ready").first()
    if image is None:
        raise PictureGone("not ready")
    name, content_type = rendition_path(image=image, size=size)
    return Picture(name, content_type)
