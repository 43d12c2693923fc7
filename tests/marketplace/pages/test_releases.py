"""The dataset's page: make a release, see all of them, download one."""

import hashlib
import json

import pytest
from django.urls import reverse

from marketplace.models import Release
from marketplace.releases import make_release
from tests.marketplace.test_settling import three_answers


@pytest.fixture
def job(world):
    job = world.published(images=2)
    three_answers(world, job)
    world.settled(job)
    return job


def page(world, job):
    return world.browser(world.rita).get(reverse("job_releases", args=[job.public_id])).content.decode()


def test_making_a_release_is_one_press(world, job):
    assert "No release yet" in page(world, job)

    response = world.browser(world.rita).post(reverse("release_make", args=[job.public_id]), follow=True)

    release = Release.objects.get()
    text = response.content.decode()
    assert (release.job, release.made_by, release.number) == (job, world.rita, 1)
    assert "Release 1 is made" in text
    assert release.sha256 in text
    assert "Nothing was settled since release 1" in text


def test_all_releases_are_listed_newest_first(world, job):
    first, second = (make_release(job=job, by=world.rita, now=world.now) for _ in range(2))

    text = page(world, job)

    assert text.index(f"releases/{second.public_id}/") < text.index(f"releases/{first.public_id}/")


def test_without_anything_settled_there_is_nothing_to_press_and_a_press_says_why(world):
    job = world.published(images=1)

    assert reverse("release_make", args=[job.public_id]) not in page(world, job)
    response = world.browser(world.rita).post(reverse("release_make", args=[job.public_id]), follow=True)

    assert b"No image of this job is settled yet" in response.content
    assert not Release.objects.exists()


def test_the_file_is_streamed_under_its_name_and_keeps_its_checksum(world, job):
    release = make_release(job=job, by=world.rita, now=world.now)

    response = world.browser(world.rita).get(reverse("release_file", args=[release.public_id]))

    content = b"".join(response.streaming_content)
    assert response["Content-Disposition"] == f'attachment; filename="tally-{job.public_id}-1-coco.json"'
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "private, no-cache"
    assert hashlib.sha256(content).hexdigest() == release.sha256 == response["ETag"].strip('"')
    assert len(json.loads(content)["images"]) == 1


def test_what_is_not_ones_own_does_not_exist(world, job):
    release = make_release(job=job, by=world.rita, now=world.now)
    rosa, worker = world.browser(world.rosa), world.browser(world.wei)

    assert rosa.get(reverse("job_releases", args=[job.public_id])).status_code == 404
    assert rosa.post(reverse("release_make", args=[job.public_id])).status_code == 404
    assert rosa.get(reverse("release_file", args=[release.public_id])).status_code == 404
    assert worker.get(reverse("release_file", args=[release.public_id])).status_code == 403
    assert world.browser(None).get(reverse("release_file", args=[release.public_id])).status_code == 302
    assert Release.objects.count() == 1


def test_looking_makes_nothing(world, job):
    assert world.browser(world.rita).get(reverse("release_make", args=[job.public_id])).status_code == 405
