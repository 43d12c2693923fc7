"""A job's state, changed by its requester: publish, pause, resume, close."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import adding_money, closing, posting
from marketplace.adding_money import Addition
from marketplace.addresses import address_of
from marketplace.api.base import Endpoint, Envelope, NoBody
from marketplace.api.money import AmountField
from marketplace.api.replies.jobs import StateReply, state_json
from marketplace.api.roles import IsRequester
from marketplace.api.scoping import own_job
from marketplace.models import Job


class _Change(Endpoint):
    """One change of state."""

    who = {"POST": IsRequester}
    change: ClassVar[Callable[..., Job]]
    body: ClassVar[type[Envelope]] = NoBody
    status: ClassVar[int] = 200

    def post(self, request: Request, job: str) -> Response:
        said = self.body.read(request.data)
        changed = type(self).change(job=own_job(owner=self.user, public_id=job), now=self.now, **said)
        return Response(state_json(job=changed), status=self.status)


class PublishBody(Envelope):
    """What you know when you publish."""

    confirm_low_pay = s.BooleanField(
        required=False, default=False, help_text="You know that it pays below the floor, and want it so."
    )


class AddMoneyBody(Envelope):
    """What you add to a running job out of your wallet."""

    answers = s.IntegerField(required=False, default=0, help_text="Money for so many answers more, fees included.")
    reserve = AmountField(required=False, help_text='Into the fair-pay reserve: decimal text, e.g. "5.00".')


@extend_schema(
    summary="Publish: hold the money, then make the places in the background", request=PublishBody,
    responses={202: StateReply},
)  # fmt: skip
class Publish(_Change):
    """Wallet → escrow; 402 when the wallet is short. For a published job, what images added since then cost.

    409 `below-fair-pay` where your own timing, or real times, show that it pays below the floor: raise the pay, or
    confirm it.
    """

    change = posting.publish
    body = PublishBody
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


class AddMoney(Endpoint):
    """More money for a running job, out of the wallet."""

    who = {"POST": IsRequester}

    @extend_schema(
        summary="Add money for more answers, or to the fair-pay reserve", request=AddMoneyBody, responses=StateReply
    )
    def post(self, request: Request, job: str) -> Response:
        said = AddMoneyBody.read(request.data)
        changed = adding_money.add(
            job=own_job(owner=self.user, public_id=job),
            addition=Addition(answers=said["answers"], reserve=said.get("reserve", 0)),
            now=self.now,
            address=address_of(request=request._request),
        )
        return Response(state_json(job=changed))
