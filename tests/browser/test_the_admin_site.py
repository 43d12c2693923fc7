"""The admin site's forms work under the content security policy: the browser complains of nothing."""

from __future__ import annotations

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from marketplace.models import AuditEntry, User


@pytest.mark.parametrize("narrow", [False, True], ids=["wide", "narrow"])
def test_an_admin_makes_a_person_gives_a_role_and_sets_a_password(visit, world, narrow):
    page = visit(world.ada, narrow=narrow, path=reverse("admin:marketplace_user_add"))
    page.get_by_label("Email").fill("xia@example.org")
    page.get_by_label("Password:", exact=True).fill("kettle-under-9-roofs")
    page.get_by_label("Password confirmation").fill("kettle-under-9-roofs")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("was added successfully").first).to_be_visible()

    xia = User.objects.get(email="xia@example.org")
    page.goto(reverse("admin:marketplace_user_change", args=[xia.pk]))
    page.get_by_label("Worker").check()
    page.get_by_role("button", name="Save and continue editing").click()
    expect(page.get_by_text("was changed successfully").first).to_be_visible()
    xia.refresh_from_db()
    assert xia.is_worker

    page.goto(reverse("admin:auth_user_password_change", args=[xia.pk]))
    page.goto(reverse("admin:marketplace_user_history", args=[xia.pk]))
    page.goto(reverse("admin:marketplace_auditentry_changelist"))
    assert {"admin.added", "admin.changed"} <= set(AuditEntry.objects.values_list("action", flat=True))
