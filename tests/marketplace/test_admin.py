"""Every table of ours is in the admin; all but people are read there, and what people are is noted when it changes."""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import AnonymousUser, Permission
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from marketplace import tokens
from marketplace.leaving import leave
from marketplace.models import ApiToken, AuditEntry, Job, User, WorkEvent
from marketplace.releases import make_release
from marketplace.reviewing import Said, decide
from marketplace.uploading import prepare_images
from tests.marketplace.test_settling import CAN, three_answers
from tests.marketplace.test_steps import happened

ROOMS = ("annotation", "qa", "billing", "marketplace")
MODELS = [model for model in apps.get_models() if model._meta.app_label in ROOMS]
CHANGEABLE = {User}
DELETABLE = {ApiToken}


def address(model, what, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{what}", args=args)


@pytest.fixture
def alive(world):
    """A market with a row in nearly every table."""
    world.recalled(come_alive)
    return world


def come_alive(world):
    job = world.published(images=3)
    prepare_images(job_id=job.pk)
    three_answers(world, job)
    world.answer(job, world.wei, CAN)
    world.settled(job)
    by_hand = world.published(images=1, overlap=1, policy={"judge": "requester"})
    given = world.answer(by_hand, world.wei, CAN)
    world.settled(by_hand)
    decide(assignment_id=given.pk, reviewer=world.rita, said=Said("accept"), now=world.now)
    make_release(job=job, by=world.rita, now=world.now)
    tokens.issue(user=world.rita, name="laptop")


def request_of(user):
    request = RequestFactory().get("/admin/")
    request.user = user
    return request


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_model_is_registered_and_only_people_can_be_written(model, world):
    found = admin.site.get_model_admin(model)
    request = request_of(world.ada)

    assert found.has_view_permission(request)
    assert found.has_change_permission(request) is (model in CHANGEABLE)
    assert found.has_add_permission(request) is (model in CHANGEABLE)
    assert found.has_delete_permission(request) is (model in DELETABLE)
    assert not found.get_actions(request)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_every_list_and_row_opens_and_can_be_searched(model, alive):
    browser = alive.browser(alive.ada)

    assert browser.get(address(model, "changelist")).status_code == 200
    assert browser.get(address(model, "changelist"), {"q": "7"}).status_code == 200
    row = model._default_manager.first()
    if row is not None:
        assert browser.get(address(model, "change", row.pk)).status_code == 200
        expected = 200 if model in CHANGEABLE else 403
        assert browser.post(address(model, "change", row.pk), {}).status_code == expected
        expected = 200 if model in DELETABLE else 403
        assert browser.get(address(model, "delete", row.pk)).status_code == expected
    assert browser.get(address(model, "add")).status_code == (200 if model in CHANGEABLE else 403)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_list_takes_no_statement_a_row(model, alive, django_assert_max_num_queries):
    alive.published(images=4)
    browser = alive.browser(alive.ada)
    with django_assert_max_num_queries(8):
        browser.get(address(model, "changelist"))


def test_a_changed_role_is_noted_with_who_changed_it(world):
    form = {
        "email": world.wei.email, "name": "Wei", "is_worker": "on", "is_requester": "on", "is_active": "on",
    }  # fmt: skip

    response = world.browser(world.ada).post(address(User, "change", world.wei.pk), form)

    assert response.status_code == 302, re.findall(r"errorlist.*", response.content.decode())
    entry = AuditEntry.objects.get(action="role.changed")
    assert (entry.actor, entry.object_id) == (world.ada, str(world.wei.pk))
    assert (entry.before, entry.after) == ({"is_requester": False}, {"is_requester": True})
    assert entry.address == "127.0.0.1"


def test_an_admin_with_less_than_everything_can_neither_rise_nor_take_over_who_has_more(world):
    clerk = world.person("Cleo", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_user", "change_user"]))
    browser = world.browser(clerk)
    form = {"email": world.wei.email, "name": "Wei", "is_worker": "on", "is_active": "on"}

    powers = {"is_staff": "on", "is_superuser": "on"}
    assert browser.post(address(User, "change", world.wei.pk), form | powers).status_code == 302
    assert browser.post(address(User, "change", clerk.pk), form | powers).status_code == 403
    assert browser.post(address(User, "change", world.ada.pk), form | powers).status_code == 403
    new = {"password1": "kettle-under-9-roofs", "password2": "kettle-under-9-roofs"}
    assert browser.post(f"/admin/marketplace/user/{world.ada.pk}/password/", new).status_code == 403

    assert set(User.objects.filter(is_superuser=True)) == {world.ada}
    assert set(User.objects.filter(is_staff=True)) == {world.ada, clerk}


def test_who_has_left_is_not_brought_back_here(world):
    leave(person=world.wei, gives_up=False, now=world.now)
    form = {"email": "wei@example.org", "name": "Wei", "is_active": "on"}
    assert world.browser(world.ada).post(address(User, "change", world.wei.pk), form).status_code == 403
    assert world.browser(world.ada).get(address(User, "change", world.wei.pk)).status_code == 200


def test_a_person_made_here_can_log_in_and_is_noted(world):
    form = {
        "email": "Xia@Example.org", "name": "Xia", "usable_password": "true", "password1": "kettle-under-9-roofs",
        "password2": "kettle-under-9-roofs", "is_worker": "on",
    }  # fmt: skip

    response = world.browser(world.ada).post(address(User, "add"), form)

    assert response.status_code == 302, re.findall(r"errorlist.*", response.content.decode())
    made = User.objects.get(name="Xia")
    assert made.email == "xia@example.org"
    assert made.check_password("kettle-under-9-roofs")
    assert AuditEntry.objects.get(action="role.changed").after == {"is_worker": True}


def test_a_key_taken_away_is_gone_and_noted_and_its_digest_is_shown_to_nobody(world):
    tokens.issue(user=world.rita, name="laptop")
    token = ApiToken.objects.get()
    browser = world.browser(world.ada)

    assert token.digest not in browser.get(address(ApiToken, "change", token.pk)).content.decode()
    assert browser.post(address(ApiToken, "delete", token.pk), {"post": "yes"}).status_code == 302

    assert not ApiToken.objects.exists()
    entry = AuditEntry.objects.get(action="admin.deleted")
    assert (entry.actor, entry.object_type, entry.object_id) == (world.ada, "marketplace.apitoken", str(token.pk))


def test_events_are_listed_for_a_while_back_and_never_all_counted(world, monkeypatch):
    answer, now = world.answer(world.published(images=1), world.wei, CAN), timezone.now()
    for kind, ago in (("renewed", 5), ("late", 5), ("renewed", 600)):
        happened(kind, answer, now - timedelta(minutes=ago))
    browser = world.browser(world.ada)

    def listed(**asked):
        page = browser.get(address(WorkEvent, "changelist"), asked)
        return [event.kind for event in page.context["cl"].result_list]

    assert listed() == ["late", "renewed"]
    assert listed(last="nonsense") == ["late", "renewed"]
    assert listed(kind="renewed") == ["renewed"]
    assert listed(last="day", kind="renewed") == ["renewed", "renewed"]
    monkeypatch.setattr("marketplace.admin.work.FirstPages.furthest", 1)
    assert browser.get(address(WorkEvent, "changelist")).context["cl"].result_count == 1


def test_the_site_has_one_door(world):
    response = world.browser(None).get("/admin/", follow=True)

    assert response.request["PATH_INFO"] == reverse("account_login")
    assert world.browser(world.rita).get("/admin/", follow=True).status_code == 403


def test_it_wears_the_sites_colours_and_leads_to_the_reports(world):
    text = world.browser(world.ada).get("/admin/").content.decode()

    assert "marketplace/css/admin.css" in text
    assert reverse("report_payouts") in text
    assert "Django administration" not in text


def test_nobody_unknown_sees_anything():
    assert not admin.site.has_permission(request_of(AnonymousUser()))
    assert not admin.site.get_model_admin(Job).has_view_permission(request_of(AnonymousUser()))
