"""The workers a requester has blocked."""

import pytest
from django.urls import reverse

from marketplace.blocking import block
from marketplace.enrolling import enrol
from marketplace.models import Block

pytestmark = pytest.mark.django_db
BOX = ("can", [10, 10, 40, 30])


@pytest.fixture
def browser(world):
    return world.browser(world.rita)


def test_a_worker_is_blocked_from_one_of_their_answers(world, browser):
    job = world.published(images=1)
    task = world.answer(job, world.wei, BOX).task_id
    shown = reverse("task_result", args=[job.public_id, task])
    action = reverse("answer_block", args=[job.public_id, task])
    assert action in browser.get(shown).text

    answer = browser.post(action, {"worker": world.wei.pseudonym, "show": "waiting"}, follow=True)

    assert answer.redirect_chain == [(f"{shown}?show=waiting", 302)]
    assert "gets no more images" in answer.text
    assert action not in answer.text
    assert Block.objects.get().worker == world.wei


def test_a_worker_is_blocked_by_name_and_let_in_again(world, browser):
    enrol(job=world.published(images=1), worker=world.wei, now=world.now)
    assert "Nobody is blocked" in browser.get("/workers/blocked/").text

    sent = {"worker": f" {world.wei.pseudonym.upper()} ", "reason": "Copies others"}
    page = browser.post("/workers/blocked/add/", sent, follow=True).text
    assert "Copies others" in page
    assert world.wei.email not in page

    remove = reverse("block_remove", args=[world.wei.pseudonym])
    assert "Nobody is blocked" in browser.post(remove, follow=True).text
    assert browser.post(remove).status_code == 404


def test_a_name_nobody_has_is_told_and_kept(world, browser):
    answer = browser.post("/workers/blocked/add/", {"worker": "w-nobody", "reason": "Why not"})

    assert answer.status_code == 422
    assert (answer.context["typed"], answer.context["reason"]) == ("w-nobody", "Why not")
    assert "Nobody of this name" in answer.text
    assert browser.post("/workers/blocked/add/", {"worker": "a\x00b"}).status_code == 422


def test_others_cannot_block_through_a_job_that_is_not_theirs(world):
    job = world.published(images=1)
    task = world.answer(job, world.wei, BOX).task_id
    block(requester=world.rita, pseudonym=world.wei.pseudonym, now=world.now)
    rosa = world.browser(world.rosa)

    sent = {"worker": world.wei.pseudonym}
    assert rosa.post(reverse("answer_block", args=[job.public_id, task]), sent).status_code == 404
    assert rosa.post(reverse("block_remove", args=[world.wei.pseudonym])).status_code == 404
    assert world.wei.pseudonym not in rosa.get("/workers/blocked/").text


def test_an_answers_worker_who_is_none_is_not_found(world, browser):
    job = world.published(images=1)
    task = world.answer(job, world.wei, BOX).task_id

    answer = browser.post(reverse("answer_block", args=[job.public_id, task]), {"worker": "w-nobody"})

    assert answer.status_code == 404
