"""No password, key, secret or token is written to a log, whatever is done with it, right or wrong."""

import json
import logging
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import hotp_value
from allauth.mfa.utils import encrypt
from django.core import mail
from django.urls import reverse

from billing.sandbox.delivery import signature
from marketplace import tokens
from marketplace.models import ApiToken

pytestmark = pytest.mark.django_db
PASSWORD, NEXT, WRONG = "kettle-under-9-roofs", "roofs-over-10-kettles", "a-guess-that-is-wrong"
TOTP = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def _listening(caplog, settings):
    """Everything that any logger says."""
    settings.ACCOUNT_RATE_LIMITS = False
    caplog.set_level(logging.DEBUG)
    for name in ("tally", "django", "stripe", "allauth"):
        caplog.set_level(logging.DEBUG, logger=name)


def said(caplog):
    return "\n".join(f"{record.getMessage()} {record.exc_info} {vars(record).get('args')}" for record in caplog.records)


def test_a_persons_secrets(world, client, caplog):
    world.wei.set_password(PASSWORD)
    world.wei.save()
    login = {"login": world.wei.email, "password": WRONG}
    client.post(reverse("account_login"), login)
    client.post(reverse("account_login"), {**login, "password": PASSWORD})
    form = {"oldpassword": PASSWORD, "password1": NEXT, "password2": NEXT}
    client.post(reverse("account_change_password"), form)
    Authenticator.objects.create(user=world.wei, type=Authenticator.Type.TOTP, data={"secret": encrypt(TOTP)})
    client.logout()
    client.post(reverse("account_login"), {**login, "password": NEXT})
    code = f"{hotp_value(TOTP, int(time.time()) // 30) % 10**6:06d}"
    client.post(reverse("mfa_authenticate"), {"code": code})
    session = client.session.session_key
    client.post(reverse("account_logout"))
    client.post(reverse("account_reset_password"), {"email": world.wei.email})
    link = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[-1].body)[0]
    client.get(link, follow=True)
    for secret in (PASSWORD, NEXT, WRONG, TOTP, session, link.rstrip("/").split("-")[-1]):
        assert secret not in said(caplog)


def test_keys_of_programs(world, client, caplog):
    key = tokens.issue(user=world.wei, now=world.now)
    for sent in (key, key + "x"):
        client.get("/api/v1/earnings/", HTTP_AUTHORIZATION=f"Token {sent}")
    client.post("/api/v1/payouts/", "{", content_type="application/json", HTTP_AUTHORIZATION=f"Token {key}")
    assert "/api/v1/" in said(caplog)
    assert key not in said(caplog)
    assert ApiToken.objects.get().digest not in said(caplog)


def test_a_failure_on_our_side_tells_no_key(world, client, caplog, monkeypatch):
    key = tokens.issue(user=world.wei, now=world.now)
    monkeypatch.setattr("marketplace.history.earnings", lambda **_: 1 / 0)
    client.raise_request_exception = False
    reply = client.get("/api/v1/earnings/", HTTP_AUTHORIZATION=f"Token {key}")
    assert reply.status_code == 500
    assert "ZeroDivisionError" not in reply.content.decode()
    assert "ZeroDivisionError" in said(caplog)
    assert key not in said(caplog)


def test_the_webhooks_secret_and_signatures(client, caplog, settings):
    settings.STRIPE_WEBHOOK_SECRET = "whsec_of_this_test"
    body = json.dumps({"id": "evt_1", "type": "x.y", "data": {"object": {"metadata": 1}}}).encode()
    now = int(time.time())
    headers = [
        signature(payload=body, secret="whsec_of_this_test", timestamp=now),
        signature(payload=body, secret="whsec_wrong", timestamp=now),
        "t=1,v1=00",
        "nonsense",
    ]
    for header in headers:
        client.post("/webhooks/stripe/", body, content_type="application/json", HTTP_STRIPE_SIGNATURE=header)
    assert "webhook refused" in said(caplog)
    assert "whsec_of_this_test" not in said(caplog)
    assert headers[0].split("v1=")[1] not in said(caplog)
