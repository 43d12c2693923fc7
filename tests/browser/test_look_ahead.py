"""From one picture to the next: it is there before it is wanted, and when there is none, the page says why."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import expect

from marketplace.posting import make_places, publish
from marketplace.uploading import add_images
from tests.browser.conftest import NARROW
from tests.browser.desk import about
from tests.world import picture

FAULTS = (Path(__file__).parent / "walk.js").read_text()
# Status, reason, state of the job, what is said, and the way on.
SCREENS = [
    (403, "blocked", "", "You cannot work on this job", "Find other work"),
    (409, "job_not_open", "paused", "This job is paused", "Back to the job"),
    (409, "share_cap", "", "You have given your share of this job", "Find other work"),
    (409, "paused_after_skips", "", "You skipped several pictures in a row", "Read the instructions"),
]
CAN, BAG = [20, 15, 30, 25], [70, 40, 30, 30]


def pictures_asked_for(page):
    """The addresses of pictures that the page asks the server for, from now on."""
    asked = []
    page.on("request", lambda request: asked.append(request.url) if request.resource_type == "image" else None)
    return asked


def answer_claims(page, status, **problem):
    """Let every claim from now on be answered like this."""
    page.unroute("**/claim/")
    reply = {"status": status, "json": problem} if problem else {"status": status}
    page.route("**/claim/", lambda route: route.fulfill(**reply))


def with_a_picture(world, size):
    """An open job with one picture of this size."""
    job = world.job(images=0)
    add_images(job=job, files=[picture("one.png", size=size)], now=world.now)
    world.fund(job.owner, "100.00")
    publish(job=job, now=world.now)
    make_places(job_id=job.pk, now=world.now)
    return job


def test_a_picture_looked_ahead_for_is_shown_without_asking_for_it_again(visit, world):
    job = world.published(images=3)
    desk = visit.desk(world.wei, job)
    asked = pictures_asked_for(desk.page)
    desk.drag(CAN)
    with desk.page.expect_response("**/submit/") as first, desk.page.expect_event("requestfinished", is_second(asked)):
        desk.submit()
    ahead = first.value.json()["ahead"]
    assert asked[1].endswith(ahead["image"]["url"]), "the next picture first, then the one ahead"
    desk.ready()
    desk.drag(BAG)
    with desk.page.expect_response("**/submit/") as second:
        desk.submit()
    assert second.value.json()["next"]["assignment"] == ahead["assignment"]
    shown = desk.area.locator(f'img[src="{ahead["image"]["url"]}"]')
    expect(shown).to_have_js_property("complete", True)
    desk.ready()
    desk.has()
    assert len(asked) == 2


def is_second(asked):
    """Whether a finished request is that of the second picture."""
    return lambda request: len(asked) > 1 and request.url == asked[1]


def test_a_large_picture_is_shown_by_a_smaller_copy_until_somebody_zooms_in(visit, world):
    job = with_a_picture(world, (4096, 64))
    desk = visit.desk(world.wei, job)
    expect(desk.area.locator("img")).to_have_attribute("src", re.compile("/2048/$"))
    for _ in range(8):
        desk.page.keyboard.press("+")
    expect(desk.area.locator("img")).to_have_attribute("src", re.compile("/full/$"))
    desk.still()
    fine = [2040.5, 30.25, 12, 9]
    desk.drag(fine)
    assert desk.submit()["shapes"][0]["bbox"] == about(fine)
    expect(desk.page.get_by_role("heading", name="No more pictures for now")).to_be_visible()


def test_while_nothing_is_left_the_page_looks_again_by_itself_and_says_what_it_heard(visit, world):
    job = world.published(images=1)
    page = visit(world.wei)
    page.clock.install()
    answer_claims(page, 204)
    world.answer(job, world.wei)
    page.goto(f"/work/{job.public_id}/label/")
    expect(page.get_by_role("heading", name="No more pictures for now")).to_be_visible()
    expect(page.get_by_role("status").filter(has_text="looks again by itself")).to_be_visible()
    answer_claims(page, 409, reason="daily_cap", title="Not now", detail="You have given the 50 answers of today.")
    page.clock.fast_forward("00:31")
    expect(page.get_by_role("heading", name="That is all for today")).to_be_visible()
    expect(page.get_by_text("You have given the 50 answers of today.")).to_be_visible()
    expect(page.get_by_role("button", name="Look again")).to_have_count(0)
    expect(page.get_by_text("looks again by itself")).to_have_count(0)
    visit.excuse("409")


def test_each_way_of_saying_no_is_one_plain_screen_with_a_way_on(visit, world):
    job = world.published(images=1)
    world.answer(job, world.wei)
    page = visit(world.wei, narrow=True)
    faults = []
    for status, reason, state, heading, way in SCREENS:
        answer_claims(page, status, reason=reason, state=state, title="Not now", detail="The server says why.")
        page.goto(f"/work/{job.public_id}/label/")
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        expect(page.get_by_role("link", name=way)).to_be_focused()
        faults += page.evaluate(FAULTS)
    assert not faults
    assert page.viewport_size == NARROW
    visit.excuse("409")
    visit.excuse("403")
