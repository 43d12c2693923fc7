"""Who gets no more of a job is told why, by claim, enrolment, exam and page alike."""

import pytest

from marketplace import enrolling, flags, gold_standing
from marketplace.assigning import claim
from marketplace.blocking import block
from marketplace.errors import Forbidden
from marketplace.exercising import next_exercise
from marketplace.inviting import WITHDRAWN
from marketplace.models import Enrolment
from marketplace.shutting_out import SHUT_OUT, told
from tests.marketplace.flagging import flagged


def refusals(world, job):
    """What claim, enrolment and exam say, and the job's page."""
    said = []
    for call in (claim, enrolling.enrol, next_exercise):
        with pytest.raises(Forbidden) as refused:
            call(job=job, worker=world.wei, now=world.now)
        assert refused.value.reason == "blocked"
        said.append(refused.value.message)
    return {*said, enrolling.obstacle(job=job, worker=world.wei, now=world.now)}


@pytest.fixture
def job(world):
    found = world.published(images=4)
    enrolling.enrol(job=found, worker=world.wei, now=world.now)
    return found


def test_who_fails_known_answers_reads_that(world, job):
    gold_standing.suspend(job_id=job.pk, worker_id=world.wei.pk, now=world.now)
    (words,) = refusals(world, job)
    assert "too many of your answers to it were wrong" in words


def test_who_was_found_to_send_spam_reads_that(world, job):
    flags.confirm(flag_id=flagged(world, job, world.wei).pk, by=world.ada, now=world.now)
    (words,) = refusals(world, job)
    assert "found to be spam" in words


def test_whose_invitation_was_withdrawn_is_not_told(world, job):
    Enrolment.objects.update(state="blocked", reason=WITHDRAWN)
    assert refusals(world, job) == {SHUT_OUT}


def test_whom_a_requester_blocks_is_not_told_by_whom_or_why(world, job):
    block(requester=world.rita, pseudonym=world.wei.pseudonym, now=world.now)
    assert refusals(world, job) == {SHUT_OUT}
    assert told(reason="anything") == SHUT_OUT
