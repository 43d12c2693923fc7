import threading

import pytest
from django.db import connection, transaction

from marketplace.turns import next_positions
from tests.world import World


def test_turns_ascend_and_are_never_given_twice(world):
    job = world.job(images=0)

    first, second = next_positions(job_id=job.pk, count=3), next_positions(job_id=job.pk, count=2)

    assert first == sorted(first)
    assert first[-1] < second[0] < second[1]


@pytest.mark.django_db(transaction=True)
def test_whoever_draws_turns_for_a_job_waits_until_the_one_before_has_committed():
    job = World().job(images=0)
    drawn, committed = threading.Event(), []

    def other():
        drawn.wait(10)
        with transaction.atomic():
            next_positions(job_id=job.pk, count=1)
            committed.append("second")
        connection.close()

    thread = threading.Thread(target=other)
    thread.start()
    with transaction.atomic():
        next_positions(job_id=job.pk, count=1)
        drawn.set()
        thread.join(0.3)
        committed.append("first")
    thread.join(10)

    assert committed == ["first", "second"]
