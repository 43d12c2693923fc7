"""Three of ten people go away with work in their hands: their places come back and the others finish the job."""

import time

import pytest

from marketplace.auditing import audit
from marketplace.models import Assignment, Place, WorkEvent
from tests.stories.faults.books import demand_each_once, demand_paid

pytestmark = pytest.mark.story

TASKS, OVERLAP, WORKERS, GONE = 24, 3, 10, 3
LEASE = 2
BACK_WITHIN = LEASE + 30.0


def ask_until_all_is_done(member):
    """Work, and ask again when nothing is left: somebody's lease may run out."""
    if member.step().status != 200:
        time.sleep(0.05)
    return len(member.crowd.given) < TASKS * OVERLAP


def leave(members):
    """Each of them gives one answer and goes away with the next two images in their hands."""
    for member in members:
        assert member.step().status == member.step().status == 200
        assert member.held
        assert member.ahead
        member.client.hang_up()
    return [name for member in members for name in (member.held["assignment"], member.ahead["assignment"])]


def ends(assignments):
    """How these ended, of the events."""
    kinds = [WorkEvent.Kind.EXPIRED, WorkEvent.Kind.TAKEN_OVER]
    return sorted(WorkEvent.objects.filter(assignment__in=assignments, kind__in=kinds).values_list("kind", flat=True))


def finish(site, job, crowd):
    site.until_settled(job)
    demand_each_once(job, given=crowd.given)
    demand_paid(job, workers=[member.worker for member in crowd.members])
    assert audit() == []


def test_the_sweeper_brings_back_what_the_vanished_held(site, gather):
    job = site.job(images=TASKS, overlap=OVERLAP, lease_seconds=LEASE)
    crowd = gather(job, "swept", workers=WORKERS)
    taken = leave(crowd.members[:GONE])
    live = Assignment.objects.filter(pk__in=taken, state__in=Assignment.LIVE)
    site.until(lambda: not live.exists(), "what the vanished held is back", seconds=BACK_WITHIN)
    # Nobody else has claimed yet, so nobody but the sweeper can have done it.
    assert ends(taken) == ["expired"] * 2 * GONE
    assert Place.objects.filter(job=job, state="open", lane=1).count() == 2 * GONE

    crowd.begin(*crowd.members[GONE:], act=ask_until_all_is_done)
    site.until(lambda: not crowd.at_work, crowd)
    finish(site, job, crowd)


def test_without_a_background_whoever_claims_takes_over_what_ran_out(site, gather):
    job = site.job(images=TASKS, overlap=OVERLAP, lease_seconds=LEASE)
    crowd = gather(job, "taken", workers=WORKERS)
    site.kill_for_good("worker")
    taken = leave(crowd.members[:GONE])
    crowd.begin(*crowd.members[GONE:], act=ask_until_all_is_done)
    site.until(lambda: not crowd.at_work, crowd, seconds=BACK_WITHIN)
    assert ends(taken) == ["taken_over"] * 2 * GONE

    site.start_worker()
    finish(site, job, crowd)
