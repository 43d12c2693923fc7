"""Every answer tells the browser to trust nothing it need not: pages, calls, refusals, pictures, static files."""

import re

import pytest
from django.contrib.staticfiles.storage import staticfiles_storage
from django.urls import reverse
from django.utils import timezone

from marketplace import pictures
from marketplace.uploading import prepare_images

ANSWERS = [
    "/",
    "/accounts/login/",
    "/accounts/signup/",
    "/accounts/password/reset/",
    "/jobs/",
    "/wallet/",
    "/work/",
    "/work/earnings/",
    "/reports/payouts/",
    "/admin/",
    "/admin/marketplace/user/",
    "/admin/billing/transfer/",
    "/api/v1/wallet/",
    "/api/v1/jobs/",
    "/api/v1/nothing/",
    "/api/v1/docs/",
    "/api/v1/schema/",
    "/nothing/",
    "/image/x/",
    "/webhooks/stripe/",
]


def policy_of(reply):
    parts = (part.split() for part in reply["Content-Security-Policy"].split(";"))
    return {name: values for name, *values in parts}


def hold_to_the_rules(reply):
    policy = policy_of(reply)
    assert policy["default-src"] == ["'self'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    everything = " ".join(value for values in policy.values() for value in values)
    assert "unsafe" not in everything
    assert "*" not in everything
    assert "http:" not in everything.replace(policy["form-action"][-1], "")
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["X-Frame-Options"] == "DENY"
    assert reply["Referrer-Policy"] == "same-origin"
    assert reply["Cross-Origin-Opener-Policy"] == "same-origin"
    assert reply["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in reply["Permissions-Policy"]
    assert "Server" not in reply


@pytest.mark.parametrize("address", ANSWERS)
@pytest.mark.parametrize("who", [None, "rita", "wei", "ada"])
def test_every_answer_carries_them(world, address, who):
    reply = world.browser(getattr(world, who) if who else None).get(address)
    hold_to_the_rules(reply)
    assert "no-store" in reply["Cache-Control"]


@pytest.mark.parametrize("address", ANSWERS)
def test_no_page_has_scripts_or_styles_in_it(world, address):
    for who in (None, world.rita, world.wei, world.ada):
        html = world.browser(who).get(address, follow=True).content.decode()
        assert not re.search(r"<style|\sstyle=|\son[a-z]+=\"|javascript:", html), address
        bodies = re.findall(r"<script(?![^>]*type=\"application/json\")[^>]*>(.*?)</script>", html, re.DOTALL)
        assert not any(body.strip() for body in bodies), address


def test_a_failure_carries_them_too(world, monkeypatch):
    monkeypatch.setattr("marketplace.purse.purse", lambda **_: 1 / 0)
    browser = world.browser(world.rita)
    browser.raise_request_exception = False
    reply = browser.get("/wallet/")
    assert reply.status_code == 500
    hold_to_the_rules(reply)
    assert "ZeroDivisionError" not in reply.content.decode()
    assert "Traceback" not in reply.content.decode()


def test_a_picture_is_shown_in_place_with_its_type_and_kept_by_nobody_else(world):
    job = world.job(images=1)
    prepare_images(job_id=job.pk)
    image = job.tasks.get().image
    url = pictures.signed_url(image_id=image.pk, viewer_id=world.rita.pk, now=timezone.now())
    reply = world.browser(world.rita).get(url)
    assert reply.getvalue()
    hold_to_the_rules(reply)
    assert reply["Content-Type"] == "image/png"
    assert reply["Content-Disposition"].startswith("inline")
    assert reply["Cache-Control"].startswith("private")


def test_static_files_may_be_kept_but_not_embedded_elsewhere(world):
    reply = world.browser(None).get(staticfiles_storage.url("marketplace/css/base.css"))
    assert reply.getvalue()
    assert reply.status_code == 200
    assert reply["X-Content-Type-Options"] == "nosniff"
    assert reply["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "no-store" not in reply["Cache-Control"]
    assert "Access-Control-Allow-Origin" not in reply


def test_in_https_mode_browsers_are_told_to_stay_there(world, settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["testserver"]
    browser = world.browser(None)
    assert browser.get("/").status_code == 301
    reply = browser.get("/", secure=True)
    assert reply["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"


def test_the_session_cookie_is_out_of_a_scripts_reach(world):
    world.wei.set_password("kettle-under-9-roofs")
    world.wei.save()
    browser = world.browser(None)
    reply = browser.post(reverse("account_login"), {"login": world.wei.email, "password": "kettle-under-9-roofs"})
    cookie = reply.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
