"""A browser is known by a signed cookie, noted once a session."""

import pytest
from django.test import Client

from marketplace.models import Device

pytestmark = pytest.mark.django_db
PAGE = "/work/earnings/"


@pytest.fixture(autouse=True)
def _the_rule_holds(settings):
    settings.SHARING_PARTS = True


def test_two_people_at_one_browser_are_seen_to_share_it(world):
    browser = Client()
    for person in (world.wei, world.wanda):
        browser.force_login(person)
        browser.get(PAGE)
        del browser.cookies["sessionid"]
    assert Device.objects.values("digest").distinct().count() == 1
    assert set(Device.objects.values_list("person__name", flat=True)) == {"Wei", "Wanda"}
    cookie = browser.cookies["device"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    assert Device.objects.first().digest not in cookie.value


def test_only_the_first_page_of_a_session_writes(world):
    browser = world.browser(world.wei)
    browser.get(PAGE)
    seen = Device.objects.get().seen_at
    browser.get(PAGE)
    browser.get("/api/v1/earnings/")
    assert Device.objects.get().seen_at == seen


def test_a_forged_or_missing_cookie_is_another_device_and_strangers_get_none(world):
    browser = world.browser(world.wei)
    browser.get(PAGE)
    browser.cookies["device"] = "me:forged"
    browser.get(PAGE)
    assert Device.objects.count() == 2
    assert "device" not in Client().get("/").cookies


def test_calls_with_a_key_leave_no_device(world):
    assert world.api(world.wei).get("/api/v1/earnings/").status_code == 200
    assert not Device.objects.exists()


def test_where_the_rule_is_off_no_cookie_is_set(world, settings):
    settings.SHARING_PARTS = False
    assert "device" not in world.browser(world.wei).get(PAGE).cookies
