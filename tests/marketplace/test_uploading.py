import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile

from annotation.models import Image
from marketplace.closing import close
from marketplace.errors import Conflict
from marketplace.models import Task
from marketplace.posting import publish
from marketplace.uploading import add_images, last_position, prepare_images, remove_image
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


def test_a_published_job_loses_no_image_that_is_paid_for(world):
    job = world.published(images=1)
    late = add_images(job=job, files=[picture("late.png", shade=9)], now=world.now).added[0]

    with pytest.raises(Conflict, match="is published"):
        remove_image(job=job, task_id=job.tasks.first().pk)
    remove_image(job=job, task_id=late.pk)

    assert job.tasks.count() == 1


def test_a_job_that_ended_takes_and_loses_no_images(world):
    job = world.published(images=1)
    close(job=job, now=world.now)
    job.refresh_from_db()

    with pytest.raises(Conflict, match="can no longer be changed"):
        add_images(job=job, files=[picture("late.png", shade=9)], now=world.now)
    with pytest.raises(Conflict, match="can no longer be changed"):
        remove_image(job=job, task_id=job.tasks.get().pk)


def test_positions_go_on_after_the_last_one_whatever_became_of_it(world):
    job = world.job(images=3)
    assert last_position(job=job) == 3

    job.tasks.filter(position=3).update(state="cancelled")
    assert last_position(job=job) == 3
    remove_image(job=job, task_id=job.tasks.get(position=3).pk)
    assert last_position(job=job) == 2

    published = world.published(images=2)
    published.tasks.update(state="settled")
    assert last_position(job=published) == 2


def test_an_image_that_cannot_be_prepared_leaves_the_job(world):
    job = world.job(images=1)
    default_storage.delete(f"quarantine/{default_storage.listdir('quarantine')[1][0]}")

    assert prepare_images(job_id=job.pk) == 0

    assert job.tasks.get().state == Task.State.CANCELLED
    assert "gone" in job.tasks.get().image.failure


def test_many_images_are_looked_for_in_batches_each_once(world, monkeypatch):
    monkeypatch.setattr("marketplace.uploading.A_LOOK", 2)
    job, other = world.job(images=5), world.job(images=1)

    assert prepare_images(job_id=job.pk) == 5
    assert other.tasks.get().image.state == "checked"


def test_who_prepares_the_last_paid_image_rings_for_its_places(world, monkeypatch):
    rung = []
    monkeypatch.setattr("marketplace.uploading.bell.ring", lambda *call: rung.append(call))
    job = world.job(images=1)
    prepare_images(job_id=job.pk)
    assert ("make_places", job.pk) not in rung

    world.fund(world.rita, "10.00")
    add_images(job=job, files=[picture("more.png", shade=9)], now=world.now)
    publish(job=job, now=world.now)
    rung.clear()
    prepare_images(job_id=job.pk)
    assert rung == [("make_places", job.pk)]


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
