"""The books as admins see them: comparisons, suspense, disputes, accounts."""

import uuid

import pytest
from django.urls import reverse

from billing import reconciling
from billing.models import Dispute, SuspenseItem
from marketplace.models import AuditEntry
from tests.billing.bank import CENT, Bank, hours
from tests.billing.conftest import NOW

PAGES = ("reconciliations", "suspense", "disputes", "platform_accounts")


@pytest.fixture
def amos(world):
    return world.person("Amos", is_staff=True)


@pytest.fixture
def item(world, monkeypatch):
    bank = Bank(monkeypatch)
    bank.add("adjustment", 700, name="txn_x", source="dp_9")
    reconciling.run(now=NOW + hours(24))
    return SuspenseItem.objects.get()


def post(world, who, name, item, **typed):
    return world.browser(who).post(reverse(name, args=[item.pk]), typed, follow=True)


def test_empty_pages_say_so(world):
    browser = world.browser(world.ada)
    found = {name: browser.get(reverse(name)).text for name in PAGES}
    for name, words in zip(
        PAGES, ("Nothing compared yet", "Nothing in suspense", "No disputes", "Whose it is"), strict=True
    ):
        assert words in found[name]
        assert 'aria-label="The books"' in found[name]
    assert "Nothing here" in browser.get(reverse("suspense"), {"show": "over"}).text


def test_a_difference_is_named_asked_about_and_resolved_by_a_second_admin(world, amos, item):
    browser = world.browser(world.ada)
    listed = browser.get(reverse("reconciliations")).text
    assert "1 new difference between" in listed
    shown = browser.get(reverse("suspense")).text
    for words in ("$7.00", "which is not in our books", "txn_x", "dp_9", "Say where it belongs"):
        assert words in shown
    assert "look here" in browser.get(reverse("platform_accounts")).text

    wrong = post(world, world.ada, "suspense_ask", item, account="wallet", email="nobody@x.org", reason="His.")
    assert wrong.status_code == 422
    for kept in ("Nobody here has this", "His.", "nobody@x.org"):
        assert kept in wrong.text
    asked = post(world, world.ada, "suspense_ask", item, account="wallet", email=world.rita.email, reason="Hers.")
    assert "when a second admin agrees" in asked.text
    assert "Take it back" in asked.text
    assert "Somebody else has to agree" in post(world, world.ada, "suspense_agree", item).text
    assert "has left suspense" in post(world, amos, "suspense_agree", item).text
    assert "resolved already" in post(world, amos, "suspense_decline", item).text
    over = browser.get(reverse("suspense"), {"show": "over"}).text
    assert "agreed by amos@example.org" in over
    noted = AuditEntry.objects.filter(action__startswith="suspense").order_by("pk")
    assert [(one.action, one.actor.name) for one in noted] == [("suspense.asked", "Ada"), ("suspense.resolved", "Amos")]
    assert noted[1].after["amount"] == 700 * CENT


def test_what_was_asked_can_be_taken_back(world, item):
    post(world, world.ada, "suspense_ask", item, account="losses", email="", reason="Ours.")
    assert "open again" in post(world, world.ada, "suspense_decline", item).text
    assert SuspenseItem.objects.get().state == "open"
    assert "Choose where" in post(world, world.ada, "suspense_ask", item, account="", email="", reason="x").text


def test_disputes_are_listed(world):
    Dispute.objects.create(
        pk="dp_1", payment="pi_1", amount=500 * CENT, state="open", reason="fraudulent", opened_at=NOW
    )
    text = world.browser(world.ada).get(reverse("disputes")).text
    for words in ("dp_1", "$5.00", "fraudulent", "no deposit known"):
        assert words in text


def test_comparing_now_rings_for_the_background(world, monkeypatch, django_capture_on_commit_callbacks):
    rung = []
    monkeypatch.setattr("marketplace.bell.ring", lambda *what: rung.append(what))
    assert "is being asked" in world.browser(world.ada).post(reverse("reconcile_now"), follow=True).text
    assert rung == [("compare_with_provider", True)]


def test_only_admins_come_here_and_unknown_items_are_not_found(world, item):
    for who in (world.rita, world.wei):
        browser = world.browser(who)
        assert {browser.get(reverse(name)).status_code for name in PAGES} == {403}
        assert browser.post(reverse("suspense_agree", args=[item.pk])).status_code == 403
        assert browser.post(reverse("reconcile_now")).status_code == 403
    item.pk = uuid.uuid4()
    for name in ("suspense_ask", "suspense_agree", "suspense_decline"):
        typed = {"account": "losses", "email": "", "reason": "x"}
        assert post(world, world.ada, name, item, **typed).status_code == 404
