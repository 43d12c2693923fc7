import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotation.models import Image
from marketplace.errors import Conflict
from marketplace.models import Task
from marketplace.uploading import add_images, prepare_images, remove_image
from tests.marketplace.test_assigning import together
from tests.world import World, picture


def test_a_bad_file_costs_no_good_one_and_is_named_with_its_reason(world):
    job = world.job(images=0)
    files = [picture("a.png", shade=1), SimpleUploadedFile("notes.jpg", b"hello"), picture("b.png", shade=2)]

    report = add_images(job=job, files=files, now=world.now)

    assert [task.image.name for task in report.added] == ["a.png", "b.png"]
    assert [(refused.name, bool(refused.message)) for refused in report.refused] == [("notes.jpg", True)]
    assert list(job.tasks.values_list("position", flat=True)) == [1, 2]


def test_the_same_picture_twice_is_refused(world):
    job = world.job(images=0)

    report = add_images(job=job, files=[picture("a.png"), picture("again.png")], now=world.now)

    assert [(refused.name, refused.rule) for refused in report.refused] == [("again.png", "duplicate")]


def test_two_jobs_may_hold_the_same_picture(world):
    world.job(images=1)
    world.job(images=1)

    assert Task.objects.count() == 2


def test_a_removed_image_is_gone_with_its_file(world):
    job = world.job(images=2)
    task = job.tasks.first()

    remove_image(job=job, task_id=task.pk)

    assert job.tasks.count() == Image.objects.count() == 1


def test_another_jobs_image_cannot_be_removed(world):
    job, other = world.job(images=1), world.job(images=1)

    with pytest.raises(Task.DoesNotExist):
        remove_image(job=job, task_id=other.tasks.get().pk)


def test_a_published_job_takes_and_loses_no_images(world):
    job = world.published(images=1)

    with pytest.raises(Conflict, match="drafts only"):
        add_images(job=job, files=[picture("late.png", shade=9)], now=world.now)
    with pytest.raises(Conflict, match="drafts only"):
        remove_image(job=job, task_id=job.tasks.get().pk)


def test_renditions_are_made_in_the_background(world):
    job = world.job(images=2)

    assert prepare_images(job_id=job.pk) == 2
    assert set(Image.objects.values_list("state", flat=True)) == {"ready"}
    assert prepare_images(job_id=job.pk) == 0


@pytest.mark.django_db(transaction=True)
def test_several_at_it_prepare_each_image_once():
    world = World()
    job = world.job(images=12)

    counts = together(3, lambda _: prepare_images(job_id=job.pk))

    assert sum(counts) == 12
    assert set(Image.objects.values_list("state", flat=True)) == {"ready"}
