"""How much a request may send, by address and by who sends it; what is too much is refused unread."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.test import RequestFactory
from django.urls import resolve

from marketplace import uploading
from marketplace.body_limits import limit_of
from marketplace.models import Task
from tests.world import picture


class Unread:
    """A body nobody may read."""

    def read(self, *_):
        raise AssertionError("the body was read")

    readline = read


def send(browser, address, length, content_type="multipart/form-data; boundary=x"):
    environ = {"CONTENT_LENGTH": str(length), "CONTENT_TYPE": content_type, "wsgi.input": Unread()}
    return browser.post(address, **environ)


@pytest.mark.parametrize("address", ["/accounts/login/", "/accounts/signup/", "/wallet/deposits/new/", "/jobs/new/"])
def test_a_form_as_large_as_a_disk_is_refused_unread(world, address):
    reply = send(world.browser(world.rita), address, 100_000_000_000)
    assert reply.status_code == 413
    assert "MB" in reply.content.decode()


def test_the_api_says_so_as_a_problem(world):
    reply = send(world.api(world.wei), "/api/v1/payouts/", 3_000_001, "application/json")
    assert (reply.status_code, reply["Content-Type"]) == (413, "application/problem+json")
    assert reply.json()["status"] == 413


def test_pictures_may_be_large_from_those_who_are_known_only(world):
    job = world.job(images=0)
    address = f"/jobs/{job.public_id}/images/"
    assert send(world.browser(None), address, 100_000_000).status_code == 413
    assert send(world.browser(None), f"/api/v1{address}", 100_000_000).status_code == 413
    assert send(world.browser(world.rita), address, 500_000_001).status_code == 413
    assert send(world.api(world.rita), f"/api/v1{address}", 500_000_001).status_code == 413

    request = RequestFactory().post(address)
    request.user, request.resolver_match = world.rita, resolve(address)
    assert limit_of(request=request) == 500_000_000


@pytest.mark.parametrize("address", ["/jobs/abc/gold/", "/api/v1/jobs/abc/gold/", "/jobs/abc/questions/"])
def test_files_of_known_answers_are_taken_from_who_is_known(world, address):
    request = RequestFactory().post(address)
    request.user, request.resolver_match = world.rita, resolve(address)
    assert limit_of(request=request) == 500_000_000


@pytest.mark.parametrize("length", ["", "x", "-1"])
def test_a_length_that_is_none_reads_nothing(world, length):
    reply = world.browser(None).post("/accounts/login/", CONTENT_LENGTH=length, CONTENT_TYPE="text/plain")
    assert reply.status_code in {200, 400, 403}


def test_a_webhook_is_small(world):
    assert send(world.browser(None), "/webhooks/stripe/", 256_001, "application/json").status_code == 413
    reply = world.browser(None).post("/webhooks/stripe/", b"x" * 1000, content_type="application/json")
    assert reply.status_code == 400


def test_uploads_lie_on_disk_not_in_memory(world, monkeypatch):
    job, seen = world.job(images=0), []

    def look(*, job, files, now):
        seen.extend(files)
        return uploading.UploadReport()

    monkeypatch.setattr("marketplace.uploading.add_images", look)
    big = SimpleUploadedFile("a.png", bytes(2_700_000))
    world.browser(world.rita).post(f"/jobs/{job.public_id}/images/", {"files": [big]})
    assert [type(file) for file in seen] == [TemporaryUploadedFile]


def test_too_many_files_at_once_are_refused(world):
    job = world.job(images=0)
    files = [picture(f"{n}.png", shade=n, size=(2, 2)) for n in range(201)]
    reply = world.api(world.rita).post(f"/api/v1/jobs/{job.public_id}/images/", {"files": files}, format="multipart")
    assert reply.status_code == 400
    files = [picture(f"{n}.png", shade=n, size=(2, 2)) for n in range(201)]
    assert world.browser(world.rita).post(f"/jobs/{job.public_id}/images/", {"files": files}).status_code == 400
    assert not Task.objects.exists()


def test_a_job_holds_only_so_many_images(world, monkeypatch):
    monkeypatch.setattr(uploading, "MAX_IMAGES", 2)
    job = world.job(images=2)
    reply = world.api(world.rita).post(
        f"/api/v1/jobs/{job.public_id}/images/", {"files": [picture("c.png", shade=9)]}, format="multipart"
    )
    assert reply.status_code == 400
    assert "at most" in reply.content.decode()


@pytest.mark.parametrize("name", ["../../etc/passwd.png", "..\\..\\boot.png", "/etc/passwd", "a/b/c.png", ".htaccess"])
@pytest.mark.parametrize("content_type", ["text/html", "image/svg+xml", "application/x-php"])
def test_a_files_folders_and_claimed_type_mean_nothing(world, name, content_type):
    job = world.job(images=0)
    file = picture("x.png")
    file._name, file.content_type = name, content_type
    world.browser(world.rita).post(f"/jobs/{job.public_id}/images/", {"files": [file]})
    image = Task.objects.get().image
    assert not {"/", "\\"} & set(image.name)
    assert not image.name.startswith(".")
    assert image.format == "PNG"


@pytest.mark.parametrize("address", ["/media/", "/media/quarantine/", "/static/../media/", "/quarantine/", "/images/"])
def test_no_address_serves_the_storage(world, address, settings):
    world.job(images=1)
    assert settings.MEDIA_URL in {"", "/"}
    assert world.browser(world.rita).get(address).status_code == 404
