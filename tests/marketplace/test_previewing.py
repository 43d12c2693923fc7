"""A job as its workers will see it, for its requester."""

import pytest

from annotation.models import Image
from marketplace.models import Assignment
from marketplace.previewing import NOBODY, next_image, record_trial
from marketplace.uploading import prepare_images

pytestmark = pytest.mark.django_db


def test_images_come_in_turn_and_start_over(world):
    job = world.job(images=3)
    prepare_images(job_id=job.pk)
    seen, after = [], 0
    for _ in range(4):
        after = next_image(job=job, after=after, now=world.now).image_id
        seen.append(after)
    assert seen == sorted(seen[:3]) + seen[:1]
    assert len(set(seen)) == 3
    assert not Assignment.objects.exists()


def test_the_hand_out_opens_nothing(world):
    job = world.job(images=1)
    prepare_images(job_id=job.pk)
    found = next_image(job=job, after=0, now=world.now)
    assert found.assignment_id == NOBODY
    assert (found.image_width, found.image_height, found.instructions_version) == (120, 90, 1)
    assert (found.lease_expires_at - world.now).total_seconds() == job.lease_seconds


def test_pictures_that_are_not_ready_or_of_other_jobs_are_left_out(world):
    job, other = world.job(images=2), world.job(images=1)
    prepare_images(job_id=other.pk)
    assert next_image(job=job, after=0, now=world.now) is None

    prepare_images(job_id=job.pk)
    first = job.tasks.first().image
    Image.objects.filter(pk=first.pk).update(state="failed", failure="too short", digest=None)

    assert {next_image(job=job, after=n, now=world.now).image_id for n in (0, first.pk, 10**9)} == {
        job.tasks.last().image_id
    }


def test_times_no_person_could_have_say_nothing(world):
    job = world.job(images=0)

    assert record_trial(job=job, times=[10_000, 12_000, 20, 99_000_000]) is None
    assert record_trial(job=job, times=[10_000, 12_000, 20, 14_000]) == 12_000
