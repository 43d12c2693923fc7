"""The broker repeats everything, then loses everything, while people work: it is only a doorbell."""

import time

import pytest

from marketplace.auditing import audit
from marketplace.models import Decision, Task
from tests.stories.faults.books import demand_each_once, demand_paid
from tests.stories.faults.doorbell import QUEUE, Tripler

pytestmark = pytest.mark.story

TASKS, OVERLAP, WORKERS = 80, 3, 8


def work_slowly(member):
    """Leave the background time to get something wrong."""
    reply = member.step()
    time.sleep(member.dice.uniform(0, 0.05) if reply.status == 200 else 0.05)
    return len(member.crowd.given) < TASKS * OVERLAP


def test_a_broker_that_triples_and_then_loses_every_message_doubles_and_loses_nothing(site, gather):
    job = site.job(images=TASKS, overlap=OVERLAP)
    crowd = gather(job, "bell", workers=WORKERS)
    with Tripler(site.running.folders.sockets) as nuisance:
        crowd.begin(act=work_slowly)
        site.until(lambda: crowd.gave(TASKS * OVERLAP // 2), crowd)
        assert nuisance.tripled
        # With nobody there to hear them the messages pile up until the last answer is in; then all of them are lost,
        # those in hand too, and nobody will ring for this job again.
        site.kill_for_good("worker")
        site.until(lambda: not crowd.at_work, crowd)
        assert nuisance.broker.llen(QUEUE)
        assert Task.objects.filter(job=job, state=Task.State.ANSWERED).exists()
        nuisance.broker.flushall()
        site.start_worker()
        site.until_settled(job)

    demand_each_once(job, given=crowd.given)
    demand_paid(job, workers=[member.worker for member in crowd.members])
    assert Decision.objects.filter(task__job=job).count() == TASKS
    assert audit() == []
