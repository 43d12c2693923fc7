"""People who were told apart, as JSON, for admins."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from marketplace.models import KnownApart


class KnownApartReply(s.Serializer):
    """Two people who an admin knows to be two."""

    id = s.IntegerField(help_text="DELETE takes it.")
    people = s.ListField(child=s.CharField(), help_text="Their pseudonyms.")
    reason = s.CharField()
    decided_by = s.CharField()
    decided_at = s.DateTimeField()


class ToldApartReply(KnownApartReply):
    """Two people who were told apart just now."""

    readmitted = s.IntegerField(help_text="How many of their jobs they are back in.")


def known_apart_json(*, pair: KnownApart) -> dict[str, Any]:
    """One pair."""
    return {
        "id": pair.pk,
        "people": [pair.first.pseudonym, pair.second.pseudonym],
        "reason": pair.reason,
        "decided_by": pair.decided_by.pseudonym,
        "decided_at": pair.decided_at,
    }


def told_apart_json(*, pair: KnownApart, back: int) -> dict[str, Any]:
    """One pair, and what came of it."""
    return {**known_apart_json(pair=pair), "readmitted": back}
