"""Releases as JSON."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from rest_framework import serializers as s

from marketplace.models import Release
from marketplace.releases import FORMATS


class ReleaseReply(s.Serializer):
    """One immutable version of a job's dataset."""

    id = s.CharField()
    job = s.CharField()
    number = s.IntegerField()
    created_at = s.DateTimeField()
    sha256 = s.CharField()
    bytes = s.IntegerField()
    counts = s.DictField()
    files = s.DictField(child=s.CharField(), help_text="Address by format.")


def release_json(*, release: Release) -> dict[str, Any]:
    """A ReleaseReply."""
    return {
        "id": release.public_id,
        "job": release.job.public_id,
        "number": release.number,
        "created_at": release.created_at,
        "sha256": release.sha256,
        "bytes": release.bytes,
        "counts": release.counts,
        "files": {name: reverse("api:release-file", args=[release.public_id, name]) for name in FORMATS},
    }
