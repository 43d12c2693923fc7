"""kill -9 of whatever runs, again and again, while eight people work: what was acknowledged stays, and stays once."""

import time
from random import Random

import pytest
from django.db import connection

from marketplace.auditing import audit
from tests.stories.faults.books import demand_each_once, demand_paid

pytestmark = pytest.mark.story

TASKS, OVERLAP, WORKERS = 150, 3, 8
VICTIMS = ["web", "worker", "postgres", "backend"] * 2
SEED = "kill -9"


def work_slowly(member):
    """People need a moment for each image; else the job would be over before its second fault."""
    reply = member.step()
    time.sleep(member.dice.uniform(0, 0.1) if reply.status == 200 else 0.05)
    return len(member.crowd.given) < TASKS * OVERLAP


def demand_commits_that_last():
    """Whatever else a throwaway PostgreSQL saves itself, a commit is with the kernel before it is acknowledged."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)


def test_what_was_acknowledged_survives_every_kill_and_is_paid_once(site, gather):
    job = site.job(images=TASKS, overlap=OVERLAP)
    demand_commits_that_last()
    crowd = gather(job, "kill", workers=WORKERS, lossy=True)
    dice, victims = Random(SEED), list(VICTIMS)
    dice.shuffle(victims)
    crowd.begin(act=work_slowly)
    for victim in victims:
        enough = len(crowd.given) + dice.randint(5, 25)
        site.until(lambda enough=enough: crowd.gave(enough), crowd)
        site.until(lambda victim=victim: site.alive(victim), f"{victim} runs again")
        assert crowd.at_work, "the job was over before the last fault"
        site.kill(victim)
    site.until(lambda: not crowd.at_work, crowd)
    assert len(crowd.given) == TASKS * OVERLAP
    assert crowd.again["reply not read"]
    assert sum(crowd.again.values()) > crowd.again["reply not read"], "no kill was noticed"

    site.reconnect()
    site.until_settled(job)
    for member in crowd.members:
        for name in member.dice.sample(sorted(member.given), 5):
            assert member.repeat(name).body == {"state": "accepted", "next": None, "ahead": None}
    demand_each_once(job, given=crowd.given)
    demand_paid(job, workers=[member.worker for member in crowd.members])
    assert audit() == []
