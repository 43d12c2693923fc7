"""The whole loop as people live it: write a job, pay, label with the mouse, be judged, be paid out, download."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from marketplace.auditing import audit
from marketplace.models import Job
from marketplace.sweeping import sweep
from tests.browser.desk import Desk, about
from tests.browser.door import sign_up
from tests.world import picture

TITLE = "Cans and bags on a shelf"
CAN, BAG, SLIP = [40, 30, 80, 90], [180, 60, 90, 120], [10, 150, 40, 40]


def go(page: Page, name: str) -> None:
    """Follow a link of the main navigation."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name=name).click()


def background() -> None:
    """What the worker processes would have done by now."""
    assert sweep(now=timezone.now()) == []


def write_the_job(page: Page) -> None:
    """New job: words, labels and price, with the quote following."""
    page.goto("/jobs/new/")
    page.get_by_label("Title").fill(TITLE)
    page.get_by_label("Instructions").fill("Box every can and every bag.\n\nLeave out what you cannot see.")
    for row, name in enumerate(("can", "bag")):
        page.get_by_label("Label name").nth(row).fill(name)
    page.get_by_label("For this many images").fill("3")
    quote = page.get_by_role("complementary")
    page.get_by_label("Reward").fill("0.60")
    expect(quote.get_by_text("$6.48")).to_be_visible()
    page.get_by_label("Answers per image").fill("2")
    page.get_by_role("spinbutton", name="At most optional").fill("2")
    expect(quote.get_by_text("$4.32")).to_be_visible()
    page.get_by_label("Answers per image").fill("3")
    page.get_by_role("spinbutton", name="At most optional").fill("3")
    page.get_by_role("button", name="Save and add images").click()


def upload(page: Page) -> None:
    """Four files at once, of which one is no picture."""
    files = [picture(f"shelf-{n}.png", shade=n, size=(320, 240)) for n in range(3)]
    chosen = [{"name": file.name, "mimeType": "image/png", "buffer": file.read()} for file in files]
    with page.expect_file_chooser() as chooser:
        page.get_by_text("choose files").click()
    chooser.value.set_files([*chosen, {"name": "notes.jpg", "mimeType": "image/jpeg", "buffer": b"no picture at all"}])
    expect(page.get_by_text("3 added, 1 refused")).to_be_visible()
    refused = page.get_by_role("listitem").filter(has_text="notes.jpg")
    expect(refused).to_contain_text(re.compile("image|picture|JPEG"))
    expect(page.get_by_text("shelf-2.png")).to_be_visible()
    page.get_by_role("link", name="Go on").click()


def pay_and_publish(page: Page) -> None:
    """The wallet is short: pay at the bank's page, come back, publish."""
    expect(page.get_by_text("Your wallet is short by $6.48")).to_be_visible()
    page.get_by_label("Add to the wallet").fill("10.00")
    page.get_by_role("button", name="Pay and come back").click()
    page.get_by_role("button", name="Pay $10.00").click()
    expect(page.get_by_role("heading", name="$10.00 is in your wallet")).to_be_visible()
    page.get_by_role("link", name=f"Back to {TITLE}").click()
    page.get_by_text("Publish", exact=True).and_(page.locator("summary")).click()
    page.get_by_role("button", name="Publish now").click()
    expect(page.get_by_text("Places are being made")).to_be_visible()
    background()
    page.reload()
    expect(page.get_by_text("Open", exact=True).first).to_be_visible()


def label_by_hand(page: Page) -> None:
    """Three pictures: one worked on in every way, one skipped, one done by keys and mouse together."""
    go(page, "Find work")
    page.get_by_role("link", name=TITLE).click()
    page.get_by_role("link", name="Start labelling").click()
    desk = Desk(page)
    desk.ready()
    desk.drag(CAN)
    desk.press("2")
    desk.click_corners(BAG)
    desk.drag(SLIP)
    desk.has("can", "bag", "bag")
    desk.press("v")
    desk.page.mouse.click(*desk.at(SLIP[0] + 20, SLIP[1] + 20))
    desk.press("Delete")
    desk.has("can", "bag")
    desk.press("Control+z")
    desk.has("can", "bag", "bag")
    desk.press("Control+Shift+z")
    desk.has("can", "bag")
    sent = desk.submit()
    assert [shape["label"] for shape in sent["shapes"]] == ["can", "bag"]
    assert [shape["bbox"] for shape in sent["shapes"]] == [about(CAN), about(BAG)]
    skip_one(desk)
    desk.press("b", "1")
    desk.drag(CAN)
    desk.press("2")
    desk.drag(BAG)
    desk.sent_by(lambda: desk.press("Control+Enter"))
    expect(page.get_by_role("heading", name="No more pictures for now")).to_be_visible()
    page.get_by_role("link", name="Back to the job").click()


