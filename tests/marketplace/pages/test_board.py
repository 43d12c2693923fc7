"""Finding work, and what a job asks and pays before one starts."""

import pytest
from django.urls import reverse
from django.utils import timezone

from marketplace.assigning import claim
from marketplace.blocking import block
from marketplace.closing import close
from marketplace.enrolling import enrol
from marketplace.inviting import invite
from marketplace.models import Job
from marketplace.posting import pause
from tests.marketplace.test_settling import CAN, three_answers

pytestmark = pytest.mark.django_db


def at(job):
    return reverse("work_job", args=[job.public_id])


@pytest.fixture
def browser(world):
    return world.browser(world.wei)


def test_a_board_without_work_says_so(browser):
    assert "No work just now" in browser.get("/work/").text


def test_many_jobs_are_shown_page_by_page(world, browser, monkeypatch):
    monkeypatch.setattr("marketplace.boards.A_PAGE", 1)
    world.published(images=1, title="First")
    world.later(hours=1)
    world.published(images=1, title="Second")
    first, second = browser.get("/work/").text, browser.get("/work/?page=2").text
    assert ("More jobs" in first, "More jobs" in second, "Previous" in second) == (True, False, True)
    assert "Page 2" in second
    assert "There are fewer pages now" in browser.get("/work/?page=3").text
    assert "Page 1" in browser.get("/work/?page=nonsense").text


def test_more_places_than_are_counted_are_told_with_a_plus(world, browser, monkeypatch):
    monkeypatch.setattr("marketplace.boards.PLACES_COUNTED", 2)
    job = world.published(images=1)
    assert '<dd class="num">2+</dd>' in browser.get("/work/").text
    assert "<dd>2+</dd>" in browser.get(at(job)).text


def test_a_card_says_what_a_job_pays_and_who_asks(world, browser):
    job = world.published(images=2)
    page = browser.get("/work/").text
    assert at(job) in page
    for words in ("Cans on shelves", "$0.05", "not known yet", world.rita.pseudonym, "no record yet", "can</li>"):
        assert words in page
    assert world.rita.email not in page


def test_ones_own_drafts_and_paused_jobs_are_not_on_the_board(world):
    both = world.person("Bo", is_requester=True, is_worker=True)
    world.published(images=1, owner=both, title="Bo's own")
    world.job(title="A draft")
    pause(job=world.published(images=1, title="A paused one"), now=world.now)
    assert "No work just now" in world.browser(both).get("/work/").text


def test_pay_below_the_floor_is_pointed_out(world, browser):
    job = world.published(images=1)
    Job.objects.filter(pk=job.pk).update(trial_ms=60_000)
    assert "below $8.00 an hour" in browser.get("/work/").text
    page = browser.get(at(job)).text
    assert "Most people earn less than $8.00" in page
    assert "by the requester&#x27;s own timing" in page


def test_a_job_says_everything_before_one_starts(world, browser):
    job = world.published(images=1, overlap={"min": 2, "max": 4})
    page = browser.get(at(job)).text
    for words in ("Draw a box around every can", "2 to 4 people answer", "30 minutes", "Start labelling"):
        assert words in page
    assert reverse("label", args=[job.public_id]) in page
    assert not Job.objects.get().enrolments.exists(), "looking is no claim"


def test_a_draft_does_not_exist_for_workers(world, browser):
    assert browser.get(at(world.job())).status_code == 404
    assert browser.get("/work/nosuchjob/").status_code == 404


def start(browser, job):
    return reverse("label", args=[job.public_id]) in browser.get(at(job)).text


def test_nobody_is_invited_to_work_on_their_own_job(world):
    both = world.person("Bo", is_requester=True, is_worker=True)
    job = world.published(images=1, owner=both)
    browser = world.browser(both)
    assert not start(browser, job)
    assert "This is your own job" in browser.get(at(job)).text


