"""One key, one effect."""

import threading

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from rest_framework.test import APIClient

from marketplace import tokens
from marketplace.errors import Conflict, Refused
from marketplace.models import ApiToken, IdempotencyRecord
from tests.world import World

pytestmark = pytest.mark.usefixtures("small_api")
AT_ONCE = 50


def grow(client, key="k", name="Ann", address="/grow/"):
    headers = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    return client.post(address, {"name": name}, format="json", **headers)


def test_a_repeat_gets_the_first_answer_and_has_no_effect(world, small_api):
    client = world.api(world.rita)
    first, again = grow(client), grow(client)
    assert (first.status_code, first.json()) == (again.status_code, again.json()) == (201, {"made": 1})
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert small_api.happened == ["Ann"]


def test_without_a_key_every_call_counts(world, small_api):
    client = world.api(world.rita)
    assert [grow(client, key=None).json()["made"] for _ in range(2)] == [1, 2]


def test_an_answer_without_a_body_is_replayed_too(world, small_api):
    client = world.api(world.rita)
    replies = [client.post("/nothing/", HTTP_IDEMPOTENCY_KEY="n") for _ in range(2)]
    assert [reply.status_code for reply in replies] == [204, 204]
    assert small_api.happened == ["nothing"]


@pytest.mark.parametrize("change", [{"name": "Bob"}, {"address": "/grow/again/"}, {"address": "/grow/?x=1"}])
def test_the_same_key_for_another_request_is_422(world, change):
    client = world.api(world.rita)
    grow(client)
    reply = grow(client, **change)
    assert reply.status_code == 422
    assert reply.json()["type"] == "urn:tally:problem:key-reused"
    assert ApiToken.objects.exclude(name="tests").count() == 1


def test_the_keys_of_two_people_do_not_meet(world, small_api):
    rita, rosa = world.api(world.rita), world.api(world.rosa)
    for _ in range(2):
        assert grow(rita, name="Ann").status_code == 201
        assert grow(rosa, name="Bob").status_code == 201
    assert small_api.happened == ["Ann", "Bob"]


def test_a_refused_request_forgets_key_and_effect_together(world, small_api):
    client = world.api(world.rita)
    small_api.faults.append(Conflict("wrong_state", "Not yet."))
    assert grow(client).status_code == 409
    assert not ApiToken.objects.filter(name="Ann").exists()
    assert not IdempotencyRecord.objects.exists()
    assert grow(client, name="Bob").json() == {"made": 1}


@pytest.mark.parametrize("key", ["x" * 201, "tab\tkey", "schlüssel"])
def test_a_nonsense_key_is_refused_before_anything_happens(world, small_api, key):
    reply = grow(world.api(world.rita), key=key)
    assert reply.status_code == 400
    assert reply.json()["errors"][0]["field"] == "Idempotency-Key"
    assert not small_api.happened


def test_a_call_to_the_outside_gets_the_key_and_is_answered_from_memory(world, small_api):
    client = world.api(world.rita)
    replies = [client.post("/outside/", HTTP_IDEMPOTENCY_KEY="pay-1") for _ in range(2)]
    assert [reply.json() for reply in replies] == [{"key": "pay-1"}] * 2
    assert replies[1]["Idempotency-Replayed"] == "true"
    assert small_api.happened == ["pay-1"]


def test_a_call_to_the_outside_without_a_key_gets_one_of_its_own(world, small_api):
    client = world.api(world.rita)
    keys = {client.post("/outside/").json()["key"] for _ in range(2)}
    assert len(keys) == 2


def test_a_call_to_the_outside_that_died_half_way_is_tried_again_under_its_key(world, small_api):
    client = world.api(world.rita)
    client.raise_request_exception = False
    small_api.faults.append(RuntimeError("power cut"))
    assert client.post("/outside/", HTTP_IDEMPOTENCY_KEY="pay-1").status_code == 500
    assert client.post("/outside/", {"x": 1}, format="json", HTTP_IDEMPOTENCY_KEY="pay-1").status_code == 422
    assert client.post("/outside/", HTTP_IDEMPOTENCY_KEY="pay-1").status_code == 202
    assert small_api.happened == ["pay-1", "pay-1"]


def test_a_call_to_the_outside_that_was_refused_frees_its_key(world, small_api):
    client = world.api(world.rita)
    small_api.faults.append(Refused.one("amount", "minimum", "Too little."))
    assert client.post("/outside/", HTTP_IDEMPOTENCY_KEY="pay-1").status_code == 400
    assert not IdempotencyRecord.objects.exists()


def test_uploads_are_the_same_by_their_content_not_by_their_boundary(world, rf):
    from rest_framework.parsers import MultiPartParser
    from rest_framework.request import Request

    from marketplace.api.idempotency import fingerprint_of

    def upload(content, boundary):
        file = SimpleUploadedFile("a.jpg", content)
        from django.test.client import encode_multipart

        body = encode_multipart(boundary, {"files": [file]})
        request = Request(rf.post("/x/", body, f"multipart/form-data; boundary={boundary}"), [MultiPartParser()])
        return fingerprint_of(request=request), request.FILES["files"].read()

    assert upload(b"one", "b1")[0] == upload(b"one", "b2")[0] != upload(b"two", "b1")[0]
    assert upload(b"one", "b1")[1] == b"one"


@pytest.mark.django_db(transaction=True)
def test_repeats_at_the_same_moment_wait_and_get_the_first_answer(small_api):
    key = tokens.issue(user=World().rita)
    replies, barrier = [], threading.Barrier(AT_ONCE)

    def call():
        client = APIClient(HTTP_AUTHORIZATION=f"Token {key}")
        barrier.wait()
        replies.append(grow(client))
        connection.close()

    threads = [threading.Thread(target=call) for _ in range(AT_ONCE)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert [reply.status_code for reply in replies] == [201] * AT_ONCE
    assert small_api.happened == ["Ann"]
    assert sum("Idempotency-Replayed" in reply for reply in replies) == AT_ONCE - 1
