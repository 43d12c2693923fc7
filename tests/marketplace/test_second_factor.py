"""Admins, and requesters who pay in, need a second factor; a clear page leads there; its secrets are kept encrypted."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt, encrypt
from django.urls import reverse

from marketplace import second_factor
from marketplace.errors import Forbidden
from marketplace.models import AuditEntry

SECRET = "JBSWY3DPEHPK3PXP"
ADMIN_PAGES = ["/admin/", "/admin/billing/transfer/", "/reports/payouts/", "/reports/quality/"]
ADMIN_CALLS = ["/api/v1/reports/payouts/", "/api/v1/reports/quality/"]


@pytest.fixture(autouse=True)
def _required(settings):
    settings.MFA_REQUIRED = True


def give_one(person):
    Authenticator.objects.create(user=person, type=Authenticator.Type.TOTP, data={"secret": encrypt(SECRET)})


def test_it_is_missing_until_there_is_one(world, settings):
    assert second_factor.is_missing(person=world.ada)
    with pytest.raises(Forbidden, match=reverse("mfa_index")):
        second_factor.demand(person=world.ada)
    give_one(world.ada)
    assert not second_factor.is_missing(person=world.ada)
    assert second_factor.is_missing(person=world.rita)
    settings.MFA_REQUIRED = False
    assert not second_factor.is_missing(person=world.rita)


@pytest.mark.parametrize("page", ADMIN_PAGES)
def test_an_admin_without_one_is_led_to_setting_it_up(world, page):
    browser = world.browser(world.ada)
    reply = browser.get(page, follow=True)
    assert reply.status_code == 403
    assert reverse("mfa_activate_totp") in reply.content.decode()
    assert "two-step login" in reply.content.decode()
    give_one(world.ada)
    assert browser.get(page).status_code == 200


@pytest.mark.parametrize("call", ADMIN_CALLS)
def test_an_admin_without_one_cannot_use_the_api_either(world, call):
    client = world.api(world.ada)
    reply = client.get(call)
    assert (reply.status_code, reply.json()["reason"]) == (403, "second_factor_needed")
    give_one(world.ada)
    assert client.get(call).status_code == 200


def test_the_admin_site_changes_nothing_for_an_admin_without_one(world):
    address = reverse("admin:marketplace_user_change", args=[world.sam.pk])
    world.browser(world.ada).post(address, {"email": world.sam.email, "is_staff": "on"})
    world.sam.refresh_from_db()
    assert not world.sam.is_staff
    assert not AuditEntry.objects.exists()


def test_a_requester_without_one_is_led_to_setting_it_up_instead_of_paying(world):
    browser = world.browser(world.rita)
    reply = browser.post(reverse("deposit_new"), {"amount": "5.00", "key": "k"})
    assert reply.status_code == 403
    assert reverse("mfa_activate_totp") in reply.content.decode()
    assert browser.get(reverse("wallet")).status_code == 200


def test_a_requester_without_one_cannot_pay_in_by_api(world):
    reply = world.api(world.rita).post("/api/v1/wallet/deposits/", {"amount": "5.00"})
    assert (reply.status_code, reply.json()["reason"]) == (403, "second_factor_needed")
    assert reverse("mfa_index") in reply.json()["detail"]


def test_workers_need_none(world):
    assert world.browser(world.wei).get(reverse("earnings")).status_code == 200


def test_the_page_that_sets_it_up_opens_without_one(world):
    browser = world.browser(world.ada)
    assert browser.get(reverse("mfa_index")).status_code == 200


def test_secrets_are_not_readable_in_the_database():
    kept = encrypt(SECRET)
    assert SECRET not in kept
    assert decrypt(kept) == SECRET


def test_secrets_outlive_a_change_of_the_key_and_need_the_old_one(settings):
    kept, old = encrypt(SECRET), settings.SECRET_KEY
    settings.SECRET_KEY = "another" * 10
    with pytest.raises(ValueError, match="SECRET_KEY_FALLBACKS"):
        decrypt(kept)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert decrypt(kept) == SECRET
