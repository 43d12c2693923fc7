"""A requester's jobs: the list, one job's page in each of its states, and what can be done there."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from marketplace.assigning import claim
from marketplace.closing import close
from marketplace.drafting import MAX_INSTRUCTIONS
from marketplace.models import Job
from marketplace.pages import jobs
from marketplace.posting import pause
from marketplace.uploading import add_images
from tests.marketplace.test_settling import CAN, three_answers
from tests.world import picture

pytestmark = pytest.mark.django_db


def at(name, job):
    return reverse(name, args=[job.public_id])


def state_of(job):
    return Job.objects.values_list("state", flat=True).get(pk=job.pk)


def test_the_list_holds_ones_own_jobs_newest_first_page_by_page(world, monkeypatch):
    monkeypatch.setattr(jobs, "A_PAGE", 2)
    for title in ("First", "Second", "Third"):
        world.job(title=title, images=0)
        world.later(minutes=1)
    world.job(owner=world.rosa, title="Rosa's", images=0)
    browser = world.browser(world.rita)

    first, second = browser.get("/jobs/"), browser.get("/jobs/?page=2")

    assert [row.job.title for row in first.context["rows"]] == ["Third", "Second"]
    assert [row.job.title for row in second.context["rows"]] == ["First"]
    assert 'rel="next"' in first.text


def test_who_has_no_jobs_is_shown_the_way_to_the_first(world):
    page = world.browser(world.rita).get("/jobs/").text
    assert "No jobs yet" in page
    assert reverse("job_new") in page


def test_a_short_wallet_says_by_how_much_and_offers_to_pay_what_a_card_can(world):
    job = world.job(images=2)  # 2 images x 3 answers x $0.06 = $0.36
    world.fund(world.rita, "0.10")
    browser = world.browser(world.rita)

    page = browser.get(at("job", job)).text
    assert "short by <b>$0.26</b>" in page
    assert 'value="0.50"' in page
    assert f'name="job" value="{job.public_id}"' in page
    assert at("job_publish", job) not in page

    after = browser.post(at("job_publish", job), follow=True).text
    assert "short by $0.26" in after
    assert state_of(job) == "draft"


def test_publishing_holds_the_money_and_a_second_click_takes_no_more(world):
    job = world.job(images=2)
    world.fund(world.rita, "10.00")
    browser = world.browser(world.rita)
    assert "Publish now" in browser.get(at("job", job)).text

    first = browser.post(at("job_publish", job), follow=True)
    second = browser.post(at("job_publish", job), follow=True)

    assert "Places are being made" in first.text
    assert "already publishing" in second.text
    assert "$9.64" in browser.get("/wallet/").text


def test_a_job_without_images_cannot_be_published(world):
    job = world.job(images=0)
    browser = world.browser(world.rita)
    assert "Add images first" in browser.get(at("job", job)).text
    assert "Add at least one image" in browser.post(at("job_publish", job), follow=True).text


def test_the_own_timing_is_spoken_of_only_where_there_is_one(world):
    job = world.job(images=1, reward="0.05")
    browser = world.browser(world.rita)
    assert "own timing" not in browser.get(at("job", job)).text

    Job.objects.filter(pk=job.pk).update(trial_ms=60_000)
    assert "pays $3.00 an hour, below $8.00" in browser.get(at("job", job)).text

    Job.objects.filter(pk=job.pk).update(trial_ms=10_000)
    page = browser.get(at("job", job)).text
    assert "pays $18.00 an hour" in page
    assert "below" not in page


def test_pausing_resuming_and_closing(world):
    job = world.published(images=1)
    browser = world.browser(world.rita)
    for action, state, words in [
        ("job_pause", "paused", "Paused"),
        ("job_resume", "open", "Open again"),
        ("job_close", "closing", "Closed to new work"),
    ]:
        assert words in browser.post(at(action, job), follow=True).text
        assert state_of(job) == state
    assert "cannot be closed" in browser.post(at("job_close", job), follow=True).text
    assert "Only an open job" in browser.post(at("job_pause", job), follow=True).text


def test_a_copy_is_a_draft_of_ones_own_to_edit(world):
    job = world.published(images=1)
    answer = world.browser(world.rita).post(at("job_duplicate", job))
    copy = Job.objects.get(copied_from=job)
    assert answer["Location"] == at("job_edit", copy)
    assert (copy.state, copy.tasks.count(), copy.owner) == ("draft", 0, world.rita)


def test_a_draft_can_be_deleted_and_a_published_job_cannot(world):
    draft, job = world.job(title="Never mind"), world.published(images=1)
    browser = world.browser(world.rita)
    assert "deleted" in browser.post(at("job_delete", draft), follow=True).text
    assert "fixed" in browser.post(at("job_delete", job), follow=True).text
    assert list(Job.objects.all()) == [job]


def test_new_instructions_are_a_new_version(world):
    job = world.published(images=1)
    page = world.browser(world.rita).post(at("job_instructions", job), {"text": "Cans only."}, follow=True).text
    assert "Version 2 is in force" in page
    assert "Cans only." in page


@pytest.mark.parametrize(("text", "words"), [("  ", "Give the job instructions"), ("x" * 20_001, "At most 20,000")])
def test_refused_instructions_are_named_at_their_field_and_not_lost(world, text, words):
    assert MAX_INSTRUCTIONS == 20_000
    job = world.published(images=1)
    page = world.browser(world.rita).post(at("job_instructions", job), {"text": text})
    assert page.status_code == 422
    assert words in page.text
    assert f">{text}</textarea>" in page.text
    assert job.instructions.count() == 1


def test_what_can_be_pressed_is_no_part_of_what_refreshes_itself(world):
    job = world.published(images=1)
    part = world.browser(world.rita).get(at("job_progress", job)).text
    assert 'id="job-progress"' in part
    assert not any(tag in part for tag in ("<form", "<details", "<button", "<html"))


def test_other_things_to_do_reload_the_page_and_mere_figures_do_not(world):
    job = world.published(images=1)
    browser = world.browser(world.rita)
    assert "HX-Refresh" not in browser.get(at("job_progress", job) + "?was=open")
    pause(job=job, now=world.now)
    assert browser.get(at("job_progress", job) + "?was=open")["HX-Refresh"] == "true"


def polls(browser, job):
    return "hx-get" in browser.get(at("job_progress", job)).text


def test_a_page_that_has_nothing_more_to_tell_asks_no_more(world):
    world.now = timezone.now() - timedelta(hours=1)
    draft, job = world.job(images=1), world.published(images=1)
    browser = world.browser(world.rita)
    assert not polls(browser, draft)
    assert polls(browser, job)

    three_answers(world, job)
    world.settled(job)

    page = browser.get(at("job", job)).text
    assert not polls(browser, job)
    assert "Every image is settled." in page
    assert "Every image is settled. What is free goes back" in page


def test_a_closing_job_says_what_is_still_held_and_a_closed_one_that_nothing_is(world):
    job = world.published(images=1)
    claim(job=job, worker=world.wei, now=world.now)
    close(job=job, now=world.now)
    browser = world.browser(world.rita)
    page = browser.get(at("job", job)).text
    assert "$0.06 stays held" in page
    assert at("job_close", job) not in page

    Job.objects.filter(pk=job.pk).update(state="closed", closed_at=world.now)
    page = browser.get(at("job", job)).text
    assert "Nothing is held any more" in page
    assert "Change the instructions" not in page


def test_figures_of_a_running_job(world):
    job = world.published(images=2)
    world.answer(job, world.wei, CAN)
    page = world.browser(world.rita).get(at("job", job)).text
    assert "of 6" in page
    assert "waiting for others: 1" in page
    assert "not known before 10 people’s answers" in page


def test_images_added_to_an_open_job_are_published_from_its_page(world):
    job = world.published(images=1)
    browser = world.browser(world.rita)
    assert at("job_images", job) in browser.get(at("job", job)).text
    files = [picture(f"{n}.png", shade=n) for n in range(10, 22)]
    add_images(job=job, files=files, now=world.now)

    page = browser.get(at("job", job)).text
    assert "12 new images</b> wait to be published: at most $2.16." in page
    assert at("job_publish", job) in page
    assert browser.get(at("job_progress", job) + "?was=open")["HX-Refresh"] == "true"

    after = browser.post(at("job_publish", job), follow=True).text
    assert "wait to be published" not in after
    assert "no new images wait" in browser.post(at("job_publish", job), follow=True).text


def test_one_new_image_and_a_short_wallet_are_spoken_of_rightly(world):
    job = world.published(images=1, funds="0.20")
    add_images(job=job, files=[picture("one.png", shade=10)], now=world.now)
    browser = world.browser(world.rita)
    page = browser.get(at("job", job)).text
    assert "1 new image</b> waits to be published" in page
    assert "short by <b>$0.16</b>" in page
    assert 'name="amount" value="0.50"' in page
    assert at("job_publish", job) not in page
    assert "short by $0.16" in browser.post(at("job_publish", job), follow=True).text
