"""The images of a draft: many at once, refused one by one, with a script or without."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from annotation.models import Image
from marketplace import uploading
from marketplace.closing import close
from marketplace.pages import images
from marketplace.uploading import prepare_images
from tests.world import picture

pytestmark = pytest.mark.django_db
JSON = {"HTTP_ACCEPT": "application/json"}


@pytest.fixture
def browser(world):
    return world.browser(world.rita)


def at(job):
    return reverse("job_images", args=[job.public_id])


def no_picture():
    return SimpleUploadedFile("notes.jpg", b"not a picture", "image/jpeg")


def test_a_script_is_told_what_was_added_and_what_was_refused(world, browser):
    job = world.job(images=0)
    answer = browser.post(at(job), {"files": [picture("a.png", shade=1), no_picture()]}, **JSON)
    assert answer.status_code == 200
    assert answer.json()["added"] == 1
    assert [file["name"] for file in answer.json()["refused"]] == ["notes.jpg"]
    assert answer.json()["refused"][0]["message"]


def test_without_a_script_the_page_says_so(world, browser):
    job = world.job(images=0)
    page = browser.post(at(job), {"files": [picture("a.png", shade=1), no_picture()]})
    assert "1 added, 1 refused:" in page.text
    assert "<b>notes.jpg</b>" in page.text
    assert "a.png" in page.text


def test_sending_no_file_asks_for_one(world, browser):
    assert "Choose at least one file." in browser.post(at(world.job(images=0))).text


def test_the_same_picture_twice_is_refused_once(world, browser):
    job = world.job(images=0)
    answer = browser.post(at(job), {"files": [picture("a.png"), picture("b.png")]}, **JSON).json()
    assert (answer["added"], len(answer["refused"])) == (1, 1)


def test_a_job_that_is_full_says_so(world, browser, monkeypatch):
    monkeypatch.setattr(uploading, "MAX_IMAGES", 1)
    job = world.job(images=1)
    answer = browser.post(at(job), {"files": [picture("b.png", shade=5)]}, **JSON)
    assert (answer.status_code, answer.json()["detail"]) == (422, "A job holds at most 1 images.")
    page = browser.post(at(job), {"files": [picture("b.png", shade=5)]}, follow=True)
    assert "A job holds at most 1 images." in page.text


def test_a_published_job_takes_images_that_wait_to_be_paid_for(world, browser):
    job = world.published(images=1)
    assert browser.post(at(job), {"files": [picture("b.png", shade=5)]}, **JSON).json()["added"] == 1
    shown = browser.get(at(job)).text
    assert "wait until you publish them" in shown
    assert shown.count("/remove/") == 1, "only the new one"


def test_a_job_that_ended_takes_no_more_images(world, browser):
    job = world.published(images=1)
    close(job=job, now=world.now)
    assert browser.post(at(job), {"files": [picture("b.png", shade=5)]}, **JSON).status_code == 409
    page = browser.post(at(job), {"files": [picture("b.png", shade=5)]}, follow=True)
    assert "can no longer be changed" in page.text
    shown = browser.get(at(job)).text
    assert 'type="file"' not in shown
    assert "/remove/" not in shown


def test_pictures_are_shown_when_they_are_ready_and_until_then_the_page_looks_again(world, browser):
    job = world.job(images=2)
    page = browser.get(at(job)).text
    assert "being prepared" in page
    assert 'hx-select="#photos"' in page

    prepare_images(job_id=job.pk)

    page = browser.get(at(job)).text
    assert "being prepared" not in page
    assert "hx-get" not in page
    assert page.count('src="/image/') == 2


def test_a_picture_that_cannot_be_read_says_why(world, browser):
    job = world.job(images=1)
    Image.objects.update(state="failed", failure="The file ends too early.")
    page = browser.get(at(job)).text
    assert "cannot be read" in page
    assert "The file ends too early." in page


def test_images_are_shown_page_by_page(world, browser, monkeypatch):
    monkeypatch.setattr(images, "A_PAGE", 2)
    job = world.job(images=3)
    assert len(browser.get(at(job)).context["photos"]) == 2
    assert len(browser.get(at(job) + "?page=2").context["photos"]) == 1
    assert "3" in browser.get(at(job)).text


def test_an_image_is_removed_and_a_second_click_is_no_error(world, browser):
    job = world.job(images=2)
    address = reverse("job_image_remove", args=[job.public_id, job.tasks.first().pk])
    assert "The image is removed." in browser.post(address, follow=True).text
    assert "removed already" in browser.post(address, follow=True).text
    assert job.tasks.count() == 1


def test_an_image_of_another_job_is_not_removed_through_ones_own(world, browser):
    own, foreign = world.job(images=1), world.job(owner=world.rosa, images=1)
    task = foreign.tasks.first().pk
    browser.post(reverse("job_image_remove", args=[own.public_id, task]))
    assert (
        world.browser(world.rita).post(reverse("job_image_remove", args=[foreign.public_id, task])).status_code == 404
    )
    assert foreign.tasks.count() == 1


def test_a_published_jobs_images_stay(world, browser):
    job = world.published(images=1)
    address = reverse("job_image_remove", args=[job.public_id, job.tasks.first().pk])
    assert "is published" in browser.post(address, follow=True).text
    assert job.tasks.count() == 1
