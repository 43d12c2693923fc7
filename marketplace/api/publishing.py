"""A job's state, changed by its requester: publish, pause, resume, close."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import closing, posting
from marketplace.api.base import Endpoint, NoBody
from marketplace.api.replies.jobs import StateReply, state_json
from marketplace.api.roles import IsRequester
from marketplace.api.scoping import own_job
from marketplace.models import Job


class _Change(Endpoint):
    """One change of state."""

    who = {"POST": IsRequester}
    change: ClassVar[Callable[..., Job]]
    status: ClassVar[int] = 200

    def post(self, request: Request, job: str) -> Response:
        NoBody.read(request.data)
        changed = type(self).change(job=own_job(owner=self.user, public_id=job), now=self.now)
        return Response(state_json(job=changed), status=self.status)


@extend_schema(
    summary="Publish: hold the money, then make the places in the background", request=NoBody,
    responses={202: StateReply},
)  # fmt: skip
class Publish(_Change):
    """Wallet → escrow; 402 when the wallet is short. For a published job, what images added since then cost."""

    change = posting.publish
    status = 202


@extend_schema(summary="Stop handing out work", request=NoBody, responses=StateReply)
class Pause(_Change):
    """Open → paused."""

    change = posting.pause


@extend_schema(summary="Hand out work again", request=NoBody, responses=StateReply)
class Resume(_Change):
    """Paused → open."""

    change = posting.resume


@extend_schema(summary="End the job; what is free returns to the wallet at once", request=NoBody, responses=StateReply)
class Close(_Change):
    """Publishing, open or paused → closing, closed once nothing is held."""

    change = closing.close
