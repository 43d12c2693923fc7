"""Pictures, at addresses made for one viewer."""

from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone

from marketplace import pictures, tokens
from marketplace.uploading import add_images, prepare_images
from tests.world import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(world):
    job = world.job(images=0)
    add_images(job=job, files=[picture("a.png", size=(400, 300))], now=world.now)
    prepare_images(job_id=job.pk)
    return job.tasks.get().image


def address(image, viewer, **changes):
    return pictures.signed_url(**{"image_id": image.pk, "viewer_id": viewer.pk, "now": timezone.now(), **changes})


def got(client, url, **headers):
    """The answer, read to its end so that its file is closed."""
    answer = client.get(url, **headers)
    answer.body = answer.getvalue()
    return answer


def test_a_picture_is_private_kept_for_its_address_life_and_never_guessed_at(world, image):
    answer = got(world.browser(world.rita), address(image, world.rita, size="320"))
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("image/")
    assert answer["Cache-Control"] == f"private, max-age={pictures.LIFE_SECONDS}, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert len(answer.body) > 50


def test_a_picture_one_has_is_not_sent_again(world, image):
    browser, url = world.browser(world.rita), address(image, world.rita)
    etag = got(browser, url)["ETag"]
    again = got(browser, url, HTTP_IF_NONE_MATCH=etag)
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"].startswith("private")
    assert got(browser, url, HTTP_IF_NONE_MATCH='"other"').status_code == 200


def test_sizes_are_different_contents(world, image):
    browser = world.browser(world.rita)
    small, large = (got(browser, address(image, world.rita, size=size)) for size in ("320", "full"))
    assert small["ETag"] != large["ETag"]
    assert small.body != large.body


def test_an_address_serves_nobody_else(world, image, client):
    url = address(image, world.rita)
    assert world.browser(world.rosa).get(url).status_code == 404
    assert client.get(url).status_code == 404


def test_a_program_shows_its_holders_key(world, image, client):
    key = tokens.issue(user=world.rita, name="tests")
    url = address(image, world.rita)
    assert got(client, url, HTTP_AUTHORIZATION=f"Token {key}").status_code == 200
    for wrong in (f"Token {key}x", "Token", f"Basic {key}", "Token \x00"):
        assert client.get(url, HTTP_AUTHORIZATION=wrong).status_code == 404


def test_an_old_an_altered_and_a_made_up_address_show_nothing(world, image):
    browser = world.browser(world.rita)
    old = address(image, world.rita, now=timezone.now() - timedelta(hours=3))
    good = address(image, world.rita)
    altered = good.replace("/full/", "AA/full/")
    for url in (old, altered, good.replace("full", "fool"), "/image/x/", "/image/x/full/", "/image/²/full/"):
        assert browser.get(url).status_code == 404


def test_a_picture_lost_from_the_storage_is_not_found(world, image):
    url = address(image, world.rita)
    token = url.split("/")[2]
    found = pictures.find(token=token, size="full", viewer_id=world.rita.pk, now=timezone.now())
    default_storage.delete(found.name)
    assert world.browser(world.rita).get(url).status_code == 404


def test_pictures_are_only_looked_at(world, image):
    assert world.browser(world.rita).post(address(image, world.rita)).status_code == 405
