"""The way in, as people take it."""

from __future__ import annotations

import re

from playwright.sync_api import Page

PASSWORD = "correct-horse-battery"


def sign_up(page: Page, *, email: str, purpose: str) -> None:
    """Send the sign-up page."""
    page.goto("/")
    page.get_by_role("banner").get_by_role("link", name="Sign up").click()
    page.get_by_label(purpose).check()
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label(re.compile("again", re.IGNORECASE)).fill(PASSWORD)
    page.get_by_role("button", name="Make my account").click()


def log_in(page: Page, *, email: str) -> None:
    """Send the log-in page."""
    page.goto("/accounts/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
