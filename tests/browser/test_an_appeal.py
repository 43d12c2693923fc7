"""A worker is rejected by the votes, contests it, and is paid when a person who knows no names agrees with them."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from marketplace import notices
from marketplace.auditing import audit
from marketplace.models import Assignment

WHY = "The thing on the right is a bag: it has a handle. The others took it for a can."
ANSWER = "You are right, the handle is plain to see."


def see_the_rejection(page: Page) -> None:
    """From the history to the answer, its reason, and what can be done."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="History").click()
    page.get_by_role("link", name="Rejected").click()
    page.get_by_role("link", name="Cans on shelves").click()
    expect(page.get_by_text("clearly agree with each other and not with yours")).to_be_visible()
    expect(page.get_by_role("heading", name="Is this wrong?")).to_be_visible()


def contest(page: Page) -> None:
    """By keyboard alone, once with nothing to say."""
    page.get_by_label("Why it is wrong").focus()
    page.keyboard.type("   ")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Say why the verdict is wrong.")).to_be_visible()
    page.get_by_label("Why it is wrong").fill(WHY)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Your appeal is sent.")).to_be_visible()
    expect(page.get_by_role("heading", name="Your appeal")).to_be_visible()
    expect(page.get_by_text("if nobody decides by then, your appeal is upheld")).to_be_visible()


def decide_blind(page: Page, given: Assignment) -> None:
    """The queue, the case without names, the decision."""
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Appeals").click()
    expect(page.get_by_text(WHY)).to_be_visible()
    page.get_by_role("link", name="Cans on shelves").click()
    expect(page.get_by_role("heading", name="Was this rejected rightly?")).to_be_visible()
    seen = page.content()
    people = [row.worker for row in given.job.assignments.all()]
    assert not [secret for who in people for secret in (who.pseudonym, who.email) if secret in seen]
    drawn = page.locator("[data-viewer] [role=img], [data-viewer] svg")
    expect(drawn.first).to_be_visible()
    page.get_by_label("Uphold and adopt").check()
    page.get_by_label("Why").fill(ANSWER)
    page.get_by_role("button", name="Decide").click()
    expect(page.get_by_text("Upheld. The answer is paid.")).to_be_visible()
    expect(page.get_by_text("Nothing waits for you")).to_be_visible()


@pytest.mark.story
def test_an_appeal_from_the_rejection_to_the_pay(visit, world, mailoutbox):
    world.now = timezone.now()
    given = world.rejected(reward="0.60")
    wei = visit(world.wei, path="/work/")
    see_the_rejection(wei)
    contest(wei)
    decide_blind(visit(world.ada, path="/reports/quality/"), given)
    visit.excuse("422")
    notices.tell(now=timezone.now())
    [mail] = [mail for mail in mailoutbox if mail.to == [world.wei.email]]
    assert ANSWER in mail.body
    wei.goto(re.search(r"http\S+(/work/history/\S+)", mail.body)[1])
    expect(wei.get_by_text("+$0.60")).to_be_visible()
    expect(wei.get_by_text(ANSWER)).to_be_visible()
    expect(wei.get_by_text("Your answer is now the one adopted for this image.")).to_be_visible()
    wei.get_by_role("navigation", name="Main").get_by_role("link", name="Earnings").click()
    expect(wei.get_by_text("$0.60").first).to_be_visible()
    assert audit() == []


def test_a_worker_leaves_it_at_that_on_a_phone(visit, world):
    world.now = timezone.now()
    given = world.rejected()
    page = visit(world.wei, narrow=True, path=f"/work/history/{given.pk}/")
    page.get_by_text("Leave it at that", exact=True).click()
    expect(page.get_by_text("the rejection becomes final by itself")).to_be_visible()
    page.get_by_role("button", name="Make it final").click()
    expect(page.get_by_text("You left it at that; the rejection is final.")).to_be_visible()
    given.refresh_from_db()
    assert (given.state, given.place.held) == ("rejected", 0)
    assert audit() == []
