"""The workspace as a worker has it in hand: places are told in pixels of the picture, gestures are real."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Request, expect

SUBMIT = re.compile("^Submit")


class Desk:
    """One worker's open workspace."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.area = page.get_by_role("application")
        self.objects = page.locator("#objects").get_by_role("listitem")

    def ready(self) -> None:
        """Wait for the picture, and put the guidelines away when they are shown."""
        expect(self.page.locator("#workspace")).to_have_attribute("data-screen", "work")
        away = self.page.get_by_role("button", name="Close the guidelines")
        if away.is_visible():
            away.click()
        self.area.focus()
        self.still()

    def still(self) -> None:
        """Wait until the picture rests where it is: it moves a frame after the room around it changed."""
        before = None
        while (now := self.area.locator("img").bounding_box()) != before:
            before = now
            self.page.evaluate("() => new Promise((done) => setTimeout(() => requestAnimationFrame(done), 60))")

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the picture is on the screen, as it is zoomed now."""
        box = self.area.locator("img").bounding_box()
        assert box
        natural = self.area.locator("img").evaluate("image => parseFloat(image.style.width)")
        scale = box["width"] / natural
        return box["x"] + x * scale, box["y"] + y * scale

    def drag(self, bbox: Sequence[float]) -> None:
        """Draw a box with the mouse held down."""
        x, y, w, h = bbox
        self.page.mouse.move(*self.at(x, y))
        self.page.mouse.down()
        self.page.mouse.move(*self.at(x + w / 2, y + h / 3))
        self.page.mouse.move(*self.at(x + w, y + h))
        self.page.mouse.up()

    def click_corners(self, bbox: Sequence[float]) -> None:
        """Draw a box by two clicks."""
        x, y, w, h = bbox
        self.page.mouse.click(*self.at(x, y))
        self.page.mouse.click(*self.at(x + w, y + h))

    def press(self, *keys: str) -> None:
        """Press keys one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def has(self, *names: str) -> None:
        """Wait until exactly these objects are listed, e.g. "can 1"."""
        expect(self.objects).to_have_count(len(names))
        for row, name in zip(range(len(names)), names, strict=True):
            expect(self.objects.nth(row).get_by_role("button")).to_have_accessible_name(re.compile(name, re.IGNORECASE))

    def button(self, name: str | re.Pattern[str]) -> Locator:
        """The button of this name that can be seen."""
        return self.page.get_by_role("button", name=name).and_(self.page.locator(":visible")).first

    def sent_by(self, action, *, path: str = "/submit/") -> dict[str, Any]:
        """Do `action` and return the annotation that the browser sent by it."""
        with self.page.expect_request(lambda request: path in request.url) as sent:
            action()
        request: Request = sent.value
        assert request.response()
        return request.post_data_json["annotation"]

    def submit(self) -> dict[str, Any]:
        """Press the button; returns the annotation that was sent."""
        return self.sent_by(lambda: self.button(SUBMIT).click())


def about(bbox: Sequence[float], tolerance: float = 1.0) -> Any:
    """Equal to a box whose numbers are all within `tolerance` pixels of the picture."""
    return pytest.approx(list(bbox), abs=tolerance)
