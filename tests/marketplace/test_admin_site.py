"""The admin site has one door and a log of everything that is changed there."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from marketplace.admin_site import Noted, TallyAdminSite
from marketplace.models import AuditEntry


def entries(action):
    return list(AuditEntry.objects.filter(action=action))


def test_it_is_the_site_that_all_models_are_registered_on():
    assert isinstance(admin.site._wrapped, TallyAdminSite)


@pytest.mark.parametrize("model", list(admin.site._registry), ids=lambda model: model._meta.label)
def test_every_models_admin_notes_what_is_done(model):
    assert isinstance(admin.site.get_model_admin(model), Noted)


def test_what_is_added_changed_and_deleted_is_noted_with_who_and_where(world):
    browser = world.browser(world.ada)
    browser.post(reverse("admin:auth_group_add"), {"name": "Support"})
    group = Group.objects.get()
    browser.post(reverse("admin:auth_group_change", args=[group.pk]), {"name": "Helpers"})
    browser.post(reverse("admin:auth_group_delete", args=[group.pk]), {"post": "yes"})

    for action in ("admin.added", "admin.changed", "admin.deleted"):
        (entry,) = entries(action)
        assert (entry.actor, entry.object_type, entry.object_id) == (world.ada, "auth.group", str(group.pk))
        assert entry.address == "127.0.0.1"
    assert "Name" in repr(entries("admin.changed")[0].after)


def test_many_deleted_at_once_are_noted_one_by_one(world):
    groups = [Group.objects.create(name=name) for name in "ab"]
    form = {"action": "delete_selected", "_selected_action": [group.pk for group in groups], "post": "yes"}
    world.browser(world.ada).post(reverse("admin:auth_group_changelist"), form)
    assert not Group.objects.exists()
    assert {entry.object_id for entry in entries("admin.deleted")} == {str(group.pk) for group in groups}


def test_a_password_set_for_somebody_is_noted_without_the_password(world):
    world.wei.set_password("before-4-kettles")
    world.wei.save()
    form = {"usable_password": "true", "password1": "kettle-under-9-roofs", "password2": "kettle-under-9-roofs"}
    world.browser(world.ada).post(reverse("admin:auth_user_password_change", args=[world.wei.pk]), form)
    world.wei.refresh_from_db()
    assert world.wei.check_password("kettle-under-9-roofs")
    (entry,) = entries("admin.changed")
    assert entry.object_id == str(world.wei.pk)
    assert "kettle" not in repr(entry.after)


def test_a_second_factor_taken_away_is_noted(world):
    lost = Authenticator.objects.create(user=world.wei, type=Authenticator.Type.TOTP, data={"secret": "x"})
    world.browser(world.ada).post(reverse("admin:mfa_authenticator_delete", args=[lost.pk]), {"post": "yes"})
    assert not Authenticator.objects.exists()
    assert [entry.object_type for entry in entries("admin.deleted")] == ["mfa.authenticator"]


def test_an_address_verified_by_an_admin_is_noted(world):
    address = EmailAddress.objects.create(user=world.wei, email=world.wei.email, primary=True)
    form = {"user": world.wei.pk, "email": address.email, "primary": "on", "verified": "on"}
    world.browser(world.ada).post(reverse("admin:account_emailaddress_change", args=[address.pk]), form)
    address.refresh_from_db()
    assert address.verified
    assert [entry.object_type for entry in entries("admin.changed")] == ["account.emailaddress"]


@pytest.mark.parametrize("who", ["rita", "wei", "sam"])
def test_others_are_told_that_it_is_not_for_them(world, who):
    assert world.browser(getattr(world, who)).get("/admin/", follow=True).status_code == 403


def test_a_password_typed_at_its_own_door_opens_nothing(world):
    world.ada.set_password("kettle-under-9-roofs")
    world.ada.save()
    browser = world.browser(None)
    form = {"username": world.ada.email, "password": "kettle-under-9-roofs"}
    reply = browser.post("/admin/login/", form)
    assert reply.status_code == 302
    assert reply["Location"].startswith(reverse("account_login"))
    assert "_auth_user_id" not in browser.session


@pytest.mark.parametrize("what", ["account.emailaddress", "mfa.authenticator"])
def test_an_admin_with_every_single_permission_but_not_all_power_opens_no_account(world, what):
    walt = world.person("Walt", is_staff=True)
    walt.user_permissions.set(Permission.objects.all())
    if what == "mfa.authenticator":
        row = Authenticator.objects.create(user=world.ada, type=Authenticator.Type.TOTP, data={"secret": "x-secret"})
    else:
        row = EmailAddress.objects.create(user=world.ada, email=world.ada.email)
    name, browser = what.replace(".", "_"), world.browser(walt)
    for deed, args in (("add", []), ("delete", [row.pk])):
        assert browser.get(reverse(f"admin:{name}_{deed}", args=args)).status_code == 403
    page = browser.get(reverse(f"admin:{name}_change", args=[row.pk]))
    assert "x-secret" not in page.content.decode()
    assert browser.post(reverse(f"admin:{name}_change", args=[row.pk]), {"user": walt.pk}).status_code == 403
    browser.post(reverse(f"admin:{name}_changelist"), {"action": "make_verified", "_selected_action": [row.pk]})
    browser.post(
        reverse(f"admin:{name}_changelist"), {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    )
    row.refresh_from_db()
    assert row.user == world.ada
    assert not getattr(row, "verified", False)


def test_the_kept_secret_of_a_second_factor_is_shown_to_nobody(world):
    row = Authenticator.objects.create(user=world.wei, type=Authenticator.Type.TOTP, data={"secret": "x-secret"})
    page = world.browser(world.ada).get(reverse("admin:mfa_authenticator_change", args=[row.pk]))
    assert page.status_code == 200
    assert "x-secret" not in page.content.decode()
