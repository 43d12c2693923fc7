"""Pictures on their way in: checked, put in quarantine, re-encoded into clean renditions, addressed by content."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import IO

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import connection, transaction

from annotation.models import Image, ImageState
from annotation.renditions import EDGES, ENDINGS, FULL, Renditions, render, sizes_of
from annotation.uploads import CheckedImage, ImageRefused, UploadLimits, check_upload

__all__ = [
    "SIZES",
    "CheckedImage",
    "ImageRefused",
    "UploadLimits",
    "check_upload",
    "discard",
    "limits",
    "prepare",
    "rendition_path",
    "store_upload",
    "sweep_quarantine",
]

QUARANTINE = "quarantine"
SIZES = (*EDGES, FULL)
CONTENT_TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}


def limits() -> UploadLimits:
    """The limits the operator set."""
    return UploadLimits(pixels=settings.IMAGE_MAX_PIXELS, bytes=settings.IMAGE_MAX_BYTES)


def store_upload(*, file: IO[bytes] | File[bytes], name: str, scope: str) -> Image:
    """Check an open file and keep it in quarantine, where nothing serves it, as an image in state `checked`.

    Raises ImageRefused with the rules of `check_upload`, and `duplicate` if `scope` has the same bytes already.
    """
    checked = check_upload(data=file, name=name, limits=limits())
    with transaction.atomic():
        image, is_new = Image.objects.get_or_create(
            scope=scope,
            sha256=checked.sha256,
            defaults={
                "name": checked.name,
                "width": checked.width,
                "height": checked.height,
                "format": checked.format,
                "bytes": checked.bytes,
            },
        )
        if not is_new:
            told = f"The same picture is here already, as {image.name}."
            raise ImageRefused(checked.name, "duplicate", image.failure or told)
        _write(_quarantined(image), file)
    return image


def prepare(*, image_id: int) -> Image:
    """Write the clean renditions of a checked image and make it `ready`.

    Safe to run twice or at the same time, and again after a crash anywhere. Raises Image.DoesNotExist, and
    ImageRefused if it cannot be decoded after all: the image is then `failed` and says why.
    """
    image = Image.objects.get(pk=image_id)
    if image.state == ImageState.CHECKED:
        try:
            with default_storage.open(_quarantined(image)) as original:
                rendered = _render(image, original)
        except FileNotFoundError:
            _fail(image, "The file uploaded is gone; send it again.")
        except ImageRefused as refused:
            _fail(image, refused.message)
        else:
            _publish(image, rendered)
        image.refresh_from_db()
    if image.state != ImageState.CHECKED:
        transaction.on_commit(partial(default_storage.delete, _quarantined(image)))
    if image.state == ImageState.FAILED:
        raise ImageRefused(image.name, "unreadable", image.failure)
    return image


def rendition_path(*, image: Image, size: str) -> tuple[str, str]:
    """Storage name and content type of a ready image at "320", "1024", "2048" (longer side) or "full".

    A picture smaller than `size` has no such rendition: it is the full one. Raises ValueError for other sizes
    and for an image that is not ready.
    """
    if size not in SIZES:
        raise ValueError(f"size: {size!r} is not one of {', '.join(SIZES)}")
    if image.digest is None:
        raise ValueError(f"image {image.pk} is {image.state}, it has no renditions")
    held = size if size in sizes_of(width=image.width, height=image.height) else FULL
    ending = ENDINGS.get(image.format, "png") if held == FULL else "webp"
    return f"{_folder(image.digest)}/{held}.{ending}", CONTENT_TYPES[ending]


def copy_image(*, image: Image, scope: str) -> Image | None:
    """The same picture once more, in another scope; None for one that cannot be shown. No file is written twice."""
    try:
        ready = prepare(image_id=image.pk)
    except ImageRefused:
        return None
    assert ready.digest is not None, "a prepared image has renditions"
    with transaction.atomic():
        _lock(ready.digest)  # nobody deletes its files meanwhile
        fields = ("name", "sha256", "digest", "width", "height", "bytes", "format", "state")
        return Image.objects.create(scope=scope, **{field: getattr(ready, field) for field in fields})


def discard(*, image: Image) -> None:
    """Delete an image nobody has answered to, its upload, and its renditions unless another image has the same.

    Raises ProtectedError if there are annotations or anything else that points at it.
    """
    names = {_quarantined(image)}
    if image.digest is not None:
        names |= {rendition_path(image=image, size=size)[0] for size in SIZES}
    digest = image.digest
    with transaction.atomic():
        image.delete()
        transaction.on_commit(partial(_delete_unused, names, digest))


def sweep_quarantine(*, before: datetime) -> int:
    """Delete uploads older than `before` (aware) which no image waits for: left by a crash or a rolled-back upload.

    Returns how many.
    """
    try:
        names = default_storage.listdir(QUARANTINE)[1]
    except FileNotFoundError:
        return 0
    waiting = {_quarantined(image) for image in Image.objects.filter(state=ImageState.CHECKED).only("id", "sha256")}
    swept = 0
    for name in (f"{QUARANTINE}/{name}" for name in names):
        with suppress(FileNotFoundError):
            if name not in waiting and default_storage.get_modified_time(name) < before:
                default_storage.delete(name)
                swept += 1
    return swept


def _render(image: Image, original: IO[bytes] | File[bytes]) -> Renditions:
    try:
        rendered = render(file=original, format=image.format)
    except Exception as fault:  # whatever a decoder raises on hostile bytes
        told = f"The {image.format} file is damaged and cannot be decoded."
        raise ImageRefused(image.name, "unreadable", told) from fault
    if (rendered.width, rendered.height) != (image.width, image.height):
        told = f"It decodes to {rendered.width} × {rendered.height} pixels, but says {image.width} × {image.height}."
        raise ImageRefused(image.name, "unreadable", told)
    return rendered


def _publish(image: Image, rendered: Renditions) -> None:
    """Write the files and then say so, in this order, so that a ready image always has all of its files."""
    digest = hashlib.sha256(rendered.files[FULL]).hexdigest()
    ready = Image(width=image.width, height=image.height, format=image.format, digest=digest)
    with transaction.atomic():
        _lock(digest)
        for size, content in rendered.files.items():
            _write(rendition_path(image=ready, size=size)[0], ContentFile(content))
        Image.objects.filter(pk=image.pk, state=ImageState.CHECKED).update(state=ImageState.READY, digest=digest)


def _fail(image: Image, why: str) -> None:
    Image.objects.filter(pk=image.pk, state=ImageState.CHECKED).update(state=ImageState.FAILED, failure=why)


def _lock(digest: str) -> None:
    """One writer or deleter at a time for one content, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"image:{digest}"])


def _write(name: str, file: IO[bytes] | File[bytes]) -> None:
    """Write `file` as `name`. Names tell the content, so a file of the right size is the file; another is a torso."""
    content = file if isinstance(file, File) else File(file)
    if default_storage.exists(name):
        if default_storage.size(name) == content.size:
            return
        default_storage.delete(name)
    saved = default_storage.save(name, content)
    if saved != name:  # the storage found the name taken meanwhile and chose another
        default_storage.delete(saved)


def _delete_unused(names: set[str], digest: str | None) -> None:
    with transaction.atomic():
        if digest is not None:
            _lock(digest)
            if Image.objects.filter(digest=digest).exists():
                names = {name for name in names if not name.startswith(_folder(digest))}
        for name in names:
            default_storage.delete(name)


def _quarantined(image: Image) -> str:
    return f"{QUARANTINE}/{image.pk}-{image.sha256}"


def _folder(digest: str) -> str:
    return f"images/{digest[:2]}/{digest}"
