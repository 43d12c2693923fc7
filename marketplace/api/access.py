"""Whom a requester lets in: a job's visibility, link and invitations, and the requester's block list."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import blocking, inviting
from marketplace.api.base import Endpoint, Envelope, NoBody, page_of, paged
from marketplace.api.problems import Problem, respond
from marketplace.api.replies import access as replies
from marketplace.api.roles import IsRequester
from marketplace.api.scoping import own_job


class VisibilityBody(Envelope):
    """Who may work on the job."""

    visibility = s.CharField(help_text="public, invited or link")


class InvitationsBody(Envelope):
    """Addresses to invite."""

    emails = s.ListField(child=s.CharField(), allow_empty=False, help_text=f"At most {inviting.MAX_AT_ONCE} at once.")


class BlockBody(Envelope):
    """Whom to block; the reason is for your own memory."""

    worker = s.CharField(help_text='A pseudonym, e.g. "w-3f9a1c07".')
    reason = s.CharField(required=False, allow_blank=True, max_length=200)


class Visibility(Endpoint):
    """Who may work on a job."""

    who = {"PUT": IsRequester}

    @extend_schema(summary="Say who may work on a job", request=VisibilityBody, responses=replies.VisibilityReply)
    def put(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        visibility = VisibilityBody.read(request.data)["visibility"]
        changed = inviting.set_visibility(job=own, visibility=visibility, now=self.now)
        return Response(replies.visibility_json(job=changed))


class Link(Endpoint):
    """The link of a job that is open by link."""

    who = {"POST": IsRequester}

    @extend_schema(summary="A new link; the old one dies", request=NoBody, responses=replies.VisibilityReply)
    def post(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        NoBody.read(request.data)
        return Response(replies.visibility_json(job=inviting.renew_link(job=own, now=self.now)))


class Invitations(Endpoint):
    """Who is invited to a job."""

    who = {"GET": IsRequester, "POST": IsRequester}

    @extend_schema(summary="Who is invited", responses=paged(replies.InvitationReply))
    def get(self, request: Request, job: str) -> Response:
        invitations = inviting.invitations_of(job=own_job(owner=self.user, public_id=job))
        rows, following = page_of(request=request, queryset=invitations, ordering=("email", "id"))
        return Response({"results": [replies.invitation_json(invitation=row) for row in rows], "next": following})

    @extend_schema(
        summary="Invite addresses; a bad one never costs a good one",
        request=InvitationsBody,
        responses=replies.InvitedReply,
    )
    def post(self, request: Request, job: str) -> Response:
        own = own_job(owner=self.user, public_id=job)
        emails = InvitationsBody.read(request.data)["emails"]
        invited = inviting.invite(job=own, addresses=emails, now=self.now)
        if invited.problems and not (invited.added or invited.known):
            faults = invited.problems
            detail = faults[0].message if len(faults) == 1 else f"None of the {len(faults)} is an e-mail address."
            return respond(Problem(400, "invalid", "Nobody invited", detail, faults))
        return Response(replies.invited_json(invited=invited))


class OneInvitation(Endpoint):
    """One invitation."""

    who = {"DELETE": IsRequester}

    @extend_schema(summary="Withdraw an invitation", responses={204: None})
    def delete(self, request: Request, job: str, invitation: int) -> Response:
        own = own_job(owner=self.user, public_id=job)
        inviting.withdraw(job=own, invitation_id=invitation, now=self.now)
        return Response(status=204)


class Blocks(Endpoint):
    """The workers a requester has blocked."""

    who = {"GET": IsRequester, "POST": IsRequester}

    @extend_schema(summary="Workers you have blocked", responses=paged(replies.BlockReply))
    def get(self, request: Request) -> Response:
        blocks = blocking.blocks_of(requester=self.user)
        rows, following = page_of(request=request, queryset=blocks, ordering=("-created_at", "-id"))
        return Response({"results": [replies.block_json(block=row) for row in rows], "next": following})

    @extend_schema(
        summary="Let a worker into none of your jobs", request=BlockBody, responses={201: replies.BlockReply}
    )
    def post(self, request: Request) -> Response:
        body = BlockBody.read(request.data)
        found = blocking.block(
            requester=self.user, pseudonym=body["worker"], reason=body.get("reason", ""), now=self.now
        )
        return Response(replies.block_json(block=found), status=201)


class OneBlock(Endpoint):
    """One blocked worker."""

    who = {"DELETE": IsRequester}

    @extend_schema(summary="Let a worker in again", responses={204: None})
    def delete(self, request: Request, pseudonym: str) -> Response:
        blocking.unblock(requester=self.user, pseudonym=pseudonym, now=self.now)
        return Response(status=204)
