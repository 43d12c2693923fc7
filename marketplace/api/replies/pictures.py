"""Where a picture can be loaded from, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers as s

from marketplace.models import User
from marketplace.pictures import addresses


class PictureReply(s.Serializer):
    """A picture: addresses bound to the asker and good for an hour or two; sizes of the original in pixels."""

    url = s.CharField(help_text="Full size.")
    sizes = s.DictField(child=s.CharField(), help_text="By the longer side: 320, 1024, 2048, full.")
    width = s.IntegerField()
    height = s.IntegerField()


def picture_json(*, image_id: int, width: int, height: int, viewer: User, now: datetime) -> dict[str, Any]:
    """A PictureReply."""
    sizes = addresses(image_id=image_id, viewer_id=viewer.pk, now=now)
    return {"url": sizes["full"], "sizes": sizes, "width": width, "height": height}
