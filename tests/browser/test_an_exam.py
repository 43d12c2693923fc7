"""Wei takes part in a job that asks for practice and an exam: he draws, hears what was right, passes, and labels."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from marketplace.auditing import audit
from marketplace.models import Enrolment
from tests.browser.conftest import NARROW
from tests.browser.desk import Desk
from tests.browser.test_an_adjudication import shot
from tests.marketplace.examining import asking

CAN, BAG = [10, 10, 40, 40], [70, 50, 30, 30]


def draw(page: Page, button: str, *boxes: list[int]) -> None:
    """Draw cans in the workspace and hand them in."""
    desk = Desk(page)
    desk.ready()
    for box in boxes:
        desk.press("b", "1")
        desk.drag(box)
    with page.expect_navigation():
        desk.button(button).click()


@pytest.mark.story
def test_practice_and_exam_from_taking_part_to_the_first_image(visit, world):
    job = asking(world, practice=1, exam={"questions": 2, "pass_mark": 0.7})
    page = visit(world.wei, path=f"/work/{job.public_id}/")
    expect(page.get_by_text("This is not paid.")).to_be_visible()
    shot(page, "exam-before-1280")
    page.get_by_role("button", name="Take part").click()
    expect(page.get_by_text("Practice 1 of 1, not paid: Cans on shelves")).to_be_visible()

    draw(page, "Check my answer", CAN, BAG)
    expect(page.get_by_text("You drew 1 where nothing is to be marked.")).to_be_visible()
    expect(page.locator("[data-viewer] [role=img]").first).to_be_visible()
    shot(page, "exam-practice-1280")
    page.set_viewport_size(NARROW)
    shot(page, "exam-practice-390")
    page.set_viewport_size({"width": 1280, "height": 800})
    page.get_by_role("link", name="Start the exam").click()

    expect(page.get_by_text("Exam 1 of 2, not paid: Cans on shelves")).to_be_visible()
    draw(page, "Answer and go on", CAN)
    expect(page.get_by_text("Exam 2 of 2, not paid: Cans on shelves")).to_be_visible()
    shot(page, "exam-second-1280")
    draw(page, "Answer and go on", CAN)

    expect(page.get_by_text("You passed the exam with")).to_be_visible()
    expect(page.get_by_role("table", name="Your exam, go 1")).to_be_visible()
    shot(page, "exam-passed-1280")
    page.set_viewport_size(NARROW)
    shot(page, "exam-passed-390")
    page.get_by_role("link", name="Start labelling").click()
    Desk(page).ready()
    assert Enrolment.objects.get().admitted_by == "exam"
    assert audit() == []


@pytest.mark.story
def test_who_fails_hears_what_was_wrong_and_when_again(visit, world):
    job = asking(world, exam={"questions": 1})
    page = visit(world.wei, path=f"/work/{job.public_id}/")
    page.get_by_role("button", name="Take part").click()
    draw(page, "Answer and go on", BAG)

    expect(page.get_by_text("70 % are needed. You may try again from")).to_be_visible()
    expect(page.get_by_text("You missed the only object and drew 1 where nothing is to be marked.")).to_be_visible()
    expect(page.get_by_role("link", name="Start labelling")).to_have_count(0)
    shot(page, "exam-failed-1280")
