"""Undecided images, for their requester and, where a job says so, for admins."""

import pytest
from django.urls import reverse

from marketplace.auditing import audit
from marketplace.models import Assignment, Decision, Task
from marketplace.uploading import prepare_images

CAN, BAG = ("can", [10, 10, 30, 30]), ("bag", [70, 50, 20, 20])


def disputed(world, **changes):
    job = world.published(images=1, overlap=2, **changes)
    prepare_images(job_id=job.pk)
    world.given = [world.answer(job, world.wei, CAN), world.answer(job, world.wanda, BAG)]
    world.settled(job)
    return job


@pytest.fixture
def job(world):
    return disputed(world)


def address(job):
    return reverse("task_undecided", args=[job.public_id, Task.objects.exclude(state="gold").get(job=job).pk])


def test_the_queue_leads_to_the_image_with_its_answers_side_by_side(world, job):
    shown = world.browser(world.rita).get(reverse("job_undecided", args=[job.public_id]), follow=True)
    text = shown.content.decode()
    assert shown.redirect_chain[0][0] == address(job)
    assert "Disputed" in text
    for worker in (world.wei, world.wanda):
        assert worker.pseudonym in text
        assert worker.name not in text


def test_one_chosen_answer_is_picked_and_several_are_merged(world, job):
    browser = world.browser(world.rita)
    told = browser.post(address(job), {"answer": [str(world.given[1].pk)], "as_gold": "1"}, follow=True)
    assert b"The answer you picked is adopted." in told.content
    assert b"Nothing is undecided" in told.content
    decision = Decision.objects.get(current=True)
    assert (decision.kind, decision.as_gold) == ("adjudication", True)
    both = {"answer": [str(given.pk) for given in world.given]}
    assert b"2 answers are merged and adopted." in browser.post(address(job), both, follow=True).content
    assert set(Assignment.objects.values_list("state", flat=True)) == {"accepted"}
    results = reverse("task_result", args=[job.public_id, decision.task_id])
    assert b"Decided by a person." in browser.get(results).content
    assert audit() == []


@pytest.mark.parametrize(("chosen", "told"), [([], b"Choose at least one"), (["x"], b"no such answer")])
def test_a_choice_that_is_none_is_told(world, job, chosen, told):
    reply = world.browser(world.rita).post(address(job), {"answer": chosen, "as_gold": "1"})
    assert reply.status_code == 422
    assert told in reply.content
    assert reply.context["as_gold"]
    assert Decision.objects.count() == 1


def test_the_results_page_leads_there(world, job):
    page = reverse("task_result", args=[job.public_id, Task.objects.get().pk])
    assert address(job).encode() in world.browser(world.rita).get(page).content
    assert b"Undecided" in world.browser(world.rita).get(reverse("job", args=[job.public_id])).content


def test_an_admin_decides_where_the_job_leaves_it_to_them(world):
    job = disputed(world, policy={"adjudicator": "admin"})
    admin, requester = world.browser(world.ada), world.browser(world.rita)
    assert job.title.encode() in admin.get(reverse("undecided")).content
    assert b"An admin decides" in requester.get(address(job)).content
    choice = {"answer": [str(world.given[0].pk)]}
    assert b"An admin decides" in requester.post(address(job), choice, follow=True).content
    assert Decision.objects.count() == 1
    assert b"is adopted" in admin.post(address(job), choice, follow=True).content
    assert b"Nothing is undecided" in admin.get(reverse("undecided")).content


def test_strangers_find_nothing(world, job):
    for person, status in ((world.rosa, 404), (world.ada, 404), (world.wei, 403)):
        browser = world.browser(person)
        assert browser.get(address(job)).status_code == status
        assert browser.post(address(job), {"answer": [str(world.given[0].pk)]}).status_code == status
        assert browser.get(reverse("job_undecided", args=[job.public_id])).status_code == status
    assert world.browser(world.rita).get(reverse("undecided")).status_code == 403
