"""Whom a requester lets in, as JSON, for that requester."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers as s

from marketplace.inviting import Invited, link_of
from marketplace.models import Block, Invitation, Job


class VisibilityReply(s.Serializer):
    """Who may work on a job."""

    id = s.CharField()
    visibility = s.ChoiceField(choices=Job.Visibility.choices)
    link = s.CharField(allow_null=True, help_text="Lets whoever opens it in; null unless the job is open by link.")


class InvitationReply(s.Serializer):
    """One address that is invited."""

    id = s.IntegerField(help_text="DELETE takes it.")
    email = s.CharField()
    created_at = s.DateTimeField()


class RefusedAddress(s.Serializer):
    """An address that was not taken, and why."""

    field = s.CharField()
    rule = s.CharField()
    message = s.CharField()


class InvitedReply(s.Serializer):
    """What became of the addresses; `known` of them had an invitation already."""

    added = InvitationReply(many=True)
    known = s.IntegerField()
    refused = RefusedAddress(many=True)


class BlockReply(s.Serializer):
    """One blocked worker, under their pseudonym."""

    worker = s.CharField()
    reason = s.CharField(allow_blank=True)
    created_at = s.DateTimeField()


def visibility_json(*, job: Job) -> dict[str, Any]:
    """A VisibilityReply."""
    return {"id": job.public_id, "visibility": job.visibility, "link": link_of(job=job) or None}


def invitation_json(*, invitation: Invitation) -> dict[str, Any]:
    """An InvitationReply."""
    return {"id": invitation.pk, "email": invitation.email, "created_at": invitation.created_at}


def invited_json(*, invited: Invited) -> dict[str, Any]:
    """An InvitedReply."""
    return {
        "added": [invitation_json(invitation=row) for row in invited.added],
        "known": invited.known,
        "refused": [{"field": fault.field, "rule": fault.rule, "message": fault.message} for fault in invited.problems],
    }


def block_json(*, block: Block) -> dict[str, Any]:
    """A BlockReply."""
    return {"worker": block.worker.pseudonym, "reason": block.reason, "created_at": block.created_at}
