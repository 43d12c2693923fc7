import pytest

from marketplace.closing import close
from marketplace.enrolling import enrol
from marketplace.errors import Conflict, Forbidden


def test_enrolling_twice_is_one_standing(world):
    job = world.published(images=1)

    assert enrol(job=job, worker=world.wei, now=world.now) == enrol(job=job, worker=world.wei, now=world.now)


def test_a_closed_job_takes_nobody(world):
    job = close(job=world.published(images=1), now=world.now)

    with pytest.raises(Conflict, match="no new workers"):
        enrol(job=job, worker=world.wei, now=world.now)


def test_a_requester_who_also_works_cannot_enter_their_own_job(world):
    job = world.published(images=1)
    world.rita.is_worker = True

    with pytest.raises(Forbidden) as refused:
        enrol(job=job, worker=world.rita, now=world.now)
    assert refused.value.reason == "own_job"
