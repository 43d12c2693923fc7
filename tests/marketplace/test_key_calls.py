import pytest


def test_a_call_with_a_key_opens_no_session_and_is_answered_as_data_only(world):
    reply = world.api(world.wei).get("/api/v1/earnings/")

    assert reply.status_code == 200
    assert reply["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert not hasattr(reply.wsgi_request, "session")
    assert not reply.cookies


def test_pages_and_calls_of_a_browser_have_their_session_and_the_pages_policy(world):
    browser = world.browser(world.wei)

    for address in ("/work/", "/api/v1/earnings/"):
        reply = browser.get(address)
        assert reply.status_code == 200
        assert (
            "script-src" in reply["Content-Security-Policy"] or "default-src 'self'" in reply["Content-Security-Policy"]
        )
        assert reply.wsgi_request.user == world.wei


@pytest.mark.parametrize("header", ["Token nonsense", "Basic x", ""])
def test_a_header_that_opens_nothing_is_refused_whoever_is_logged_in(world, header):
    browser = world.browser(world.wei)

    assert browser.get("/api/v1/earnings/", headers={"authorization": header}).status_code == 401


def test_a_header_does_not_take_the_session_away_from_a_page(world):
    browser = world.browser(world.wei)

    assert browser.get("/work/", headers={"authorization": "Token nonsense"}).status_code == 200
