"""What a requester sees of their jobs."""

import pytest

from billing import disputes
from billing.gateway import Clearing, Dispute
from marketplace.closing import close
from marketplace.models import Job
from marketplace.overview import jobs_of, overview, rows
from marketplace.posting import pause, publish
from marketplace.reviewing import Said, decide
from tests.marketplace.test_recovering import charged_back
from tests.marketplace.test_settling import CAN, three_answers

pytestmark = pytest.mark.django_db


def test_rows_count_answers_settled_images_and_money(world):
    job = world.published(images=2)
    three_answers(world, job)
    world.settled(job)
    world.job(title="A draft", images=1)

    found = {row.job.title: row for row in rows(jobs=list(jobs_of(owner=world.rita)), now=world.now)}

    running, draft = found["Cans on shelves"], found["A draft"]
    assert (running.tasks, running.settled, running.disputed, running.answers) == (2, 1, 0, 3)
    assert (running.spent, running.at_most) == (120_000, 360_000)
    assert (draft.tasks, draft.answers, draft.spent, draft.at_most) == (1, 0, 0, 180_000)


def test_rows_take_as_many_statements_for_many_jobs_as_for_one(world, django_assert_num_queries):
    for _ in range(3):
        world.job(images=1)
    jobs = list(jobs_of(owner=world.rita))
    with django_assert_num_queries(2):
        assert len(rows(jobs=jobs, now=world.now)) == 3


def test_a_requesters_jobs_are_their_own_newest_first(world):
    first = world.job(images=0)
    world.later(minutes=1)
    second = world.job(images=0)
    world.job(owner=world.rosa, images=0)
    assert list(jobs_of(owner=world.rita)) == [second, first]


@pytest.mark.parametrize(
    ("funds", "missing"), [(None, 160_000), ("0.50", 0), ("100.00", 0)]
)  # 1 image x 3 answers x $0.052 = $0.156
def test_what_is_missing_is_rounded_up_to_cents_a_card_can_pay(world, funds, missing):
    job = world.job(images=1, reward="0.043333")
    if funds:
        world.fund(world.rita, funds)
    assert overview(job=job, now=world.now).missing == missing


def test_what_is_to_be_paid_to_publish_covers_a_debt_and_is_what_a_card_can_pay(world):
    job = world.job(images=1)
    assert (overview(job=job, now=world.now).missing, overview(job=job, now=world.now).to_pay) == (180_000, 500_000)
    world.fund(world.rita, "0.50")
    charged_back(world)
    found = overview(job=job, now=world.now)
    assert (found.owed, found.missing, found.to_pay) == (0, 180_000, 500_000), "it was there to be taken"
    world.fund(world.rita, "0.30")
    publish(job=job, now=world.now)
    refunded = Dispute("dp_2", "pi_2", 300_000, "USD", "lost", "", (Clearing("txn_2", -300_000, 0, world.now),))
    assert disputes.record(dispute=refunded, now=world.now)
    another = overview(job=world.job(images=1), now=world.now)
    assert (another.wallet, another.owed, another.missing, another.to_pay) == (0, 180_000, 360_000, 500_000)
    page = world.browser(world.rita).get(f"/jobs/{Job.objects.get(state='draft').public_id}/").text
    assert "$0.18 of it is what you owe" in page
    assert 'value="0.50"' in page


def test_a_job_is_done_when_every_image_is_settled(world):
    job = world.published(images=1)
    assert not overview(job=job, now=world.now).done
    three_answers(world, job)
    world.settled(job)
    found = overview(job=job, now=world.now)
    assert (found.done, found.images_waiting, found.marker) == (True, 0, "open-done")


def test_a_job_without_images_is_not_done(world):
    assert not overview(job=world.job(images=0), now=world.now).done


@pytest.mark.parametrize(("trial_ms", "underpays"), [(None, False), (60_000, True), (22_500, False), (22_501, True)])
def test_pay_is_too_low_only_when_it_is_known_to_be(world, trial_ms, underpays):
    job = world.job(images=1)
    Job.objects.filter(pk=job.pk).update(trial_ms=trial_ms)
    job.refresh_from_db()
    assert overview(job=job, now=world.now).underpays is underpays


def seconds(world, job):
    job.refresh_from_db()
    return overview(job=job, now=world.now).refresh_seconds


def test_figures_are_looked_at_often_while_they_move_and_never_when_they_cannot(world):
    job = world.job(images=2)
    assert seconds(world, job) is None
    world.fund(world.rita, "10.00")
    publish(job=job, now=world.now)
    assert seconds(world, job) == 2

    job = world.published(images=2)
    assert seconds(world, job) == 20
    world.answer(job, world.wei, CAN)
    assert seconds(world, job) == 4
    pause(job=job, now=world.now)
    assert seconds(world, job) == 4
    world.later(minutes=3)
    assert seconds(world, job) is None


def test_a_settled_job_rests_and_a_closing_one_is_watched_to_its_end(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    assert seconds(world, job) is None
    close(job=job, now=world.now)
    assert seconds(world, job) == 4
    world.later(hours=1)
    assert seconds(world, job) == 20
    Job.objects.filter(pk=job.pk).update(state="closed", closed_at=world.now)
    assert seconds(world, job) is None


def test_a_job_is_not_done_while_answers_wait_for_its_requester(world):
    job = world.published(images=2, overlap=1, policy={"judge": "requester"})
    given = [world.answer(job, world.wei, CAN) for _ in range(2)]
    world.settled(job)
    decide(assignment_id=given[0].pk, reviewer=world.rita, said=Said("accept"), now=world.now)
    assert not overview(job=job, now=world.now).done
    decide(assignment_id=given[1].pk, reviewer=world.rita, said=Said("accept"), now=world.now)
    assert overview(job=job, now=world.now).done
