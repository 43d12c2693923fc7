"""The shortest way of an answer, around Django: a WSGI application that is called as a web server calls it."""

import json
from io import BytesIO

import pytest
from django.core.wsgi import get_wsgi_application
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test.utils import CaptureQueriesContext

from annotation.models import Annotation
from marketplace import tokens
from marketplace.api.at_once import AtOnce
from marketplace.key_calls import HEADERS
from marketplace.models import ApiToken, Assignment, User
from tests.marketplace.test_assigning import statements

BOX = {"type": "box", "label": "can", "bbox": [10, 10, 30, 20]}
GOOD, FAULTY = {"shapes": [BOX]}, {"shapes": 7}


class Site:
    """The web server's side: Wei's calls with one key, and which of them went the long way."""

    def __init__(self, world) -> None:
        self.key = tokens.issue(user=world.wei)
        self.long_way = []
        self.application = AtOnce(self._django)
        self._django_itself = get_wsgi_application()

    def _django(self, environ, start_response):
        self.long_way.append(environ["PATH_INFO"])
        return self._django_itself(environ, start_response)

    def post(self, path, body, **environ):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = {}

        def start_response(status, headers, exc_info=None):
            told.update(status=int(status.split()[0]), headers=dict(headers))

        usual = {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "CONTENT_TYPE": "application/json",
            "CONTENT_LENGTH": str(len(raw)),
            "HTTP_AUTHORIZATION": f"Token {self.key}",
            "HTTP_HOST": "testserver",
            "SERVER_NAME": "testserver",
            "SERVER_PORT": "80",
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(raw),
        }
        reply = b"".join(self.application(usual | environ, start_response))
        return told["status"], told["headers"], json.loads(reply) if reply else None

    def claim(self, job):
        return self.post(f"/api/v1/jobs/{job.public_id}/claim/", {})[2]["assignment"]

    def submit(self, assignment, annotation=GOOD, **environ):
        body = {"annotation": annotation, "next": True}
        return self.post(f"/api/v1/assignments/{assignment}/submit/", body, **environ)


@pytest.fixture
def site(world, monkeypatch):
    # As Django's test client does: a test is one transaction, whose connection must outlive a request.
    monkeypatch.setattr(BaseDatabaseWrapper, "close_if_unusable_or_obsolete", lambda _: None)
    return Site(world)


@pytest.fixture
def held(world, site):
    """An assignment of Wei's, after which no call went the long way yet."""
    assignment = site.claim(world.published(images=4))
    site.long_way.clear()
    return assignment


def test_an_answer_with_a_known_key_is_taken_in_one_statement_and_never_reaches_django(site, held):
    following = site.submit(held)[2]["next"]["assignment"]
    with CaptureQueriesContext(connection) as seen:
        status, headers, reply = site.submit(following)

    assert (status, reply["state"], len(statements(seen))) == (200, "submitted", 1)
    assert reply["next"]["assignment"] != following
    assert site.long_way == []
    assert headers.items() >= HEADERS.items()
    assert (headers["Content-Type"], headers["Cache-Control"]) == ("application/json", "no-store")
    assert int(headers["Content-Length"]) > 100
    assert Annotation.objects.count() == 2


def test_both_ways_tell_the_same(world, site, held):
    short = site.submit(held)
    second = short[2]["next"]["assignment"]
    long = site.submit(second, HTTP_IDEMPOTENCY_KEY="once")

    assert len(site.long_way) == 1
    assert short[2].keys() == long[2].keys()
    assert short[2]["next"].keys() == long[2]["next"].keys()
    assert short[1].keys() == long[1].keys() - {"Vary"}


def suspend(world):
    User.objects.filter(pk=world.wei.pk).update(is_active=False)


def revoke(world):
    assert tokens.revoke(user=world.wei, token_id=ApiToken.objects.get(user=world.wei).pk)


def let_expire(world):
    token = ApiToken.objects.get(user=world.wei)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=token.created_at)


def take_role(world):
    User.objects.filter(pk=world.wei.pk).update(is_worker=False)


@pytest.mark.parametrize(("lose", "expected"), [(suspend, 401), (revoke, 401), (let_expire, 401), (take_role, 403)])
@pytest.mark.parametrize("annotation", [GOOD, FAULTY], ids=["good", "faulty"])
def test_a_key_opens_nothing_from_the_moment_it_is_lost(world, site, held, lose, expected, annotation):
    lose(world)

    assert site.submit(held, annotation)[0] == expected
    assert Annotation.objects.count() == 0
    assert Assignment.objects.get(pk=held).state == "claimed"


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({"REQUEST_METHOD": "GET"}, 405),
        ({"CONTENT_TYPE": "application/xml"}, 415),
        ({"CONTENT_TYPE": "application/json; charset=utf-8"}, 200),
        ({"HTTP_IDEMPOTENCY_KEY": "k"}, 200),
        ({"CONTENT_LENGTH": ""}, 400),
        ({"CONTENT_LENGTH": "-1"}, 400),
        ({"CONTENT_LENGTH": "99999999"}, 413),
        ({"HTTP_AUTHORIZATION": ""}, 401),
        ({"HTTP_AUTHORIZATION": "Token unknown"}, 401),
    ],
)
def test_what_is_not_the_usual_call_goes_the_long_way_with_its_whole_body(site, held, environ, expected):
    assert site.submit(held, **environ)[0] == expected
    assert len(site.long_way) == 1
    assert Annotation.objects.count() == (expected == 200)


def test_an_answer_with_a_fault_is_refused_by_the_long_way_in_its_words(site, held):
    status, _, problem = site.submit(held, FAULTY)

    assert (status, problem["errors"][0]["field"], len(site.long_way)) == (400, "shapes", 1)


def test_what_was_sent_before_is_answered_by_the_long_way(site, held):
    first = site.submit(held)
    again = site.submit(held)

    assert (first[0], again[0], len(site.long_way)) == (200, 200, 1)
    assert Annotation.objects.count() == 1


@pytest.mark.parametrize("assignment", ["0" * 36, "not-a-number-of-thirty-six-letters---"[:36]])
def test_an_assignment_nobody_has_is_404(site, held, assignment):
    assert site.submit(assignment)[0] == 404


def test_a_fault_of_ours_is_answered_by_the_long_way(site, held, monkeypatch):
    monkeypatch.setattr("marketplace.submitting.submit_at_once", None)

    assert site.submit(held)[0] == 200
    assert (len(site.long_way), Annotation.objects.count()) == (1, 1)


def test_a_secure_site_takes_no_answer_over_plain_http(world, held, settings, site):
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 60
    site = Site(world)  # Django's middleware reads the settings once

    assert site.submit(held)[0] == 301
    site.submit(held, annotation=FAULTY, **{"wsgi.url_scheme": "https"})  # the long way; the key is known from now on
    status, headers, reply = site.submit(held, **{"wsgi.url_scheme": "https"})
    assert (status, headers["Strict-Transport-Security"][:10]) == (200, "max-age=60")
    # Behind a proxy its word counts, and only its.
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    following = reply["next"]["assignment"]
    assert site.submit(following, HTTP_X_FORWARDED_PROTO="http")[0] == 301
    assert site.submit(following, HTTP_X_FORWARDED_PROTO="https")[0] == 200
    assert len(site.long_way) == 3
