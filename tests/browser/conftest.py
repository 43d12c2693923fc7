"""A real browser at a live server with a bank. Work of the background is done by calling `sweep` from the test."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, sync_playwright

from billing import gateway
from billing.sandbox.server import running
from tests.browser.desk import Desk
from tests.world import World

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 390, "height": 844}
PATIENCE = 30_000  # milliseconds; a busy machine is slow, a broken page never gets there


def pytest_collection_modifyitems(items):
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="package")
def browser(chromium):
    """One browser for the folder. Playwright keeps an event loop in this thread, which Django must not mind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        with sync_playwright() as playwright:
            arguments = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
            browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
            yield browser
            browser.close()


@pytest.fixture
def world(transactional_db):
    """The named people, at the time it is: a live server reads the real clock."""
    world = World()
    world.now = timezone.now()
    return world


@pytest.fixture
def bank(settings, live_server):
    """The sandbox, which tells the live server of every payment, and to whose page forms may lead."""
    with running(webhook_url=f"{live_server.url}/webhooks/stripe/") as sandbox:
        settings.BILLING_GATEWAY, settings.STRIPE_API_BASE = "sandbox", sandbox.url
        settings.SITE_URL = live_server.url
        policy = django_settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**policy, "form-action": ["'self'", sandbox.url]}}
        yield sandbox
    gateway._client_for.cache_clear()


class Visits:
    """Opens browsers for people, and notes everything that they complain of."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser, self.url = browser, url
        self.complaints: list[str] = []
        self.submitted: set[str] = set()
        self.contexts: list[BrowserContext] = []

    def __call__(self, person=None, *, narrow: bool = False, path: str = "") -> Page:
        """A page of a browser of the person's own, signed in; nobody's when None. With `path` it goes there."""
        size = NARROW if narrow else WIDE
        context = self.browser.new_context(
            base_url=self.url, viewport=size, has_touch=narrow, reduced_motion="reduce", locale="en-GB"
        )
        self.contexts.append(context)
        context.set_default_timeout(PATIENCE)
        if person is not None:
            cookie = World.browser(None, person).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": self.url}])
        page = context.new_page()
        page.on("console", self._heard)
        page.on("request", self._asked)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        if path:
            page.goto(path)
        return page

    def desk(self, worker, job, *, narrow: bool = False) -> Desk:
        """The worker's workspace of the job, with its first picture on the screen."""
        desk = Desk(self(worker, narrow=narrow, path=f"/work/{job.public_id}/label/"))
        desk.ready()
        return desk

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            where = urlsplit(message.page.url if message.page else "").path
            self.complaints.append(f"{where}: {message.text} ({message.location.get('url', '')})")

    def _asked(self, request: Request) -> None:
        if request.url.endswith("/submit/"):
            self.submitted.add(request.url.removesuffix("submit/"))

    def grave(self) -> list[str]:
        """The complaints. On a slow machine a draft may cross its own submission: nobody minds that it is refused."""
        crossed = tuple(f"409 (Conflict) ({address}draft/)" for address in self.submitted)
        return [complaint for complaint in self.complaints if not complaint.endswith(crossed)]

    def excuse(self, words: str) -> None:
        """Drop complaints that the test provoked; at least one must be there."""
        kept = [complaint for complaint in self.complaints if words not in complaint]
        assert len(kept) < len(self.complaints), f"nobody complained of {words!r}"
        self.complaints[:] = kept


@pytest.fixture
def visit(browser, live_server):
    """`visit(person)` gives a page; a complaint of the browser (script error, policy, missing file) fails the test."""
    visits = Visits(browser, live_server.url)
    yield visits
    for context in visits.contexts:
        context.close()
    assert not visits.grave(), "\n".join(visits.grave())
