"""Who was stopped from rejecting, for admins."""

import pytest
from django.urls import reverse

from marketplace import rejecting
from marketplace.models import AuditEntry, RejectionStop
from marketplace.reviewing import Said, decide
from marketplace.stopping import stop_of

CAN = ("can", [10, 10, 30, 30])


@pytest.fixture
def stop(world, monkeypatch):
    monkeypatch.setattr(rejecting, "A_DAY", 0)
    job = world.published(images=1, overlap=1, policy={"judge": "requester"})
    given = world.answer(job, world.wei, CAN)
    world.settled(job)
    said = Said("reject", reason="other", note="No.")
    decide(assignment_id=given.pk, reviewer=world.rita, said=said, now=world.now)
    return stop_of(requester=world.rita)


def close(world, stop, **typed):
    return world.browser(world.ada).post(reverse("rejection_stop_close", args=[stop.pk]), typed, follow=True)


def test_an_admin_sees_who_and_how_much_and_releases_them_with_words(world, stop):
    listed = world.browser(world.ada).get(reverse("rejection_stops")).content.decode()
    assert world.rita.email in listed
    assert "Rejected 1 of the last 1" in listed
    nothing = close(world, stop, decision="released", note=" ")
    assert nothing.status_code == 422
    assert b"Say why" in nothing.content
    assert b"It is noted with your words." in close(world, stop, decision="released", note="In order.").content
    assert stop_of(requester=world.rita) is None
    assert AuditEntry.objects.filter(actor=world.ada, action="rejections.released").exists()
    assert b"Nobody rejects too much" in world.browser(world.ada).get(reverse("rejection_stops")).content
    assert b"In order." in world.browser(world.ada).get(reverse("rejection_stops"), {"show": "all"}).content
    assert b"was released before" in close(world, stop, decision="upheld", note="No.").content


def test_only_admins_come_here(world, stop):
    for person in (world.rita, world.wei):
        browser = world.browser(person)
        assert browser.get(reverse("rejection_stops")).status_code == 403
        assert browser.post(reverse("rejection_stop_close", args=[stop.pk]), {"note": "x"}).status_code == 403
    gone = reverse("rejection_stop_close", args=[stop.pk + 1])
    assert world.browser(world.ada).post(gone, {"decision": "released", "note": "x"}).status_code == 404
    assert RejectionStop.objects.get().state == "open"
