"""The broker loses everything, then repeats everything, while people work: it is only a doorbell."""

import time

import pytest

from marketplace.auditing import audit
from marketplace.models import Decision, Task
from tests.stories.faults.books import demand_each_once, demand_paid
from tests.stories.faults.doorbell import QUEUE, Tripler

pytestmark = pytest.mark.story

TASKS, OVERLAP, WORKERS = 80, 3, 8
LOST_AT_LEAST = 5


def work_slowly(member):
    """Leave the background time to get something wrong."""
    reply = member.step()
    time.sleep(member.dice.uniform(0, 0.05) if reply.status == 200 else 0.05)
    return len(member.crowd.given) < TASKS * OVERLAP


def test_a_broker_that_loses_and_triples_every_message_loses_and_doubles_nothing(site, gather):
    job = site.job(images=TASKS, overlap=OVERLAP)
    crowd = gather(job, "bell", workers=WORKERS)
    with Tripler(site.running.folders.sockets) as nuisance:
        crowd.begin(act=work_slowly)
        site.until(lambda: crowd.gave(40), crowd)
        # With nobody there to hear them the messages pile up; all of them are lost, those in hand too.
        site.kill_for_good("worker")
        site.until(lambda: nuisance.broker.llen(QUEUE) >= LOST_AT_LEAST, "bells were rung")
        answered = set(Task.objects.filter(job=job, state=Task.State.ANSWERED).values_list("pk", flat=True))
        nuisance.broker.flushall()
        site.start_worker()
        site.until(
            lambda: set(Task.objects.filter(pk__in=answered).values_list("state", flat=True)) == {"settled"},
            "the sweeper finds what nobody rang for",
        )
        site.until(lambda: not crowd.at_work, crowd)
        site.until_settled(job)
        assert answered
        assert nuisance.tripled > LOST_AT_LEAST
        site.until(lambda: nuisance.broker.llen(QUEUE) == 0, "every message is heard, all three of each")

    demand_each_once(job, given=crowd.given)
    demand_paid(job, workers=[member.worker for member in crowd.members])
    assert Decision.objects.filter(task__job=job).count() == TASKS
    assert audit() == []
