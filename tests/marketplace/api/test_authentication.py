"""Who is asking."""

import pytest
from rest_framework.test import APIClient

from marketplace import tokens
from marketplace.models import ApiToken

pytestmark = pytest.mark.usefixtures("small_api")


def test_a_key_speaks_for_its_holder_with_one_statement(world, django_assert_num_queries):
    key = tokens.issue(user=world.rita)
    client = APIClient(HTTP_AUTHORIZATION=f"Token {key}")
    client.get("/echo/")  # notes the first use
    with django_assert_num_queries(1):
        reply = client.get("/echo/")
    assert reply.json()["user"] == "Rita"


@pytest.mark.parametrize("header", ["Token nonsense", "Token ", "Token", "token tly_\xc3\xa9"])
def test_a_key_that_opens_nothing_is_401_and_told_how_to_ask(world, header):
    reply = APIClient(HTTP_AUTHORIZATION=header).get("/echo/")
    assert reply.status_code == 401
    assert reply["WWW-Authenticate"].startswith("Token")
    assert reply["Content-Type"] == "application/problem+json"


def test_nobody_is_401_and_told_how_to_ask(world):
    reply = world.api(None).get("/echo/")
    assert reply.status_code == 401
    assert reply["WWW-Authenticate"].startswith("Token")
    assert reply.json()["type"] == "urn:tally:problem:not-authenticated"


def test_the_key_of_a_suspended_person_opens_nothing(world):
    client = world.api(world.rita)
    type(world.rita).objects.update(is_active=False)
    assert client.get("/echo/").status_code == 401


def test_the_session_of_the_browser_is_good_for_reading(world):
    assert world.browser(world.rita).get("/echo/").json()["user"] == "Rita"


def test_writing_with_a_session_needs_the_csrf_token(world):
    client = APIClient(enforce_csrf_checks=True)
    client.force_login(world.rita)
    reply = client.post("/echo/", {"name": "x"})
    assert reply.status_code == 403
    assert "CSRF" in reply.json()["detail"]


def test_writing_with_a_key_needs_no_csrf_token(world):
    client = APIClient(enforce_csrf_checks=True, HTTP_AUTHORIZATION=f"Token {tokens.issue(user=world.rita)}")
    assert client.post("/echo/", {"name": "x"}).status_code == 201


def test_a_bad_key_beside_a_good_session_is_refused(world):
    client = world.browser(world.rita)
    assert client.get("/echo/", HTTP_AUTHORIZATION="Token bad").status_code == 401


def test_the_key_is_stored_nowhere(world):
    key = tokens.issue(user=world.rita)
    assert key not in str(ApiToken.objects.values())
