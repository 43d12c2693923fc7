"""One's own name and roles."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.django_db
PAGE = "/accounts/profile/"


def test_strangers_are_asked_to_log_in(client):
    assert client.get(PAGE)["Location"].startswith(reverse("account_login"))


def test_somebody_without_a_role_is_told_to_choose_one_and_gets_it(world):
    browser = world.browser(world.sam)
    assert "no role yet" in browser.get(PAGE).text
    page = browser.post(PAGE, {"name": "Sam S.", "is_worker": "on"}, follow=True)
    assert "Saved." in page.text
    world.sam.refresh_from_db()
    assert (world.sam.name, world.sam.is_worker, world.sam.is_requester) == ("Sam S.", True, False)


def test_leaving_a_role_unticked_does_not_drop_it(world):
    world.browser(world.rita).post(PAGE, {"name": "Rita", "is_worker": "on"})
    world.rita.refresh_from_db()
    assert (world.rita.is_requester, world.rita.is_worker) == (True, True)


def test_nobody_makes_themself_an_admin(world):
    world.browser(world.sam).post(PAGE, {"name": "Sam", "is_staff": "on", "is_superuser": "on"})
    world.sam.refresh_from_db()
    assert not world.sam.is_staff


def test_a_name_that_is_too_long_is_refused_at_its_field(world):
    page = world.browser(world.sam).post(PAGE, {"name": "x" * 81})
    assert page.context["form"].errors["name"]


def test_what_jobs_may_ask_for_is_said_here_and_shown_again(world):
    browser = world.browser(world.wei)
    assert "Nobody checks it" in browser.get(PAGE).text
    browser.post(PAGE, {"name": "Wei", "country": "DE", "languages": ["de", "zh"]})
    world.wei.refresh_from_db()
    assert (world.wei.country, world.wei.languages) == ("DE", ["de", "zh"])
    page = browser.get(PAGE).text
    assert '<option value="DE" selected>Germany</option>' in page
    assert '<option value="zh" selected>Chinese</option>' in page


def test_a_country_that_is_none_is_refused_on_the_page(world):
    page = world.browser(world.wei).post(PAGE, {"name": "Wei", "country": "XX"})
    assert "country" in page.context["form"].errors