def skip_one(desk: Desk) -> None:
    """Leave the second picture to others, and say why."""
    expect(desk.page.get_by_text("Submitted. +$0.60 pending")).to_be_visible()
    desk.ready()
    desk.has()
    desk.press("s")
    desk.page.get_by_label("The guidelines do not say what to do here").check()
    with desk.page.expect_response(lambda reply: "/skip/" in reply.url) as told:
        desk.page.get_by_role("button", name="Skip it").click()
    assert told.value.request.post_data_json["reason"].startswith("guidelines")
    desk.ready()


def others_answer(world, job: Job) -> None:
    """Two more workers do every picture, and one does the skipped one; none of them needs a browser."""
    world.now = timezone.now()
    for worker, images in ((world.wei, 3), (world.wanda, 3), (world.worker("Walt"), 1)):
        for _ in range(images):
            world.answer(job, worker, ("can", CAN), ("bag", [BAG[0] + 2, *BAG[1:]]), seconds=1)
    background()


def be_paid(page: Page) -> None:
    """The verdict with its reason, then the money out."""
    go(page, "History")
    expect(page.get_by_text("Accepted", exact=True).and_(page.locator(":visible"))).to_have_count(3)  # tab, two answers
    page.get_by_role("link", name=TITLE).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your answer")
    expect(page.get_by_text("+$0.60")).to_be_visible()
    expect(page.get_by_text(re.compile(r"\d+ % agreement|\d+% agreement"))).to_be_visible()
    expect(page.get_by_role("table").get_by_role("row")).to_have_count(3)
    go(page, "Earnings")
    page.get_by_role("button", name="Request a payout").click()
    expect(page.get_by_role("table").first.get_by_text("$1.20")).to_be_visible()
    background()
    background()  # the transfer is made by the first; the bank may show it only a second later
    page.reload()
    expect(page.get_by_role("table").first).to_contain_text("Paid")


def download(page: Page, folder: Path) -> dict:
    """Look at the results, make a release, take the file."""
    page.get_by_role("link", name="Results").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    page.get_by_role("link", name=re.compile("shelf-0")).first.click()
    expect(page.get_by_text("3 of 3").first).to_be_visible()  # everybody saw the can
    page.goto(page.url.split("/results/")[0] + "/")
    page.get_by_role("link", name="Dataset").click()
    page.get_by_role("button", name=re.compile("^Make release")).click()
    expect(page.get_by_role("heading", name="Release 1")).to_be_visible()
    with page.expect_download() as coming:
        page.get_by_role("link", name="Download COCO JSON").click()
    coming.value.save_as(folder / "coco.json")
    return json.loads((folder / "coco.json").read_text())


def close_the_job(page: Page) -> None:
    """Close it; what was not used is in the wallet again."""
    page.get_by_text("Close job", exact=True).click()
    page.get_by_role("button", name="Close the job").click()
    background()
    page.reload()
    expect(page.get_by_text("Closed", exact=True).first).to_be_visible()
    go(page, "Wallet")
    expect(page.get_by_text("$3.52").first).to_be_visible()


@pytest.mark.story
def test_a_job_from_posting_to_payout_in_the_browser(visit, bank, world, tmp_path):
    rita, walter = visit(), visit()
    sign_up(rita, email="rita.b@example.org", purpose="I want to have images labelled")
    expect(rita.get_by_label("Your account: rita.b@example.org")).to_be_visible()
    write_the_job(rita)
    upload(rita)
    pay_and_publish(rita)
    sign_up(walter, email="walter.b@example.org", purpose="I want to label images and be paid")
    label_by_hand(walter)
    job = Job.objects.get()
    others_answer(world, job)
    be_paid(walter)
    rita.goto(f"/jobs/{job.public_id}/")
    dataset = download(rita, tmp_path)
    assert {image["file_name"] for image in dataset["images"]} == {f"shelf-{n}.png" for n in range(3)}
    assert len(dataset["annotations"]) == 6
    assert sorted(found["bbox"] for found in dataset["annotations"]) == [about(CAN, 3)] * 3 + [about(BAG, 3)] * 3
    rita.goto(f"/jobs/{job.public_id}/")
    close_the_job(rita)
    assert audit() == []
