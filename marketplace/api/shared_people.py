"""People who share a device or a payout account and are two all the same, for admins."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import telling_apart
from marketplace.addresses import address_of
from marketplace.api.base import Endpoint, Envelope, page_of, paged
from marketplace.api.replies.shared_people import KnownApartReply, ToldApartReply, known_apart_json, told_apart_json
from marketplace.api.roles import IsAdmin


class ApartBody(Envelope):
    """Who are two people, and how you know."""

    one = s.CharField(help_text='An e-mail address or a pseudonym, e.g. "w-3f9a1c07".')
    other = s.CharField(help_text="The other one's.")
    reason = s.CharField(help_text=f"At most {telling_apart.LONGEST_REASON} characters; it is kept.")


class KnownApartList(Endpoint):
    """Pairs that an admin told apart."""

    who = {"GET": IsAdmin, "POST": IsAdmin}

    @extend_schema(summary="Who was told apart", responses=paged(KnownApartReply))
    def get(self, request: Request) -> Response:
        found = telling_apart.known_apart()
        rows, following = page_of(request=request, queryset=found, ordering=("-decided_at", "-id"))
        return Response({"results": [known_apart_json(pair=row) for row in rows], "next": following})

    @extend_schema(
        summary="Say that two who share a device or payout account are two people",
        request=ApartBody,
        responses={201: ToldApartReply},
    )
    def post(self, request: Request) -> Response:
        pair, back = telling_apart.tell_apart(
            **ApartBody.read(request.data), by=self.user, now=self.now, address=address_of(request=request._request)
        )
        return Response(told_apart_json(pair=pair, back=back), status=201)


class KnownApartOf(Endpoint):
    """One of them."""

    who = {"DELETE": IsAdmin}

    @extend_schema(summary="Withdraw that two are two people", responses={204: None})
    def delete(self, request: Request, pair: int) -> Response:
        address = address_of(request=request._request)
        telling_apart.withdraw(pair_id=pair, by=self.user, now=self.now, address=address)
        return Response(status=204)