def test_who_is_blocked_is_told(world, browser):
    job = world.published(images=2)
    world.answer(job, world.wei, CAN)
    job.enrolments.update(state="blocked")
    assert not start(browser, job)
    assert "You cannot work on this job" in browser.get(at(job)).text


def test_who_is_blocked_may_still_finish_what_they_hold(world, browser):
    job = world.published(images=2)
    claim(job=job, worker=world.wei, now=world.now)
    block(requester=world.rita, pseudonym=world.wei.pseudonym, now=world.now)
    assert "The image you hold you may finish" in browser.get(at(job)).text
    assert start(browser, job)
    assert browser.get(reverse("label", args=[job.public_id])).status_code == 200


@pytest.mark.parametrize("visibility", ["invited", "link"])
def test_a_private_job_does_not_exist_for_who_is_not_let_in(world, browser, visibility):
    job = world.published(images=1, visibility=visibility)
    for address in (at(job), f"{at(job)}?key=wrong", reverse("label", args=[job.public_id])):
        assert browser.get(address).status_code == 404
    assert browser.post(reverse("work_enrol", args=[job.public_id]), {"key": "wrong"}).status_code == 404
    assert not job.enrolments.exists()


def test_whoever_opens_the_link_of_a_job_begins_by_it(world, browser):
    job = world.published(images=1, visibility="link")
    page = browser.get(at(job), {"key": job.invite_key}).text
    assert f'action="{reverse("work_enrol", args=[job.public_id])}"' in page
    assert not job.enrolments.exists(), "looking is no claim"

    begun = browser.post(reverse("work_enrol", args=[job.public_id]), {"key": job.invite_key}, follow=True)

    assert begun.redirect_chain == [(reverse("label", args=[job.public_id]), 302)]
    assert begun.status_code == 200


def test_who_comes_by_the_link_of_a_paused_job_is_sent_back_to_its_page_with_the_reason(world, browser):
    job = pause(job=world.published(images=1, visibility="link"), now=world.now)
    sent = browser.post(reverse("work_enrol", args=[job.public_id]), {"key": job.invite_key}, follow=True)
    assert "takes no new workers now" in sent.text
    assert "has paused this job" in sent.text


def test_who_is_invited_begins_like_everybody(world, browser):
    job = world.published(images=1, visibility="invited")
    invite(job=job, addresses=[world.wei.email], now=world.now)
    assert start(browser, job)


def test_the_most_answers_of_one_worker_are_told_before_and_when_they_are_given(world, browser):
    job = world.published(images=2, limits={"answers_per_day": 1})
    assert "One worker may give 1 answer a day." in browser.get(at(job)).text
    enrol(job=job, worker=world.wei, now=world.now)
    job.enrolments.update(answers_on=timezone.now().date(), answers_today=1)
    assert "Come back tomorrow" in browser.get(at(job)).text
    assert not start(browser, job)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("paused", "has paused this job"),
        ("publishing", "opens in a moment"),
        ("closing", "is finished"),
        ("closed", "is finished"),
    ],
)
def test_a_job_that_hands_out_nothing_says_why(world, browser, state, words):
    job = world.published(images=1)
    Job.objects.filter(pk=job.pk).update(state=state)
    assert not start(browser, job)
    assert words in browser.get(at(job)).text


def test_a_full_job_says_so_to_others_and_lets_its_holder_go_on(world, browser):
    job = world.published(images=1, overlap=1)
    claim(job=job, worker=world.wei, now=world.now)
    assert "Go on labelling" in browser.get(at(job)).text
    others = world.browser(world.wanda)
    assert not start(others, job)
    assert "No place is open" in others.get(at(job)).text


def test_a_holder_may_finish_what_they_hold_although_the_job_closes(world, browser):
    job = world.published(images=1)
    claim(job=job, worker=world.wei, now=world.now)
    close(job=job, now=world.now)
    assert start(browser, job)


def test_the_requesters_record_is_in_view(world, browser):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    assert "rejects 33% of judged answers" in browser.get(at(job)).text
