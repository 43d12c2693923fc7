"""Taking one's data along, and leaving, on a page."""

import json
import time

import pytest

from billing.models import Payout
from marketplace.models import User
from tests.marketplace.test_settling import CAN

pytestmark = pytest.mark.django_db
PAGE, LEAVE = "/accounts/data/", "/accounts/data/leave/"


def fresh(browser, person):
    """As after the password was typed."""
    session = browser.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "email": person.email}]
    session["account_authentication_methods_user"] = str(person.pk)
    session.save()
    return browser


@pytest.fixture
def sam(world):
    return fresh(world.browser(world.sam), world.sam)


def test_the_file_holds_ones_own_data(world, sam):
    reply = sam.get("/accounts/data/file/")
    assert reply.streaming
    assert json.loads(reply.getvalue())["profile"]["email"] == "sam@example.org"
    assert world.browser(None).get("/accounts/data/file/").status_code == 302


def test_who_types_their_address_leaves_and_is_logged_out(world, sam):
    page = sam.post(LEAVE, {"email": " SAM@example.org "}, follow=True)
    assert "Your account is closed" in page.text
    assert User.objects.get(pk=world.sam.pk).left_at
    assert sam.get(PAGE).status_code == 302


def test_a_slip_is_not_enough(world, sam):
    page = sam.post(LEAVE, {"email": "sam"})
    assert page.status_code == 422
    assert "Type your e-mail address" in page.text
    assert not User.objects.get(pk=world.sam.pk).left_at


def test_only_who_has_just_logged_in_may(world):
    world.sam.set_password("correct-horse-9")
    world.sam.save()
    asked = world.browser(world.sam).post(LEAVE, {"email": "sam@example.org"})
    assert asked.status_code == 302
    assert "reauthenticate" in asked["Location"]
    assert not User.objects.get(pk=world.sam.pk).left_at


def test_what_stands_in_the_way_is_told_and_the_last_cents_can_be_paid_out(world):
    job = world.published(images=1, overlap=1, reward="0.25")
    world.answer(job, world.wei, CAN)
    browser = fresh(world.browser(world.wei), world.wei)
    page = browser.get(PAGE).text
    assert "waits to be judged" in page
    assert LEAVE not in page
    world.settled(job)
    page = browser.get(PAGE).text
    assert "Have the last $0.25 paid out" in page
    assert "I give up $0.25" in page
    assert browser.post(LEAVE, {"email": world.wei.email}).status_code == 422
    assert "is on its way" in browser.post("/accounts/data/last/", follow=True).text
    assert [payout.amount for payout in Payout.objects.all()] == [250_000]
    assert "on its way to your bank" in browser.get(PAGE).text


def test_money_is_given_up_by_ticking_it(world):
    world.fund(world.rita, "1.00")
    browser = fresh(world.browser(world.rita), world.rita)
    assert browser.post(LEAVE, {"email": world.rita.email}).status_code == 422
    assert browser.post(LEAVE, {"email": world.rita.email, "gives_up": "1"}).status_code == 302
    assert User.objects.get(pk=world.rita.pk).left_at
