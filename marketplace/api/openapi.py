"""The OpenAPI document: what drf-spectacular cannot see by itself."""

from __future__ import annotations

from typing import Any

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details. Further members depend on the type.",
    "required": ["type", "title", "status", "detail", "errors"],
    "properties": {
        "type": {"type": "string", "description": "What kind of problem, e.g. urn:tally:problem:invalid."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What happened here, for people."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "rule", "message"],
                "properties": {
                    "field": {"type": "string", "description": "Path into the request, e.g. labels[0].name."},
                    "rule": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
IDEMPOTENCY_KEY: dict[str, Any] = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 200},
    "description": "Repeats under one key have one effect and get the first answer, with Idempotency-Replayed: true.",
}


class EndpointSchema(AutoSchema):
    """Adds what all endpoints share: problems as answers, and the Idempotency-Key of every POST."""

    def get_operation(self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any) -> Any:
        """The operation with the shared answers and parameters."""
        operation = super().get_operation(path, path_regex, path_prefix, method, registry)
        if operation is None:
            return None
        component = ResolvedComponent(name="Problem", type=ResolvedComponent.SCHEMA, object="Problem", schema=PROBLEM)
        registry.register_on_missing(component)
        operation["responses"]["default"] = {
            "description": "A refusal, with reasons.",
            "content": {"application/problem+json": {"schema": component.ref}},
        }
        if method == "POST":
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        return operation

    def get_tags(self) -> list[str]:
        """Grouped by the resource, the first word of the address."""
        words = [word for word in self.path.removeprefix("/api/v1/").split("/") if word and not word.startswith("{")]
        return words[:1]


def any_of(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """A hook of drf-spectacular: answers in one of two shapes may fit both (an empty list does), so never `oneOf`."""
    for schema in result["components"]["schemas"].values():
        if "oneOf" in schema:
            schema["anyOf"] = schema.pop("oneOf")
    return result
