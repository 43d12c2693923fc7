"""What somebody says of themself, as far as jobs may ask for it."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework import serializers as s
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import joining
from marketplace.api.base import Endpoint, Envelope
from marketplace.api.roles import IsMember
from marketplace.models import User


class ProfileBody(Envelope):
    """Where one lives and what one speaks; what is left out stays as it is."""

    country = s.CharField(required=False, allow_blank=True, help_text="Two letters, such as DE; empty: not said.")
    languages = s.ListField(child=s.CharField(), required=False, help_text="Two letters each, such as de.")


class ProfileReply(s.Serializer):
    """Somebody as they see themselves."""

    name = s.CharField()
    pseudonym = s.CharField(help_text="What others see.")
    is_worker = s.BooleanField()
    is_requester = s.BooleanField()
    country = s.CharField()
    languages = s.ListField(child=s.CharField())


class Profile(Endpoint):
    """One's own profile."""

    who = {"GET": IsMember, "PATCH": IsMember}

    @extend_schema(operation_id="profile_read", summary="What your profile says", responses=ProfileReply)
    def get(self, request: Request) -> Response:
        return Response(_told(self.user))

    @extend_schema(
        summary="Say where you live and what you speak; nobody checks it", request=ProfileBody, responses=ProfileReply
    )
    def patch(self, request: Request) -> Response:
        said = ProfileBody.read(request.data)
        person = joining.join(
            person=self.user, name=self.user.name, requester=False, worker=False, now=self.now, **said
        )
        return Response(_told(person))


def _told(person: User) -> dict[str, object]:
    names = ("name", "pseudonym", "is_worker", "is_requester", "country", "languages")
    return {name: getattr(person, name) for name in names}
