from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.assigning import claim
from marketplace.enrolling import enrol
from marketplace.handouts import capped, desk_of, scope_of, today_of
from marketplace.models import Enrolment, Job
from marketplace.submitting import submit
from marketplace.workdrafts import save_draft
from tests.marketplace.test_assigning import statements

EMPTY = {"schema": 1, "shapes": [], "empty": True}


def desk(world, job, worker=None):
    return desk_of(job_id=job.pk, worker=worker or world.wei, now=world.now)


def test_who_is_not_enrolled_has_no_standing_and_nothing_in_hand(world):
    job = world.published(images=1)

    found = desk(world, job)

    assert (found.job, found.standing, found.held, found.reserved) == (job, None, None, None)


def test_a_desk_shows_what_is_held_and_what_is_reserved_after_it(world):
    job = world.published(images=9, overlap=1)
    first = claim(job=job, worker=world.wei, now=world.now)
    reply = submit(assignment_id=first.assignment_id, worker=world.wei, payload=EMPTY, want_next=True, now=world.now)

    found = desk(world, job)

    assert (found.held, found.reserved) == (reply.next, reply.ahead)
    assert desk(world, job, world.wanda).held is None


def test_a_desk_is_read_in_one_statement_by_either_id_of_the_job(world):
    job = world.published(images=2)
    claim(job=job, worker=world.wei, now=world.now)

    for name in (job.pk, job.public_id):
        with CaptureQueriesContext(connection) as seen:
            found = desk_of(job_id=name, worker=world.wei, now=world.now)
            assert (found.held.job.title, found.job.lease_seconds, found.job.reward) == (job.title, 1800, 50_000)
        assert len(statements(seen)) == 1


def test_a_draft_job_and_one_that_is_not_there_have_no_desks(world):
    for name in (world.job().pk, 0, "j-nothing"):
        with pytest.raises(Job.DoesNotExist):
            desk_of(job_id=name, worker=world.wei, now=world.now)


def test_unfinished_work_lies_on_the_desk(world):
    job = world.published(images=2)
    mine = claim(job=job, worker=world.wei, now=world.now)
    save_draft(assignment_id=mine.assignment_id, worker=world.wei, body=EMPTY, revision=0, now=world.now)

    found = desk(world, job).held

    assert (found.draft_revision, found.draft_body) == (1, EMPTY)


def test_answers_of_another_day_are_not_todays(world):
    job = world.published(images=1)
    enrol(job=job, worker=world.wei, now=world.now)
    Enrolment.objects.update(answers=7, answers_today=3, answers_on=world.now.date(), cursor=11, cursor_first=12)

    today = desk(world, job).standing
    world.later(days=1)
    tomorrow = desk(world, job).standing

    assert (today.state, today.cursors, today.answers, today.answers_today) == ("ready", (11, 12), 7, 3)
    assert (tomorrow.answers, tomorrow.answers_today) == (7, 0)


def test_a_day_is_a_day_in_utc():
    in_auckland = timezone(timedelta(hours=13))

    assert today_of(datetime(2026, 3, 3, 12, 59, tzinfo=in_auckland)) == datetime(2026, 3, 2, tzinfo=UTC).date()
    assert today_of(datetime(2026, 3, 3, 13, 0, tzinfo=in_auckland)) == datetime(2026, 3, 3, tzinfo=UTC).date()


def test_a_job_counts_answers_where_it_caps_them():
    assert [capped(Job(**caps)) for caps in ({}, {"daily_cap": 1}, {"worker_cap": 1})] == [False, True, True]


def test_an_answer_is_kept_under_its_assignment():
    assert scope_of(7) == "assignment:7"
