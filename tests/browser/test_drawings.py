"""Shapes of all types as they are shown: to the requester beside each other, to a worker beside the adopted ones."""

import os
import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from marketplace.assigning import claim
from marketplace.models import Assignment
from marketplace.submitting import submit
from marketplace.uploading import prepare_images
from marketplace.workdrafts import save_draft
from tests.all_types import BODY, shapes


@pytest.fixture
def job(world):
    """Settled: three careful answers to one image."""
    job = world.published(**{**BODY, "images": 1})
    prepare_images(job_id=job.pk)
    for shift, worker in enumerate((world.wei, world.wanda, world.worker("Walt"))):
        handout = claim(job=job, worker=worker, now=world.now)
        payload = {"tags": ["night"], "shapes": shapes(shift, dented=True, rows=2)}
        submit(assignment_id=handout.assignment_id, worker=worker, payload=payload, want_next=False, now=world.now)
    assert world.settled(job) == 1
    return job


def look(page, name):
    """Keep a picture for whoever looks, in the folder that they name."""
    if folder := os.environ.get("SCREENSHOTS"):
        page.screenshot(path=f"{folder}/{name}.png", full_page=False)


PARTS = {
    "rect.line": 1,
    "path.line:not([data-dot], [data-fill])": 1,
    ".line[data-fill=mask]": 3,
    "line.line": 1,
    ".line[data-dot]": 2,
}


def expect_all(layer):
    """The lines of each of the six shapes: a box, a polygon, three masks, a stretch and two points of a skeleton."""
    for part, count in PARTS.items():
        expect(layer.locator(part)).to_have_count(count)


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_the_requester_sees_every_type_drawn_in_the_list_and_on_the_page_of_the_image(world, job, visit, narrow):
    page = visit(world.rita, narrow=narrow, path=reverse("job_results", args=[job.public_id]))
    expect_all(page.locator(".viewer-layer").first)
    look(page, f"results-{narrow}")
    page.goto(reverse("task_result", args=[job.public_id, job.tasks.get().pk]))
    expect_all(page.get_by_label("Consensus", exact=True).first)
    look(page, f"task-{narrow}")


def test_a_worker_sees_their_shapes_over_the_adopted_ones_and_reads_what_is_under_the_pointer(world, job, visit):
    mine = Assignment.objects.get(job=job, worker=world.wei)
    page = visit(world.wei, path=reverse("answer", args=[mine.pk]))
    layers = page.locator(".viewer-layer")
    expect_all(layers.nth(0))
    expect_all(layers.nth(1))
    picture = page.locator(".viewer-area")
    scale = picture.bounding_box()["width"] / 120
    for (x, y), told in (((55, 15), "left eye (hidden) · face"), ((95, 60), "dog"), ((20, 70), "roof")):
        picture.hover(position={"x": x * scale, "y": y * scale})
        expect(page.locator(".viewer-chip")).to_contain_text(told)
    look(page, "answer")


def test_a_job_that_cannot_be_drawn_in_the_browser_says_so_and_its_draft_stays(world, visit):
    job = world.published(**{**BODY, "images": 1})
    prepare_images(job_id=job.pk)
    handout = claim(job=job, worker=world.wei, now=world.now)
    draft = {"shapes": shapes(0)}
    save_draft(assignment_id=handout.assignment_id, worker=world.wei, body=draft, revision=0, now=world.now)

    page = visit(world.wei, narrow=True, path=reverse("label", args=[job.public_id]))
    expect(page.get_by_role("heading", name="submitted by program for now")).to_be_visible()
    look(page, "program")
    page.get_by_role("link", name="Back to the job").click()

    assert claim(job=job, worker=world.wei, now=world.now).draft_body == draft


def test_labels_of_all_types_are_written_in_the_job_form(world, visit):
    job = world.job(**BODY)
    page = visit(world.rita, narrow=True, path=reverse("job_edit", args=[job.public_id]))
    written = page.get_by_label("Attributes and skeleton, as JSON").filter(visible=True)
    expect(written).to_have_count(2)
    expect(written.nth(1)).to_have_value(re.compile("left eye"))
    look(page, "form-narrow")
    page.get_by_label("Kind").nth(2).select_option("keypoints")
    expect(written).to_have_count(3)
    page.locator("[data-up]").filter(visible=True).last.click()
    expect(page.get_by_label("Label name").nth(5)).to_have_value("face")
    expect(page.get_by_label("Attributes and skeleton, as JSON").nth(5)).to_have_value(re.compile("left eye"))
    page.set_viewport_size({"width": 1280, "height": 800})
    look(page, "form-wide")
