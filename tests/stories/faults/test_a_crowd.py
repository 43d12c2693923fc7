"""Sixty-four programs of fifty people on a small job, more than the web server has threads, to the last image."""

import pytest

from marketplace.auditing import audit
from tests.stories.faults.books import demand_each_once, demand_paid

pytestmark = pytest.mark.story

TASKS, OVERLAP, WORKERS, HANDS = 60, 3, 50, 64


def work_until_nothing_is_left(member):
    """A member holds every reply against the rules: `Member.call` fails at a 5xx and at a broken connection."""
    reply = member.step()
    assert reply.status in (200, 204, 409), reply
    return reply.status != 204


def test_every_place_of_a_small_job_is_answered_once_however_many_want_it(site, gather):
    job = site.job(images=TASKS, overlap=OVERLAP)
    crowd = gather(job, "crowd", workers=WORKERS, hands=HANDS)
    crowd.begin(act=work_until_nothing_is_left)
    site.until(lambda: not crowd.at_work, crowd)
    assert len(crowd.given) == TASKS * OVERLAP, crowd
    site.until_settled(job)
    demand_each_once(job, given=crowd.given)
    demand_paid(job, workers={member.worker for member in crowd.members})
    assert audit() == []
