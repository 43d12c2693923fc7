"""A worker's day at the workspace, seen by its requests: what is reserved comes next, and late work is not lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from annotation.models import Annotation
from marketplace.auditing import audit
from marketplace.models import Assignment, Draft
from tests.stories.faults.books import demand_each_once
from tests.stories.faults.crowd import CAN

pytestmark = pytest.mark.story

HALF = {"schema": 1, "shapes": [{"type": "box", "label": "bag", "bbox": [50, 40, 20, 20]}]}


def let_run_out(site, name):
    """The worker's lease is over, and the sweeper has put their place back."""
    lease = Assignment.objects.filter(pk=name)
    lease.update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    site.until(lambda: lease.filter(state="expired").exists(), "the lease has run out")


def draft(member):
    """The workspace saves what is drawn so far."""
    body = {"annotation": HALF, "revision": 0}
    return member.client.post(f"assignments/{member.held['assignment']}/draft/", body, method="PUT").status


def test_what_was_reserved_ahead_is_what_comes_next(site, gather):
    job = site.job(images=12, overlap=1)
    member = gather(job, "day", workers=1).members[0]
    assert member.step().status == 200
    looked_ahead = 0
    while member.held:
        expected = member.ahead
        assert member.step().status == 200
        if expected:
            looked_ahead += 1
            assert member.held["assignment"] == expected["assignment"]
            assert member.held["image"]["url"] == expected["image"]["url"], "the picture loaded ahead is the one shown"
    assert looked_ahead >= 8
    assert member.step().status == 204
    site.until_settled(job)
    demand_each_once(job, given=list(member.given))
    assert audit() == []


def test_late_work_is_taken_while_its_place_is_free_and_kept_when_it_was_given_on(site, gather):
    job = site.job(images=1, overlap=1)
    late, other = gather(job, "late", workers=2).members
    assert late.step().status == 200
    name = late.held["assignment"]
    assert draft(late) == 200
    let_run_out(site, name)
    assert other.step().status == 200

    refused = late.submit()
    assert (refused.status, refused.reason) == (409, "place_given_on")
    assert "Your answer is kept" in refused.body["detail"]
    kept = Assignment.objects.get(pk=name)
    assert kept.state == "expired"
    assert Annotation.objects.get(pk=kept.annotation_id).body["shapes"][0]["bbox"] == CAN["shapes"][0]["bbox"]
    assert Draft.objects.get(assignment=name).body == HALF

    given_on = other.held["assignment"]
    assert draft(other) == 200
    let_run_out(site, given_on)
    taken = other.submit()
    assert (taken.status, taken.body["state"]) == (200, "submitted")
    assert not Draft.objects.filter(assignment=given_on).exists()
    site.until_settled(job)
    demand_each_once(job, given=[given_on])
    assert late.client.post(f"assignments/{name}/submit/", {"annotation": CAN}).reason == "place_given_on"
    assert audit() == []
