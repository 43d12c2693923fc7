"""Small endpoints on which the tests of the API's machinery stand; a URL configuration of their own."""

from __future__ import annotations

from django.urls import path
from rest_framework import serializers as s
from rest_framework.response import Response

from marketplace.api.base import Endpoint, Envelope, NoBody, document, page_of
from marketplace.api.roles import IsAdmin, IsMember, IsRequester, IsWorker
from marketplace.models import ApiToken, User

happened: list[str] = []
faults: list[Exception] = []


class NameBody(Envelope):
    name = s.CharField(max_length=5)
    age = s.IntegerField(required=False)


class Echo(Endpoint):
    who = {"GET": IsRequester}

    def get(self, request):
        return Response({"user": request.user.name, "at": self.now})

    def post(self, request):
        return Response(NameBody.read(request.data), status=201)

    def put(self, request):
        return Response(document(request))


class Grow(Endpoint):
    """Makes one row a call, then fails when told to."""

    def post(self, request):
        body = NameBody.read(request.data)
        ApiToken.objects.create(
            user=request.user, name=body["name"], digest=f"{ApiToken.objects.count():064x}", created_at=self.now
        )
        happened.append(body["name"])
        if faults:
            raise faults.pop()
        return Response({"made": ApiToken.objects.filter(name=body["name"]).count()}, status=201)


class Outside(Endpoint):
    """Stands for a call to the payment provider."""

    idempotent = "domain"

    def post(self, request):
        happened.append(self.idempotency_key)
        if faults:
            raise faults.pop()
        return Response({"key": self.idempotency_key}, status=202)


class Nothing(Endpoint):
    def post(self, request):
        NoBody.read(request.data)
        happened.append("nothing")
        return Response(status=204)


class People(Endpoint):
    def get(self, request):
        rows, following = page_of(request=request, queryset=User.objects.all(), ordering=("name", "id"))
        return Response({"results": [row.name for row in rows], "next": following})


class Fail(Endpoint):
    def get(self, request):
        raise faults.pop()


def only(role):
    return type(role.__name__, (Endpoint,), {"who": {"GET": role}, "get": lambda self, request: Response({})}).as_view()


urlpatterns = [
    path("echo/", Echo.as_view()),
    path("grow/", Grow.as_view()),
    path("grow/again/", Grow.as_view()),
    path("outside/", Outside.as_view()),
    path("nothing/", Nothing.as_view()),
    path("people/", People.as_view()),
    path("fail/", Fail.as_view()),
    path("requester/", only(IsRequester)),
    path("worker/", only(IsWorker)),
    path("member/", only(IsMember)),
    path("admin/", only(IsAdmin)),
]
