from marketplace.assigning import claim
from marketplace.boards import job_row, open_jobs, rejection_rates
from marketplace.posting import pause
from tests.marketplace.test_settling import CAN, three_answers


def test_the_board_shows_open_jobs_of_others_with_what_is_left(world):
    job = world.published(images=2)
    world.job(images=1, title="Still a draft")
    pause(job=world.published(images=1, title="Paused"), now=world.now)
    world.answer(job, world.wei, CAN)

    rows = open_jobs(worker=world.wei)

    assert [(row.job, row.places_left, row.answered_by_me, row.labels) for row in rows] == [(job, 5, 1, ("can", "bag"))]
    assert open_jobs(worker=world.rita) == []


def test_a_full_job_is_shown_only_to_who_still_holds_a_place(world):
    job = world.published(images=1, overlap=1)
    claim(job=job, worker=world.wei, now=world.now)

    assert [row.holding for row in open_jobs(worker=world.wei)] == [True]
    assert open_jobs(worker=world.wanda) == []


def test_a_blocked_worker_sees_that_they_are(world):
    job = world.published(images=2)
    world.answer(job, world.wei, CAN)
    job.enrolments.update(state="blocked")

    assert job_row(job=job, worker=world.wei).blocked


def test_the_requesters_rejection_rate_counts_judged_answers(world):
    assert rejection_rates(owner_ids=[world.rita.pk]) == {}
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)

    assert rejection_rates(owner_ids=[world.rita.pk, world.rosa.pk]) == {world.rita.pk: 1 / 3}
