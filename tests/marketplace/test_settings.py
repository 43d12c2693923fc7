"""What a start refuses, each with a message that names the setting; and that production is what Django's checks ask."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.exceptions import ImproperlyConfigured

from marketplace.local.checks import PRODUCTION

LONG = "a-key-of-more-than-fifty-characters-which-nobody-guesses-0123456789"
SETTINGS = Path(__file__).parents[2] / "marketplace" / "settings.py"


def read(*names, **environment):
    """The values of the settings, read anew outside any test run, with nothing but this environment."""
    modules = {name: module for name, module in sys.modules.items() if name not in {"pytest", "mypy"}}
    with patch.dict(os.environ, {"SECRET_KEY": LONG, **environment}, clear=True), patch.object(sys, "modules", modules):
        found = runpy.run_path(str(SETTINGS))
    return [found[name] for name in names]


def refusal(**environment):
    """What a start with this environment is refused with."""
    with pytest.raises(ImproperlyConfigured) as refused:
        read(**environment)
    return str(refused.value)


@pytest.mark.parametrize("key", ["", "tiny-key", "x" * 60, "django-insecure-" + LONG, LONG[:49]])
def test_a_key_that_is_none_is_refused(key):
    told = refusal(SECRET_KEY=key)
    assert "SECRET_KEY: missing or too short" in told
    assert "token_urlsafe" in told
    assert not key or key not in told


def test_in_development_any_key_will_do():
    assert read("SECRET_KEY", SECRET_KEY="short", DEBUG="1") == ["short"]


@pytest.mark.parametrize("mode", ["DEMO", "DEBUG"])
@pytest.mark.parametrize(
    "where",
    [
        {"SITE_URL": "https://tally.example"},
        {"SITE_URL": "http://192.0.2.1:8000"},
        {"SITE_URL": "http://127.0.0.1.tally.example"},
        {"SITE_URL": "http://localhost@tally.example"},
        {"ALLOWED_HOSTS": "*"},
        {"ALLOWED_HOSTS": "127.0.0.1,tally.example"},
    ],
    ids=str,
)
def test_what_waives_protection_stays_on_this_machine(mode, where):
    assert f"{mode}: only for a site on this machine" in refusal(**{mode: "1"}, **where)


@pytest.mark.parametrize("site", ["http://127.0.0.1:8000", "http://localhost:9", "http://[::1]:8000"])
@pytest.mark.parametrize("mode", ["DEMO", "DEBUG"])
def test_on_this_machine_it_starts_and_second_factors_and_letters_are_waived(mode, site):
    assert read("MFA_REQUIRED", "ACCOUNT_EMAIL_VERIFICATION", **{mode: "1"}, SITE_URL=site) == [False, "optional"]


def test_everywhere_else_they_are_asked_for():
    names = ("MFA_REQUIRED", "ACCOUNT_EMAIL_VERIFICATION", "DEBUG", "DEMO")
    assert read(*names) == [True, "mandatory", False, False]


def test_no_environment_waives_the_second_factor_alone():
    assert read("MFA_REQUIRED", MFA_REQUIRED="0") == [True]


@pytest.mark.parametrize("missing", ["STRIPE_API_KEY", "STRIPE_WEBHOOK_SECRET"])
def test_real_money_needs_keys_of_its_own(missing):
    told = refusal(**{name: value for name, value in PRODUCTION.items() if name != missing})
    assert "BILLING_GATEWAY=stripe needs both" in told


def test_a_webhook_secret_that_everybody_knows_is_refused_where_others_can_reach_us():
    public = {"SITE_URL": "https://tally.example", "ALLOWED_HOSTS": "tally.example"}
    assert "forge payments" in refusal(**public)
    assert "forge payments" in refusal(**public, STRIPE_WEBHOOK_SECRET="whsec_own, whsec_sandbox")
    assert read("STRIPE_WEBHOOK_SECRET", **public, STRIPE_WEBHOOK_SECRET="whsec_own") == ["whsec_own"]


def test_the_country_of_the_account_at_stripe_is_a_code():
    assert read("STRIPE_COUNTRY") == ["US"]
    assert "STRIPE_COUNTRY" in refusal(STRIPE_COUNTRY="Germany")


@pytest.mark.parametrize(
    "name",
    ["PAYOUT_MINIMUM", "PAYOUT_APPROVAL_ABOVE", "PAYOUT_FRESH_LOGIN_ABOVE", "GOODWILL_LIMIT", "FAIR_PAY_HOURLY"],
)
def test_an_amount_that_is_none_is_refused(name):
    assert refusal(**{name: "a dollar"}) == f'{name}: An amount is a plain decimal number, such as "0.05".'


def test_over_https_cookies_and_browsers_keep_to_it():
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SECURE_SSL_REDIRECT")
    assert read(*names, **PRODUCTION) == [True, True, True, True]
    hsts = ("SECURE_HSTS_SECONDS", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
    assert read(*hsts, **PRODUCTION) == [31_536_000, True, True]


def test_a_proxys_words_are_read_only_when_one_is_ours():
    names = ("SECURE_PROXY_SSL_HEADER", "ALLAUTH_TRUSTED_PROXY_COUNT")
    assert read(*names) == [None, 0]
    assert read(*names, BEHIND_PROXY="1") == [("HTTP_X_FORWARDED_PROTO", "https"), 1]
    assert read(*names, BEHIND_PROXY="1", TRUSTED_PROXY_COUNT="2")[1] == 2


def test_djangos_own_checks_find_nothing_in_production():
    kept = {
        name: os.environ[name] for name in ("PATH", "LANG", "HOME", "DATABASE_URL", "REDIS_URL") if name in os.environ
    }
    reply = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={**kept, **PRODUCTION, "SECRET_KEY": LONG},
        capture_output=True,
        text=True,
        check=False,
    )
    assert reply.returncode == 0, reply.stderr
    assert "no issues" in reply.stdout


@pytest.mark.parametrize("name", ["APPEAL_DAYS", "APPEAL_ANSWER_DAYS"])
@pytest.mark.parametrize("days", ["0", "31"])
def test_days_of_appeals_are_1_to_30(name, days):
    assert f"{name}: {days} is not between 1 and 30 days" in refusal(**{name: days})
    assert read(name, **{name: "30"}) == [30]
