"""The way in on a site that others reach: a confirmed address, and two steps before money."""

from __future__ import annotations

import re
from uuid import uuid4

from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import expect

from tests.browser.door import PASSWORD, log_in, sign_up

# Another one each time: only one confirmation in three minutes is sent to an address.
EMAIL = f"rita.{uuid4().hex[:12]}@example.org"


def test_a_requester_confirms_the_address_and_sets_up_two_steps_before_paying_in(visit, bank, settings, mailoutbox):
    settings.ACCOUNT_EMAIL_VERIFICATION, settings.MFA_REQUIRED = "mandatory", True
    settings.MFA_TOTP_TOLERANCE = 1  # a code may run out between reading and typing it
    page = visit()
    sign_up(page, email=EMAIL, purpose="I want to have images labelled")
    expect(page.get_by_role("heading", name="Look in your mail")).to_be_visible()
    page.goto(re.search(r"http://\S+/accounts/confirm-email/\S+", mailoutbox[-1].body)[0])
    page.get_by_role("button", name="Yes, this is my address").click()
    expect(page.get_by_text("confirmed")).to_be_visible()
    log_in(page, email=EMAIL)
    pay_in(page)
    page.get_by_role("link", name="Set up two-step login").click()
    code = turn_on(page)
    pay_in(page)
    page.get_by_role("button", name="Pay $20.00").click()
    expect(page.get_by_role("heading", name="$20.00 is in your wallet")).to_be_visible()
    visit.excuse("403")
    elsewhere = visit()
    log_in(elsewhere, email=EMAIL)
    elsewhere.get_by_label("Code").fill(code)
    elsewhere.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
    expect(elsewhere.get_by_label(f"Your account: {EMAIL}")).to_be_visible()


def pay_in(page) -> None:
    """Ask for a payment page for 20 dollars."""
    page.goto("/wallet/")
    page.get_by_label("Amount").fill("20.00")
    page.get_by_role("button", name="Go to payment").click()


def turn_on(page) -> str:
    """Set up an authenticator app; returns one of the recovery codes."""
    page.get_by_label("Password").fill(PASSWORD)  # it asks once more before it shows a secret
    page.get_by_role("button", name="Go on").click()
    secret = page.get_by_label("Or type this secret into it").input_value()
    counter = list(yield_hotp_counters_from_time())[1]
    page.get_by_label("Code", exact=True).fill(format_hotp_value(hotp_value(secret, counter)))
    page.get_by_role("button", name="Turn on").click()
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    return page.get_by_role("list", name="Unused codes").get_by_role("listitem").first.inner_text()
