"""The workspace: for pay, and as the requester's preview."""

import json
import re

import pytest
from django.urls import reverse

from marketplace.api.replies.jobs import labels_json
from marketplace.assigning import claim
from marketplace.models import Assignment, Enrolment
from marketplace.pages.label import by_program
from marketplace.posting import pause
from marketplace.uploading import prepare_images
from tests.marketplace.test_settling import CAN

pytestmark = pytest.mark.django_db


def config(page):
    found = re.search(r'<script id="workspace-config" type="application/json">(.*?)</script>', page.text, re.DOTALL)
    return json.loads(found[1])


def at(job, name="label"):
    return reverse(name, args=[job.public_id])


def test_opening_the_workspace_hands_out_an_image_and_tells_where_to_send_the_answer(world):
    job = world.published(images=1)
    page = world.browser(world.wei).get(at(job))
    said = config(page)
    assignment = str(Assignment.objects.get().pk)

    assert said["mode"] == "label"
    assert said["first"]["assignment"] == assignment
    assert said["urls"]["claim"] == reverse("api:job-claim", args=[job.public_id])
    assert said["urls"]["exit"] == reverse("work_job", args=[job.public_id])
    for action, view in [("submit", "submit"), ("give_back", "give-back"), ("draft", "draft"), ("renew", "renew")]:
        address = said["urls"][action].replace("{assignment}", assignment)
        assert address == reverse(f"api:assignment-{view}", args=[assignment])
    assert [label["name"] for label in said["job"]["labels"]] == ["can", "bag"]
    assert said["job"]["reward"] == "0.05"


def test_opening_it_again_goes_on_with_the_same_image(world):
    job = world.published(images=2)
    browser = world.browser(world.wei)
    first, second = (config(browser.get(at(job)))["first"] for _ in range(2))
    assert first["assignment"] == second["assignment"]
    assert Assignment.objects.count() == 1


def test_nothing_left_is_said_by_the_workspace_itself(world):
    job = world.published(images=1, overlap=1)
    world.answer(job, world.wei, CAN)
    page = world.browser(world.wei).get(at(job))
    assert page.status_code == 200
    assert config(page)["first"] is None


def test_instructions_are_text_and_never_markup(world):
    job = world.published(images=1, instructions="Mark <b>cans</b>.\n\n</script><script>alert(1)</script>")
    page = world.browser(world.wei).get(at(job))
    html = config(page)["job"]["instructions_html"]
    assert "&lt;b&gt;cans&lt;/b&gt;" in html
    assert "<script>alert" not in page.text
    assert html.count("<p>") == 2


def refused(world, person, job):
    page = world.browser(person).get(at(job), follow=True)
    assert page.redirect_chain == [(reverse("work_job", args=[job.public_id]), 302)]
    assert not Assignment.objects.exists()
    return page.text


def test_ones_own_job_a_closed_door_and_a_pause_lead_to_the_jobs_page_with_the_reason(world):
    both = world.person("Bo", is_requester=True, is_worker=True)
    assert "You cannot work on your own job." in refused(world, both, world.published(images=1, owner=both))

    paused = world.published(images=1)
    pause(job=paused, now=world.now)
    assert "takes no new workers now" in refused(world, world.wei, paused)

    blocked = world.published(images=1)
    Enrolment.objects.create(job=blocked, worker=world.wei, state="blocked", created_at=world.now)
    assert "You cannot work on this job." in refused(world, world.wei, blocked)


def test_a_draft_is_not_found_by_workers(world):
    assert world.browser(world.wei).get(at(world.job())).status_code == 404


def test_the_preview_goes_through_the_images_in_turn_and_stores_nothing(world):
    job = world.job(images=2)
    prepare_images(job_id=job.pk)
    browser = world.browser(world.rita)
    said = config(browser.get(at(job, "job_preview")))
    assert (said["mode"], said["first"], said["job"]["title"]) == ("preview", None, "Preview: Cans on shelves")
    assert said["urls"] == {
        "claim": at(job, "job_preview_next"),
        "timed": at(job, "job_preview_timed"),
        "exit": at(job, "job"),
    }

    given = [browser.post(said["urls"]["claim"]).json() for _ in range(3)]

    assert given[0]["image"]["url"] == given[2]["image"]["url"] != given[1]["image"]["url"]
    assert {one["assignment"] for one in given} == {"00000000-0000-0000-0000-000000000000"}
    shown = browser.get(given[0]["image"]["url"])
    assert shown.status_code == 200
    assert shown.getvalue()
    assert not Assignment.objects.exists()
    assert not Enrolment.objects.exists()


def test_a_preview_without_images_has_nothing_to_show(world):
    assert world.browser(world.rita).post(at(world.job(images=0), "job_preview_next")).status_code == 204


def test_the_preview_of_a_running_job_takes_no_place(world):
    job = world.published(images=1)
    assert world.browser(world.rita).post(at(job, "job_preview_next")).status_code == 200
    assert claim(job=job, worker=world.wei, now=world.now)
    assert job.places.filter(state="open").count() == 2


def test_three_timed_images_tell_what_the_job_pays_an_hour(world):
    job = world.job(images=3)
    browser = world.browser(world.rita)

    def timed(body):
        return browser.post(at(job, "job_preview_timed"), body, content_type="application/json")

    assert timed("{}").status_code == timed("[" * 100_000).status_code == 400
    replies = [timed({"active_ms": spent}).json() for spent in (20_000, 60_000, 30_000)]

    assert [reply["trial_ms"] for reply in replies] == [None, None, 30_000]
    job.refresh_from_db()
    assert job.trial_ms == 30_000


def test_nobody_times_somebody_elses_job(world):
    job = world.job(images=1)

    reply = world.browser(world.rosa).post(
        at(job, "job_preview_timed"), {"active_ms": 9_000}, content_type="application/json"
    )

    assert reply.status_code == 404


def test_the_workspace_knows_how_many_shapes_the_job_takes(world):
    for limits, most in ((None, 2_000), ({"shapes": 3}, 3)):
        job = world.published(images=1, answer_limits=limits)
        assert config(world.browser(world.wei).get(at(job)))["job"]["shapes_at_most"] == most


ASKED = {"name": "metal", "type": "select", "options": ["tin", "steel"], "required": True}


def test_a_job_that_the_workspace_cannot_draw_is_opened_without_taking_an_image(world):
    roofs = [{"name": "can", "shapes": ["box"]}, {"name": "roof", "shapes": ["polygon", "mask"]}]
    job = world.published(images=1, labels=roofs)
    page = world.browser(world.wei).get(at(job))
    assert page.status_code == 200
    assert (config(page)["first"], config(page)["job"]["by_program"]) == (None, ["roof"])
    assert not Assignment.objects.exists()
    assert config(world.browser(world.rita).get(at(job, "job_preview")))["job"]["by_program"] == ["roof"]


@pytest.mark.parametrize(
    ("label", "named"),
    [
        ({"shapes": ["box", "polygon"]}, []),
        ({"shapes": ["tag"]}, []),
        ({"shapes": ["box"], "attributes": [{**ASKED, "required": False}]}, []),
        ({"shapes": ["box"], "attributes": [{**ASKED, "default": "tin"}]}, []),
        ({"shapes": ["box"], "attributes": [ASKED]}, ["can"]),
        ({"shapes": ["keypoints"], "skeleton": {"points": ["tip"]}}, ["can"]),
    ],
)
def test_which_labels_the_workspace_can_answer(world, label, named):
    labels = labels_json(job=world.job(images=0, labels=[{"name": "can", **label}]))
    assert by_program(labels=labels) == named
