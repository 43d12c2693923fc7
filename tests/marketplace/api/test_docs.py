"""The API described."""

import json

import jsonschema
import pytest


def test_the_document_is_openapi_31_in_json_or_yaml(client):
    reply = client.get("/api/v1/schema/")
    assert reply["Content-Type"].startswith("application/json")
    assert json.loads(reply.content)["openapi"].startswith("3.1")
    assert client.get("/api/v1/schema/", HTTP_ACCEPT="application/yaml").content.startswith(b"openapi: 3.1")


@pytest.mark.django_db
def test_the_page_lists_every_call(client):
    page = client.get("/api/v1/docs/").content.decode()
    assert "/api/v1/jobs/{job}/publish/" in page
    assert "Hand in the answer; repeats are one" in page


@pytest.mark.django_db
@pytest.mark.parametrize("method", ["get", "post", "put", "delete"])
@pytest.mark.parametrize("address", ["/api/v1/nonsense/", "/api/v1/jobs", "/api/v1/assignments/not-a-uuid/submit/"])
def test_an_address_that_is_none_is_a_problem_too(client, method, address):
    reply = getattr(client, method)(address)
    assert (reply.status_code, reply["Content-Type"]) == (404, "application/problem+json")


def test_the_document_names_no_schema_that_is_not_there(client):
    document = json.loads(client.get("/api/v1/schema/").content)
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        jsonschema.Draft202012Validator.check_schema(document["components"]["schemas"][name])
        assert f"#/components/schemas/{name}" in text
