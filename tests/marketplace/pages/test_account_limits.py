"""Guessing is slow, and no page tells who has an account."""

import re
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from allauth.mfa.utils import encrypt
from django.core import mail
from django.core.cache import cache
from django.urls import reverse

from marketplace.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "kettle-under-9-roofs"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _as_in_production(settings):
    """Limits on, and a memory of attempts of each test's own."""
    settings.ACCOUNT_RATE_LIMITS = {}
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "LOCATION": "limits"}}
    cache.clear()


@pytest.fixture
def wei(world):
    world.wei.set_password(PASSWORD)
    world.wei.save()
    EmailAddress.objects.create(user=world.wei, email=world.wei.email, primary=True, verified=True)
    return world.wei


def log_in(client, email, password=PASSWORD, **environ):
    return client.post(reverse("account_login"), {"login": email, "password": password}, **environ)


def words(page):
    """What a person reads, without what differs on every page."""
    text = re.sub(r"<[^>]*>", " ", page.content.decode())
    return " ".join(re.sub(r"\S+@\S+", "ADDRESS", text).split())


def is_in(client):
    return "_auth_user_id" in client.session


def test_guessing_a_password_ends_after_a_few_tries_wherever_it_comes_from(client, wei):
    for number in range(5):
        log_in(client, wei.email, "wrong-guess-1", REMOTE_ADDR=f"192.0.2.{number}")
    page = log_in(client, wei.email, PASSWORD, REMOTE_ADDR="192.0.2.99")
    assert not is_in(client)
    assert "Too many" in words(page)


def test_guessing_from_one_place_ends_whoever_is_meant(client, wei, settings):
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for number in range(10):
        # What the client claims in front does not make it somebody else.
        headers = {"HTTP_X_FORWARDED_FOR": f"10.0.0.{number}, 198.51.100.1"}
        log_in(client, f"nobody{number}@example.org", "wrong-guess-1", **headers)
    log_in(client, wei.email, HTTP_X_FORWARDED_FOR="198.51.100.1")
    assert not is_in(client)
    log_in(client, wei.email, HTTP_X_FORWARDED_FOR="198.51.100.2")
    assert is_in(client)


def test_signing_up_in_bulk_ends(client):
    for number in range(20):
        client.post(reverse("account_signup"), {"email": f"n{number}@example.org"})
    assert client.post(reverse("account_signup"), {"email": "last@example.org"}).status_code == 429


def test_a_wrong_password_and_an_unknown_address_read_the_same(client, wei):
    known = log_in(client, wei.email, "wrong-guess-1")
    unknown = log_in(client, "nobody@example.org", "wrong-guess-1")
    assert words(known) == words(unknown)
    assert known.status_code == unknown.status_code


def test_signing_up_with_a_known_address_looks_like_with_a_new_one(client, wei):
    form = {"purpose": "label", "name": "", "password1": PASSWORD, "password2": PASSWORD}
    replies = []
    for email in (wei.email, "new@example.org"):
        reply = client.post(reverse("account_signup"), {**form, "email": email})
        replies.append((reply.status_code, reply["Location"], words(client.get(reply["Location"]))))
        client.logout()
    assert replies[0] == replies[1]
    assert User.objects.filter(email="new@example.org").exists()
    assert [letter.to for letter in mail.outbox] == [[wei.email], ["new@example.org"]]
    assert "already" in mail.outbox[0].body.lower()


def test_asking_for_a_new_password_tells_nothing_either(client, wei):
    replies = [
        client.post(reverse("account_reset_password"), {"email": email}, follow=True)
        for email in (wei.email, "nobody@example.org")
    ]
    assert words(replies[0]) == words(replies[1])


def test_nobody_comes_in_before_the_address_is_verified(client, wei):
    EmailAddress.objects.update(verified=False)
    log_in(client, wei.email)
    assert not is_in(client)


def test_other_sessions_end_when_the_password_changes(world, client, wei):
    elsewhere = world.browser(wei)
    assert elsewhere.get(reverse("earnings")).status_code == 200
    log_in(client, wei.email)
    new = "roofs-over-10-kettles"
    client.post(reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert elsewhere.get(reverse("earnings")).status_code == 302
    assert client.get(reverse("earnings")).status_code == 200
    assert any("password" in letter.subject.lower() for letter in mail.outbox), "they are told"


def test_a_suspended_person_is_out_at_once(world, wei):
    browser = world.browser(wei)
    User.objects.filter(pk=wei.pk).update(is_active=False)
    assert browser.get(reverse("earnings")).status_code == 302


def test_who_has_a_second_factor_is_asked_for_it_and_a_code_works_once(world, client, wei):
    Authenticator.objects.create(user=wei, type=Authenticator.Type.TOTP, data={"secret": encrypt(SECRET)})
    page = log_in(client, wei.email)
    assert page["Location"] == reverse("mfa_authenticate")
    assert not is_in(client)
    assert client.get(reverse("earnings")).status_code == 302
    code = f"{hotp_value(SECRET, int(time.time()) // 30) % 10**6:06d}"
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert is_in(client)
    client.logout()
    log_in(client, wei.email)
    client.post(reverse("mfa_authenticate"), {"code": code})
    assert not is_in(client)


def test_guessing_a_code_ends_too(client, wei):
    Authenticator.objects.create(user=wei, type=Authenticator.Type.TOTP, data={"secret": encrypt(SECRET)})
    log_in(client, wei.email)
    pages = [client.post(reverse("mfa_authenticate"), {"code": f"{number:06d}"}) for number in range(15)]
    assert "Too many" in words(pages[-1]) or pages[-1].status_code == 429


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_a_login_leads_to_no_other_site(client, wei, target):
    reply = client.post(f"{reverse('account_login')}?next={target}", {"login": wei.email, "password": PASSWORD})
    assert reply.status_code == 302
    assert reply["Location"] == "/"
