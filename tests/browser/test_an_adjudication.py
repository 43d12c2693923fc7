"""Rita judges by hand: answers one by one, then an image that votes could not decide; Wei hears what to change."""

from __future__ import annotations

import os

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from marketplace.auditing import audit
from marketplace.models import Assignment, Decision, Job
from marketplace.posting import make_places
from marketplace.posting import publish as publish_job
from marketplace.uploading import add_images, prepare_images
from tests.browser.desk import Desk, about
from tests.world import picture

CAN, NEAR, BAG = ("can", [40, 30, 80, 90]), ("can", [46, 36, 80, 90]), ("bag", [180, 60, 90, 120])
NOTE = "The box is too small: take the whole can."


def shot(page: Page, name: str) -> None:
    """A picture for who wants to look, in the folder named by SCREENSHOTS."""
    if folder := os.environ.get("SCREENSHOTS"):
        size = page.viewport_size
        page.set_viewport_size({**size, "height": page.evaluate("() => document.documentElement.scrollHeight")})
        page.wait_for_timeout(500)
        page.screenshot(path=f"{folder}/{name}.png")
        page.set_viewport_size(size)


def publish(world, **changes) -> Job:
    """A job with larger pictures than other tests need, their renditions made."""
    job = world.job(images=0, reward="0.60", **changes)
    files = [picture(f"shelf-{n}.png", shade=n + 2, size=(320, 240)) for n in range(2)]
    add_images(job=job, files=files, now=world.now)
    world.fund(job.owner, "100.00")
    publish_job(job=job, now=world.now)
    make_places(job_id=job.pk, now=world.now)
    prepare_images(job_id=job.pk)
    job.refresh_from_db()
    return job


def undecided(world) -> Job:
    """Two images on which two workers agree in nothing, or in part."""
    job = publish(world, overlap=2, policy={"target_confidence": 0.99})
    world.answer(job, world.wei, CAN, seconds=1)
    world.answer(job, world.wei, CAN, seconds=1)
    world.answer(job, world.wanda, BAG, seconds=1)
    world.answer(job, world.wanda, NEAR, BAG, seconds=1)
    world.settled(job)
    return job


