import pytest

from marketplace.key_calls import HEADERS


def test_a_call_with_a_key_opens_no_session_and_is_answered_as_data_only(world):
    reply = world.api(world.wei).get("/api/v1/earnings/")

    assert reply.status_code == 200
    assert {name: reply[name] for name in HEADERS} == HEADERS
    assert reply["Cache-Control"] == "no-store"
    assert reply["Content-Length"] == str(len(reply.content))
    assert not hasattr(reply.wsgi_request, "session")
    assert not reply.cookies


def test_pages_and_calls_of_a_browser_have_their_session_and_the_pages_policy(world):
    browser = world.browser(world.wei)

    for address in ("/work/", "/api/v1/earnings/"):
        reply = browser.get(address)
        assert reply.status_code == 200
        assert "default-src 'self'" in reply["Content-Security-Policy"]
        assert reply.wsgi_request.user == world.wei


def test_what_protects_a_browser_is_said_to_programs_too(world):
    """Whatever header the long way gives to everybody, the short way gives as well."""
    long_way = world.browser(world.wei).get("/api/v1/earnings/")
    short_way = world.api(world.wei).get("/api/v1/earnings/")

    assert set(long_way.headers) - {"Vary"} <= set(short_way.headers)


@pytest.mark.parametrize("header", ["Token nonsense", "Basic x", ""])
def test_a_header_that_opens_nothing_is_refused_whoever_is_logged_in(world, header):
    browser = world.browser(world.wei)

    assert browser.get("/api/v1/earnings/", headers={"authorization": header}).status_code == 401


def test_a_header_does_not_take_the_session_away_from_a_page(world):
    browser = world.browser(world.wei)

    assert browser.get("/work/", headers={"authorization": "Token nonsense"}).status_code == 200


def test_too_large_a_body_is_refused_on_the_short_way_too(world):
    reply = world.api(world.rita).post("/api/v1/jobs/", "x" * 3_100_000, content_type="application/json")

    assert reply.status_code == 413
    assert reply.json()["type"] == "urn:tally:problem:too-large"


def test_a_secure_site_takes_no_key_over_plain_http(world, settings):
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 60

    plain = world.api(world.wei).get("/api/v1/earnings/")
    secure = world.api(world.wei).get("/api/v1/earnings/", secure=True)

    assert (plain.status_code, plain["Location"][:8]) == (301, "https://")
    assert secure["Strict-Transport-Security"].startswith("max-age=60")
