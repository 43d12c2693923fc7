"""Practice and exam in the browser, and what the job's page says of them."""

import pytest
from django.urls import reverse

from marketplace.enrolling import enrol
from marketplace.models import Enrolment
from tests.marketplace.examining import HALF, RIGHT, WRONG, asking, take
from tests.marketplace.pages.test_label import config

pytestmark = pytest.mark.django_db
EXAM = {"questions": 2, "pass_mark": 0.7}


def page(world, job, name="work_job"):
    return world.browser(world.wei).get(reverse(name, args=[job.public_id]))


def test_the_jobs_page_says_what_comes_first_and_that_it_is_not_paid(world):
    job = asking(world, practice=2, exam=EXAM)

    said = page(world, job).text

    assert "You practise on 2 images first" in said
    assert "you may try twice" in said
    assert "This is not paid." in said
    assert "Take part" in said


def test_taking_part_leads_to_the_first_practice_image(world):
    job = asking(world, practice=2)
    browser = world.browser(world.wei)

    there = browser.post(reverse("work_enrol", args=[job.public_id]))
    assert there["Location"] == reverse("exercise", args=[job.public_id])
    said = config(browser.get(there["Location"]))

    assert said["mode"] == "decide"
    assert said["job"]["title"] == "Practice 1 of 2, not paid: Cans on shelves"
    assert said["submit"] == "Check my answer"
    assert said["first"]["reward"] is None
    exercise = Enrolment.objects.get().exercises.get(position=1)
    assert said["urls"]["decide"] == reverse("api:exercise-answer", args=[exercise.pk])
    assert said["urls"]["done"] == reverse("exercise_mark", args=[exercise.pk])


def test_a_practice_answer_is_shown_beside_what_is_right(world):
    job = asking(world, practice=1, exam=EXAM)
    enrol(job=job, worker=world.wei, now=world.now)
    (done,) = take(world, job, world.wei, HALF)
    address = reverse("exercise_mark", args=[done.pk])

    said = world.browser(world.wei).get(address).text

    assert "You drew 1 where nothing is to be marked." in said
    assert "Extra" in said
    assert "Start the exam" in said
    assert world.browser(world.wanda).get(address).status_code == 404


def test_an_exam_answer_is_not_shown_beside_what_is_right(world):
    job = asking(world, exam=EXAM)
    enrol(job=job, worker=world.wei, now=world.now)
    (done,) = take(world, job, world.wei, RIGHT)

    assert world.browser(world.wei).get(reverse("exercise_mark", args=[done.pk])).status_code == 404
    said = config(page(world, job, "exercise"))
    assert said["job"]["title"].startswith("Exam 2 of 2, not paid: ")
    assert said["urls"]["done"] == reverse("exercise", args=[job.public_id])


def test_how_the_exam_went_stands_on_the_jobs_page_question_by_question(world):
    job = asking(world, exam=EXAM)
    enrol(job=job, worker=world.wei, now=world.now)
    take(world, job, world.wei, RIGHT)
    assert "All right." not in page(world, job).text
    take(world, job, world.wei, WRONG)

    said = page(world, job).text

    assert "You reached 50 % in the exam, and 70 % are needed." in said
    assert "All right." in said
    assert "You missed the only object" in said
    assert "Start labelling" not in said


def test_who_has_no_question_left_is_sent_to_the_jobs_page(world):
    job = asking(world, practice=1)
    for ready in (False, True):
        there = page(world, job, "exercise")
        assert there["Location"] == reverse("work_job", args=[job.public_id]), ready
        if not ready:
            enrol(job=job, worker=world.wei, now=world.now)
            take(world, job, world.wei, RIGHT)
    assert "Start labelling" in page(world, job).text


def test_the_workspace_sends_who_must_practise_first_to_the_jobs_page(world):
    job = asking(world, practice=1)

    there = world.browser(world.wei).get(reverse("label", args=[job.public_id]), follow=True)

    assert "First come some images to practise on." in there.text
    assert "Start to practise" in there.text


def test_board_and_job_say_what_one_lacks_and_what_to_do(world):
    job = world.published(requirements={"countries": ["DE"], "skill": [{"at_least": 0.8}]})

    board = world.browser(world.wei).get(reverse("work")).text
    said = page(world, job).text

    assert "asks for something you do not have yet" in board
    for text in (board, said):
        assert "For people who live in Germany. Say in your profile where you live." in text
    assert f"{reverse('profile')}#about" in said
    assert "Start labelling" not in said
