"""The OpenAPI document says what all endpoints share, without a warning of its generator."""

import io

import pytest
from django.core.management import call_command

from tests.marketplace.api.conftest import described

OPERATIONS = [
    (path, method, operation)
    for path, operations in described()["paths"].items()
    for method, operation in operations.items()
]
IDS = [f"{method} {path}" for path, method, _ in OPERATIONS]


def test_the_generator_has_nothing_to_complain_about(capsys):
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=io.StringIO())
    assert "Warning" not in capsys.readouterr().err


@pytest.mark.parametrize(("path", "method", "operation"), OPERATIONS, ids=IDS)
def test_every_call_says_how_it_refuses_what_it_does_and_how_it_repeats(path, method, operation):
    assert "application/problem+json" in operation["responses"]["default"]["content"]
    assert operation["summary"]
    assert operation["tags"]
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    assert ("Idempotency-Key" in names) == (method == "post")
    assert {"key": []} in operation["security"]
