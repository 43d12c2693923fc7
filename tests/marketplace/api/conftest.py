"""What the tests of the API share."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import jsonschema
import pytest
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient

from tests.marketplace.api import endpoints


@pytest.fixture
def small_api(settings):
    """The test endpoints instead of the site, with nothing having happened yet."""
    settings.ROOT_URLCONF = "tests.marketplace.api.endpoints"
    endpoints.happened.clear()
    endpoints.faults.clear()
    return endpoints


@cache
def described() -> dict[str, Any]:
    """The OpenAPI document, made strict: an answer with a member it does not name is a fault too."""
    document = SchemaGenerator().get_schema(public=True)
    for name, schema in document["components"]["schemas"].items():
        if schema.get("type") == "object" and "properties" in schema and name != "Problem":
            schema["additionalProperties"] = False
    return document


def operation_of(path: str, method: str) -> dict[str, Any] | None:
    """The description of a call, or None for an address that has none."""
    for template, operations in described()["paths"].items():
        if re.fullmatch(re.sub(r"\{[a-z]+\}", "[^/]+", template), path):
            return operations.get(method.lower())
    return None


def hold_against_description(response: Any) -> None:
    """Fail when an answer of the API is not what the OpenAPI document says."""
    path, method = response.request["PATH_INFO"], response.request["REQUEST_METHOD"]
    operation = operation_of(path, method) if path.startswith("/api/v1/") else None
    if operation is None or response.streaming:
        return
    answers = operation["responses"]
    code = str(response.status_code)
    assert code in answers or response.status_code >= 400, f"{method} {path}: {code} is not described"
    media = answers.get(code, answers["default"]).get("content", {})
    if not media:
        assert not response.content, f"{method} {path}: {code} has a body"
        return
    media_type = response["Content-Type"].split(";")[0]
    assert media_type in media, f"{method} {path}: {code} came as {media_type}"
    if not media_type.endswith("json"):
        return
    schema = {**media[media_type]["schema"], "components": described()["components"]}
    jsonschema.Draft202012Validator(schema).validate(response.json())


@pytest.fixture(autouse=True)
def _answers_are_as_described(monkeypatch):
    """Every answer to a test's call is held against the OpenAPI document."""
    request = APIClient.request

    def checked(self: APIClient, **kwargs: Any) -> Any:
        response = request(self, **kwargs)
        hold_against_description(response)
        return response

    monkeypatch.setattr(APIClient, "request", checked)
