"""A worker's answers: the list, and one of them beside what was adopted."""

import pytest
from django.urls import reverse

from marketplace.assigning import claim
from marketplace.pages import history
from tests.marketplace.test_settling import CAN, ELSEWHERE, NEAR, three_answers
from tests.marketplace.test_steps import happened

pytestmark = pytest.mark.django_db


def at(assignment):
    return reverse("answer", args=[assignment.pk])


def judged(world):
    """A settled image: Wei and Wanda agree, Walt's answer is rejected."""
    job = world.published(images=1)
    walt = three_answers(world, job)
    world.settled(job)
    return {name: job.assignments.get(worker=who) for name, who in (("wei", world.wei), ("walt", walt))}, walt


def test_nothing_answered_yet_leads_to_the_work(world):
    browser = world.browser(world.wei)
    assert "No answers yet" in browser.get("/work/history/").text
    assert "None of your answers is in this state." in browser.get("/work/history/?show=rejected").text


def test_the_list_says_what_became_of_each_answer_and_why(world):
    _, walt = judged(world)
    page = world.browser(walt).get("/work/history/").text
    assert "Rejected" in page
    assert walt.assignments.get().verdict.explanation in page
    assert "$0.00" in page
    mine = world.browser(world.wei).get("/work/history/").text
    assert "+$0.05" in mine
    assert "Accepted" in mine


def test_the_tabs_narrow_the_list_and_nonsense_shows_all(world):
    job = world.published(images=2)
    world.answer(job, world.wei, CAN)
    browser = world.browser(world.wei)
    counts = {show: len(browser.get(f"/work/history/?show={show}").context["rows"]) for show in
              ("all", "waiting", "accepted", "rejected", "nonsense")}  # fmt: skip
    assert counts == {"all": 1, "waiting": 1, "accepted": 0, "rejected": 0, "nonsense": 1}
    assert "Waits until the others have answered." in browser.get("/work/history/").text


def test_the_list_comes_page_by_page_and_keeps_its_tab(world, monkeypatch):
    monkeypatch.setattr(history, "A_PAGE", 2)
    job = world.published(images=3)
    for _ in range(3):
        world.answer(job, world.wei, CAN)
    page = world.browser(world.wei).get("/work/history/?show=waiting")
    assert len(page.context["rows"]) == 2
    assert "show=waiting&amp;page=2" in page.text


def test_pictures_are_addressed_to_the_worker_alone(world):
    _, walt = judged(world)
    page = world.browser(walt).get("/work/history/")
    url = page.context["rows"][0][1]
    shown = world.browser(walt).get(url)
    assert shown.status_code == 200
    assert shown.getvalue()
    assert world.browser(world.wei).get(url).status_code == 404


def test_what_was_adopted_stays_hidden_until_the_own_answer_is_judged(world):
    job = world.published(images=1)
    mine = world.answer(job, world.wei, CAN)
    world.answer(job, world.wanda, NEAR)
    page = world.browser(world.wei).get(at(mine))
    assert "Not judged yet" in page.text
    assert page.context["comparison"] is None
    assert [layer["name"] for layer in page.context["viewer"]["layers"]] == ["Yours"]
    assert "$0.05 if accepted" in page.text


def test_a_rejected_answer_is_shown_against_the_adopted_one(world):
    answers, walt = judged(world)
    page = world.browser(walt).get(at(answers["walt"]))
    comparison = page.context["comparison"]
    assert {row.status for row in comparison.rows} == {"missed", "extra"}
    assert [layer["name"] for layer in page.context["viewer"]["layers"]] == ["Yours", "Adopted"]
    for words in ("Missed", "Extra", "clearly agree with each other", answers["walt"].verdict.explanation):
        assert words in page.text
    assert world.wei.pseudonym not in page.text
    assert "0.png" not in page.text, "a file's name is its requester's business"


def test_an_accepted_answer_shows_how_well_it_met(world):
    answers, _ = judged(world)
    page = world.browser(world.wei).get(at(answers["wei"]))
    assert [row.status for row in page.context["comparison"].rows] == ["matched"]
    assert "+$0.05" in page.text


def test_tags_are_told_apart_from_the_adopted_ones(world):
    job = world.published(images=1, labels=[{"name": n, "shapes": ["tag"]} for n in ("day", "night")], tag_choice="one")
    walt = world.worker("Walt")
    for worker, tag in ((world.wei, "day"), (world.wanda, "day"), (walt, "night")):
        world.answer_tags(job, worker, tag)
    world.settled(job)
    page = world.browser(walt).get(at(walt.assignments.get())).text
    assert "day (2 of 3)" in page
    assert "Rejected" in page


def test_how_an_answer_came_about_is_told_in_words(world):
    answer = world.answer(world.published(images=1), world.wei, CAN)
    for _ in range(2):
        happened("renewed", answer, answer.submitted_at)
    page = world.browser(world.wei).get(at(answer)).text
    assert page.index("Image shown to you") < page.index("Time extended 2 times") < page.rindex("Submitted")


def test_somebody_elses_answer_does_not_exist(world):
    answers, _ = judged(world)
    assert world.browser(world.wanda).get(at(answers["walt"])).status_code == 404
    assert world.browser(world.rita).get(at(answers["walt"])).status_code == 403
    assert world.browser(None).get(at(answers["walt"])).status_code == 302


def test_what_is_held_and_not_answered_is_no_answer(world):
    held = claim(job=world.published(images=1), worker=world.wei, now=world.now)
    address = reverse("answer", args=[held.assignment_id])
    assert world.browser(world.wei).get(address).status_code == 404


def test_an_answer_that_found_nothing_is_shown_too(world):
    job = world.published(images=1)
    walt = world.worker("Walt")
    world.answer(job, world.wei)
    world.answer(job, world.wanda)
    world.answer(job, walt, ELSEWHERE)
    world.settled(job)
    page = world.browser(world.wei).get(at(world.wei.assignments.get()))
    assert page.status_code == 200
    assert page.context["comparison"].rows == ()
