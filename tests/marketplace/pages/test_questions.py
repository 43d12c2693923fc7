"""A requester's page of practice and exam images."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.models import Question
from marketplace.uploading import prepare_images
from tests.marketplace.examining import RIGHT, asking, question
from tests.marketplace.pages.test_label import config
from tests.world import picture

pytestmark = pytest.mark.django_db


def at(job, name="job_questions", *more):
    return reverse(name, args=[job.public_id, *more])


def test_an_image_is_added_and_waits_for_its_answer_which_is_drawn_in_the_workspace(world):
    job = world.job(images=0, requirements={"exam": {"questions": 1}})
    browser = world.browser(world.rita)

    page = browser.post(at(job), {"kind": "exam", "image": picture("a.png", shade=50)}, follow=True)
    assert "Now draw its answer" in page.text
    assert "no answer yet" in page.text
    assert "The exam asks 1 image." in page.text
    added = Question.objects.get()
    assert browser.get(at(job, "question_draw", added.pk)).status_code == 404, "still being prepared"
    prepare_images(job_id=job.pk)
    assert "Draw the answer" in browser.get(at(job)).text

    said = config(browser.get(at(job, "question_draw", added.pk)))
    assert said["job"]["title"] == "Known answer for exam: Cans on shelves"
    assert world.api(world.rita).post(said["urls"]["decide"], {"annotation": RIGHT}).status_code == 200

    page = browser.get(at(job)).text
    assert "answered" in page
    assert "The exam asks" not in page
    begun = config(browser.get(at(job, "question_draw", added.pk)))["first"]["draft"]["annotation"]
    assert begun["shapes"][0]["label"] == "can"


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "exam"}, "Choose a file."),
        ({"kind": "gold", "image": "png"}, "One of practice, exam."),
        ({"kind": "exam", "image": "text"}, "not a picture"),
    ],
)
def test_what_is_not_taken_is_told(world, body, words):
    job = world.job(images=0)
    if "image" in body:
        text = SimpleUploadedFile("a.png", b"hello there")
        file = text if body["image"] == "text" else picture("a.png", shade=50)
        body = {**body, "image": file}

    assert words in world.browser(world.rita).post(at(job), body, follow=True).text
    assert not Question.objects.exists()


def test_a_draft_loses_a_question_and_a_published_job_keeps_it(world):
    job = world.job(images=0)
    added = question(world, job, "practice", shade=50)
    browser = world.browser(world.rita)
    assert "The image is removed." in browser.post(at(job, "question_remove", added.pk), follow=True).text
    assert "removed already" in browser.post(at(job, "question_remove", added.pk), follow=True).text

    job = asking(world, practice=1)
    page = browser.post(at(job, "question_remove", Question.objects.get().pk), follow=True).text
    assert "This job is published" in page
    assert "Change it" not in page


def test_the_questions_of_others_are_not_found(world):
    job = world.job(images=0)
    added = question(world, job, "practice", shade=50)
    prepare_images(job_id=job.pk)
    browser = world.browser(world.rosa)

    assert browser.get(at(job)).status_code == 404
    assert browser.get(at(job, "question_draw", added.pk)).status_code == 404
    assert browser.post(at(job, "question_remove", added.pk)).status_code == 404
