"""The admins' flags."""

import pytest
from django.urls import reverse

from marketplace.models import Flag
from tests.marketplace.flagging import flagged

pytestmark = pytest.mark.django_db
CAN = ("can", [10, 10, 30, 30])


@pytest.fixture
def browser(world):
    return world.browser(world.ada)


@pytest.fixture
def job(world):
    job = world.published(images=2)
    world.answer(job, world.wei, CAN)
    return job


def test_nothing_flagged_is_said(browser):
    assert "Nothing looks wrong" in browser.get("/reports/flags/").text
    assert "No flag was decided" in browser.get("/reports/flags/?show=confirmed").text


def test_a_flag_is_listed_shown_with_its_evidence_and_confirmed(world, browser, job):
    given = job.assignments.get()
    pair = {"with": world.wanda.pk, "tasks": 40, "alike": 38, "expected": 6.2, "copied": 0.93, "chance": 1e-12}
    evidence = {"pairs": [pair], "workers": 3, "examples": [str(given.pk)]}
    flag = flagged(world, job, world.wei, kind="copies", evidence=evidence, weight=38)

    listed = browser.get("/reports/flags/").text
    assert "38 of 40 images" in listed
    shown = browser.get(reverse("report_flag", args=[flag.pk])).text
    for words in (world.wanda.pseudonym, "93%", "3 workers agree", "less than once in a million jobs", str(given.pk)):
        assert words in shown

    sent = browser.post(reverse("flag_confirm", args=[flag.pk]), {"note": "Copied."}, follow=True)
    assert f"{world.wei.pseudonym} gets no more images" in sent.text
    flag.refresh_from_db()
    assert (flag.state, flag.note, flag.decided_by) == ("confirmed", "Copied.", world.ada)
    assert "Lift" in browser.get(reverse("report_flag", args=[flag.pk])).text


def test_a_flag_is_dismissed_and_cannot_be_decided_twice(world, browser, job):
    flag = flagged(world, job, world.wei)
    browser.post(reverse("flag_dismiss", args=[flag.pk]))
    assert Flag.objects.get().state == "dismissed"
    again = browser.post(reverse("flag_confirm", args=[flag.pk]), follow=True)
    assert "dismissed already" in again.text


def test_a_note_too_long_is_told_and_kept(world, browser, job):
    flag = flagged(world, job, world.wei, kind="run", evidence={
        "answers": 60, "length": 41, "answer": "tidy", "chance": 0.0001, "examples": []})  # fmt: skip
    reply = browser.post(reverse("flag_confirm", args=[flag.pk]), {"note": "y" * 501})
    assert reply.status_code == 422
    assert "y" * 501 in reply.text
    assert "about once in 10,000 jobs" in reply.text
    assert Flag.objects.get().state == "open"


def test_flags_are_for_admins_and_unknown_ones_are_not_found(world, browser, job):
    flag = flagged(world, job, world.wei)
    for who in (world.wei, world.rita):
        assert world.browser(who).get(reverse("report_flag", args=[flag.pk])).status_code == 403
        assert world.browser(who).post(reverse("flag_dismiss", args=[flag.pk])).status_code == 403
    for name in ("report_flag", "flag_confirm", "flag_dismiss"):
        address = reverse(name, args=[flag.pk + 1])
        assert (browser.get if name == "report_flag" else browser.post)(address).status_code == 404
    assert Flag.objects.get().state == "open"


def test_the_worker_reads_on_their_history_why_they_were_turned_out(world, browser, job):
    flag = flagged(world, job, world.wei)
    mine = world.browser(world.wei)
    assert "turned out" not in mine.get("/work/history/").text
    browser.post(reverse("flag_confirm", args=[flag.pk]), {"note": "Far too fast."})
    page = mine.get("/work/history/").text
    for words in ("turned out", job.title, "12 of 40 answers came faster", "Far too fast."):
        assert words in page
