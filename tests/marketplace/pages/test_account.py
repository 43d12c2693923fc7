"""The account's pages and the error pages: all in Tally's own dress, none with inline script or style."""

import re
from pathlib import Path

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.urls import reverse

pytestmark = pytest.mark.django_db
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")|\sstyle=|<style\b|\son[a-z]+=\"|{[{%#]", re.I
)
OPEN = ["account_login", "account_signup", "account_reset_password", "account_reset_password_done", "account_inactive"]
OWN = ["account_email", "account_change_password", "account_logout", "account_reauthenticate", "mfa_index", "profile"]


def dressed(page):
    assert page.status_code == 200
    assert page.text.count("<h1") == 1
    assert 'class="site-header"' in page.text
    assert re.search(r"<title>\s*\S[^<]* · Tally", page.text)
    found = INLINE.search(page.text)
    assert not found, page.text[found.start() - 80 : found.end() + 80]


@pytest.mark.parametrize("name", [*OPEN, "account_email_verification_sent"])
def test_a_page_for_strangers_is_dressed(client, name):
    dressed(client.get(reverse(name)))


@pytest.mark.parametrize("name", OWN)
def test_a_page_of_ones_own_is_dressed(world, name):
    world.rita.set_password("correct-horse-9")
    world.rita.save()
    dressed(world.browser(world.rita).get(reverse(name)))


def test_a_used_up_link_offers_a_new_one(client):
    page = client.get(reverse("account_reset_password_from_key", kwargs={"uidb36": "1", "key": "a-b"}))
    dressed(page)
    assert reverse("account_reset_password") in page.text


def test_a_forgotten_password_is_set_anew_through_the_letter(world, client):
    world.sam.set_password("forgotten-it-1")
    world.sam.save()
    client.post(reverse("account_reset_password"), {"email": world.sam.email})
    address = re.search(r"http://\S+", mail.outbox[0].body)[0]
    page = client.get(address, follow=True)
    dressed(page)
    client.post(page.request["PATH_INFO"], {"password1": "correct-horse-9", "password2": "correct-horse-9"})
    world.sam.refresh_from_db()
    assert world.sam.check_password("correct-horse-9")


def test_error_pages_stand_without_a_request():
    for name in ("400.html", "404.html", "403_csrf.html", "500.html"):
        assert "<h1>" in render_to_string(name)
    assert "Only requesters may do that." in render_to_string(
        "403.html", {"exception": str(PermissionDenied("Only requesters may do that."))}
    )


def test_a_page_that_is_not_there_says_so_kindly(world):
    page = world.browser(world.rita).get("/nothing/")
    assert page.status_code == 404
    assert "There is no such page" in page.text


def test_no_letter_speaks_for_example_com():
    folder = Path(__file__).resolve().parents[3] / "templates"
    letters = [*folder.glob("account/email/*.txt"), *folder.glob("mfa/email/*.txt")]
    assert len(letters) > 20
    for letter in letters:
        render_to_string(letter.relative_to(folder).as_posix(), {"code": None})


def test_logging_in_and_out_by_the_pages(world, client):
    world.rita.set_password("correct-horse-9")
    world.rita.save()
    wrong = client.post(reverse("account_login"), {"login": world.rita.email, "password": "no"})
    assert "form-errors" in wrong.text
    client.post(reverse("account_login"), {"login": "RITA@example.org", "password": "correct-horse-9"})
    assert client.session.get("_auth_user_id") == str(world.rita.pk)
    assert client.get(reverse("account_logout")).status_code == 200
    assert "_auth_user_id" in client.session
    client.post(reverse("account_logout"))
    assert "_auth_user_id" not in client.session
