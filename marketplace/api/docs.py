"""The API described: the OpenAPI document, a plain page of it for people, and an answer for addresses that are none."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import (
    OpenApiJsonRenderer,
    OpenApiJsonRenderer2,
    OpenApiYamlRenderer,
    OpenApiYamlRenderer2,
)
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny
from rest_framework.request import Request

from marketplace.api.base import Endpoint
from marketplace.api.problems import Problem, respond

METHODS = ("get", "post", "put", "patch", "delete")


class SchemaView(SpectacularAPIView):
    """The OpenAPI document: JSON unless YAML is asked for."""

    renderer_classes = [OpenApiJsonRenderer2, OpenApiJsonRenderer, OpenApiYamlRenderer2, OpenApiYamlRenderer]
    permission_classes = [AllowAny]


@extend_schema(exclude=True)
class NoSuchAddress(Endpoint):
    """Whatever else lies under the API's root."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Nobody needs to log in to learn that there is nothing."""

    def handle_nothing(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        return respond(Problem(404, "not-found", "Not found", "No such address. Mind the slash at the end."))

    get = post = put = patch = delete = handle_nothing


def page(request: HttpRequest) -> HttpResponse:
    """Every call on one page, made from the OpenAPI document."""
    document = SchemaGenerator().get_schema(public=True)
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                operation = operations[method]
                groups.setdefault(operation["tags"][0], []).append(
                    {"path": path, "method": method.upper(), "summary": operation.get("summary", "")}
                )
    return render(request, "marketplace/api.html", {"groups": groups})
