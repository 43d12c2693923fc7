"""The workspace in a worker's hands: mouse, keys, fingers; what is drawn arrives exactly, and nothing drawn is lost."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.desk import SUBMIT, Desk, about

CAN, BAG = [20, 15, 30, 25], [70, 40, 30, 30]
TAGS = [{"name": name, "shapes": ["tag"]} for name in ("tidy", "messy", "empty")]


@pytest.fixture
def job(world):
    return world.published()


def test_a_draft_comes_back_after_a_reload_and_in_another_browser(visit, world, job):
    desk = visit.desk(world.wei, job)
    desk.drag(CAN)
    desk.press("Control+s")
    expect(desk.page.get_by_text("Draft saved")).to_be_visible()
    desk.page.reload()
    desk.ready()
    desk.has("can")
    elsewhere = visit.desk(world.wei, job)
    elsewhere.has("can")
    assert [shape["bbox"] for shape in elsewhere.submit()["shapes"]] == [about(CAN)]


def test_what_was_never_sent_comes_back_from_this_device(visit, world, job):
    desk = visit.desk(world.wei, job)
    desk.page.route("**/draft/", lambda route: route.abort())
    desk.drag(CAN)
    desk.has("can")
    desk.press("Control+s")
    expect(desk.page.get_by_text("Kept on this device")).to_be_visible()
    desk.page.reload()
    desk.ready()
    desk.has("can")
    visit.excuse("net::ERR_FAILED")


def test_a_box_is_drawn_changed_and_sent_by_keys_alone(visit, world, job):
    desk = visit.desk(world.wei, job)
    desk.press("b", "2", "Enter", "Enter", *["Shift+ArrowRight"] * 3, *["Shift+ArrowDown"] * 2, "Enter")
    desk.has("bag")
    desk.press("Tab", "ArrowLeft", "ArrowLeft", "Shift+ArrowUp", "Alt+ArrowRight")
    sent = desk.sent_by(lambda: desk.press("Control+Enter"))
    assert [(shape["label"], shape["bbox"]) for shape in sent["shapes"]] == [("bag", about([58, 35, 31, 20], 0.01))]
    desk.ready()
    desk.press("Escape", "Tab")
    expect(desk.area).not_to_be_focused()


def test_a_refused_shape_is_named_and_one_click_leads_to_it(visit, world, job):
    desk = visit.desk(world.wei, job)
    desk.drag(CAN)
    desk.drag(BAG)

    def push_outside(route):
        body = route.request.post_data_json
        body["annotation"]["shapes"][1]["bbox"] = [100, 80, 60, 60]
        route.continue_(post_data=body)

    desk.page.route("**/submit/", push_outside)
    desk.submit()
    problem = desk.page.get_by_role("alert").filter(has_text="put right").get_by_role("button", name=re.compile("2"))
    expect(problem).to_be_visible()
    problem.click()
    selected = desk.page.locator("#objects").get_by_role("button").nth(1)
    expect(selected).to_have_attribute("aria-current", "true")
    expect(desk.page.get_by_role("heading", name="Selected")).to_be_visible()
    visit.excuse("400")
    desk.page.unroute("**/submit/")
    assert len(desk.submit()["shapes"]) == 2
    expect(desk.page.get_by_text("Submitted.")).to_be_visible()


def test_nothing_drawn_is_asked_about_before_it_is_sent(visit, world, job):
    desk = visit.desk(world.wei, job)
    desk.button(SUBMIT).click()
    problem = desk.page.get_by_role("button", name=re.compile("No object is marked"))
    problem.click()
    nothing = desk.page.get_by_label("Nothing to mark")
    expect(nothing).to_be_focused()
    nothing.check()
    assert desk.submit()["empty"] is True
    expect(desk.page.get_by_text("Submitted.")).to_be_visible()


def test_the_time_left_counts_down_and_more_is_given_when_asked_for(visit, world, job):
    page = visit(world.wei)
    page.clock.install()
    page.goto(f"/work/{job.public_id}/label/")
    desk = Desk(page)
    desk.ready()
    left = page.get_by_role("definition").filter(has_text=re.compile(r"^\d+:\d\d$"))
    before = left.inner_text()
    expect(left).not_to_have_text(before)
    assert seconds(left.inner_text()) < seconds(before) <= 1800
    page.clock.fast_forward("28:30")
    asked = page.get_by_role("dialog", name="Are you still there?")
    expect(asked).to_contain_text(re.compile(r"ends in 1:\d\d"))
    asked.get_by_role("button", name="I need more time").click()
    expect(left).to_have_text(re.compile(r"^(29:\d\d|30:00)$"))


def seconds(clock: str) -> int:
    minutes, rest = clock.split(":")
    return int(minutes) * 60 + int(rest)


def test_a_box_drawn_while_zoomed_and_moved_is_exact(visit, world, job):
    desk = visit.desk(world.wei, job)
    desk.page.mouse.move(*desk.at(40, 30))
    for _ in range(4):
        desk.page.mouse.wheel(0, -160)
    desk.still()
    desk.page.keyboard.down("Space")
    desk.page.mouse.down()
    desk.page.mouse.move(*desk.at(44, 33))
    desk.page.mouse.up()
    desk.page.keyboard.up("Space")
    desk.still()
    across = desk.at(1, 0)[0] - desk.at(0, 0)[0]
    assert across > 20, "screen pixels for one of the picture"
    fine = [33.5, 22.25, 12.75, 10.5]
    desk.drag(fine)
    desk.has("can")
    desk.press("0")
    assert [shape["bbox"] for shape in desk.submit()["shapes"]] == [about(fine, 1 / across + 0.02)]


def test_one_tag_must_be_chosen_and_a_digit_chooses_it(visit, world):
    job = world.published(labels=TAGS, tag_choice="one")
    desk = visit.desk(world.wei, job)
    expect(desk.page.get_by_role("group", name="The whole picture: choose one")).to_be_visible()
    desk.button(SUBMIT).click()
    desk.page.get_by_role("button", name=re.compile("The question about the picture")).click()
    expect(desk.page.get_by_label("tidy")).to_be_focused()
    desk.press("2")
    expect(desk.page.get_by_label("messy")).to_be_checked()
    desk.press("3")
    assert desk.submit()["tags"] == ["empty"]
    expect(desk.page.get_by_text("Submitted.")).to_be_visible()


def test_tags_that_are_each_a_question_can_be_any_or_none(visit, world):
    job = world.published(labels=TAGS, tag_choice="any")
    desk = visit.desk(world.wei, job)
    desk.page.get_by_label("tidy").check()
    desk.press("3")
    sent = desk.submit()
    assert (sent["tags"], sent["empty"]) == (["tidy", "empty"], False)
    expect(desk.page.get_by_text("Submitted.")).to_be_visible()
    desk.ready()
    desk.page.get_by_label("None of these").check()
    sent = desk.submit()
    assert (sent["tags"], sent["empty"]) == ([], True)
    expect(desk.page.get_by_role("heading", name="No more pictures for now")).to_be_visible()


def test_a_finger_draws_on_a_narrow_screen_and_two_fingers_zoom(visit, world, job):
    desk = visit.desk(world.wei, job, narrow=True)
    touch = Fingers(desk)
    wide = desk.area.locator("img").bounding_box()["width"]
    touch.move([(50, 40), (70, 50)], [(30, 30), (90, 60)])
    desk.still()
    desk.has()
    assert desk.area.locator("img").bounding_box()["width"] > 1.5 * wide
    touch.move([(45, 35)], [(60, 50)])
    desk.button("More").click()
    desk.has("can")
    desk.button("More").click()
    across = desk.at(1, 0)[0] - desk.at(0, 0)[0]
    sent = desk.submit()
    assert [shape["bbox"] for shape in sent["shapes"]] == [about([45, 35, 15, 15], 1 / across + 0.02)]


class Fingers:
    """Touches of the screen, one or two at once, told in pixels of the picture."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.wire = desk, desk.page.context.new_cdp_session(desk.page)

    def move(self, start: list[tuple[float, float]], end: list[tuple[float, float]]) -> None:
        """Put the fingers down at `start`, move them to `end`, lift them. Places are those before it begins."""
        starts, ends = ([self.desk.at(*point) for point in points] for points in (start, end))
        halfway = [((a + c) / 2, (b + d) / 2) for (a, b), (c, d) in zip(starts, ends, strict=True)]
        for kind, points in (("touchStart", starts), ("touchMove", halfway), ("touchMove", ends), ("touchEnd", [])):
            touches = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(points)]
            self.wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": touches})