@pytest.mark.story
def test_an_undecided_image_from_the_queue_to_the_adopted_answer(visit, world):
    job = undecided(world)
    page = visit(world.rita, path=f"/jobs/{job.public_id}/")
    page.get_by_role("link", name="Undecided 2").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("shelf-0.png")
    expect(page.get_by_text("1 of 2, those first that matter most")).to_be_visible()
    for worker in (world.wei, world.wanda):
        expect(page.get_by_label(worker.pseudonym).first).to_be_visible()
    assert "Wei" not in page.content()
    expect(page.locator("[data-viewer] [role=img]").first).to_be_visible()
    shot(page, "undecided-1280")
    page.keyboard.press("a")
    expect(page.get_by_text("Choose at least one answer.")).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("g")
    shot(page, "undecided-chosen-1280")
    page.keyboard.press("a")
    expect(page.get_by_text("shelf-0.png: The answer you picked is adopted.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("shelf-1.png")
    first = Decision.objects.get(kind="adjudication")
    assert (first.consensus.body["objects"][0]["label"], first.as_gold, first.decided_by) == ("bag", True, world.rita)
    draw_it(page)
    last = Decision.objects.get(kind="adjudication", task__position__gt=first.task.position)
    drawn = sorted((found["label"], found["bbox"]) for found in last.consensus.body["objects"])
    assert drawn[1] == ("can", about([10, 150, 60, 60]))
    page.goto(f"/jobs/{job.public_id}/undecided/")
    expect(page.get_by_role("heading", name="Nothing is undecided")).to_be_visible()
    page.goto(f"/jobs/{job.public_id}/results/{first.task_id}/")
    expect(page.get_by_text("Disputed")).to_have_count(0)
    shot(page, "decided-1280")
    assert set(Assignment.objects.values_list("state", flat=True)) == {"accepted"}
    visit.excuse("422")
    assert audit() == []


def draw_it(page: Page) -> None:
    """Neither answer is right: begin with what is adopted, add a box, and adopt that."""
    page.keyboard.press("d")
    desk = Desk(page)
    desk.ready()
    expect(page.get_by_text("Your own answer: Cans on shelves")).to_be_visible()
    desk.press("b", "1")
    desk.drag([10, 150, 60, 60])
    shot(page, "draw-1280")
    page.get_by_role("button", name="Adopt this").first.click()
    expect(page.get_by_text("Decided", exact=True)).to_be_visible()


def better_it(visit, world, job: Job, given: Assignment) -> Page:
    """Wei reads what to change and adds a box to what they drew."""
    wei = visit(world.wei, path=f"/work/history/{given.pk}/")
    expect(wei.get_by_text(NOTE)).to_be_visible()
    shot(wei, "returned-1280")
    wei.get_by_role("link", name="Take it up").click()
    expect(wei.locator("#banner")).to_contain_text(NOTE)
    shot(wei, "returned-workspace-1280")
    desk = visit.desk(world.wei, job)
    desk.has("can")
    desk.press("b", "2")
    desk.drag([180, 60, 90, 120])
    sent = desk.sent_by(lambda: desk.press("Control+Enter"))
    assert [shape["bbox"] for shape in sent["shapes"]] == [about(CAN[1]), about([180, 60, 90, 120])]
    return wei


@pytest.mark.story
def test_an_answer_goes_back_once_and_forth(visit, world):
    job = publish(world, overlap=1, policy={"judge": "requester"})
    given = [world.answer(job, world.wei, CAN, seconds=1) for _ in range(2)]
    world.settled(job)
    page = visit(world.rita, path=f"/jobs/{job.public_id}/")
    page.get_by_role("link", name="Review 2").click()
    expect(page.get_by_text("Waits for you")).to_be_visible()
    page.wait_for_load_state()  # a key pressed before the script runs is nobody's
    shot(page, "review-1280")
    page.keyboard.press("b")
    page.keyboard.type(NOTE)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Sent back.")).to_be_visible()

    wei = better_it(visit, world, job, given[0])
    world.now = timezone.now()
    world.settled(job)

    page.keyboard.press("r")
    shot(page, "review-reject-1280")
    page.get_by_label("Reason").select_option(label="Drawn too loosely")
    page.get_by_label("What is wrong").fill("Half of it is shelf.")
    page.get_by_role("button", name="Reject").click()
    expect(page.get_by_text("Rejected. Its worker can read why, and contest it.")).to_be_visible()
    expect(page.get_by_text("Sent back before")).to_be_visible()
    page.keyboard.press("a")
    expect(page.get_by_text("Accepted and paid.")).to_be_visible()
    expect(page.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
    wei.goto(f"/work/history/{given[1].pk}/")
    expect(wei.get_by_text("Half of it is shelf.")).to_be_visible()
    shot(wei, "rejected-1280")
    assert audit() == []


def test_pages_for_deciding_fit_a_phone(visit, world):
    job = undecided(world)
    by_hand = publish(world, overlap=1, policy={"judge": "requester"})
    world.answer(by_hand, world.wei, CAN, seconds=1)
    world.settled(by_hand)
    phone = visit(world.rita, narrow=True)
    for name, path in (
        ("undecided", f"/jobs/{job.public_id}/undecided/"),
        ("review", f"/jobs/{by_hand.public_id}/review/"),
    ):
        phone.goto(path)
        expect(phone.locator("[data-viewer] svg").first).to_be_visible()
        width = phone.evaluate("() => document.documentElement.scrollWidth")
        assert width <= 390, f"{path} is {width} px wide"
        shot(phone, f"{name}-390")
