import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from billing import ledger
from billing.models import Transfer
from billing.wallets import earnings_of
from marketplace.auditing import audit
from marketplace.models import Assignment, Decision, Place, Task
from marketplace.settling import finalise_rejections, settle
from qa.models import Consensus, Skill
from tests.marketplace.test_assigning import statements, together
from tests.world import World

CAN = ("can", [10, 10, 30, 30])
NEAR = ("can", [12, 11, 30, 30])
ELSEWHERE = ("bag", [70, 50, 20, 20])


def earned(worker):
    return ledger.balance(account_id=earnings_of(worker=worker).pk)


def three_answers(world, job):
    """Wei and Wanda agree, Walt marks something else."""
    walt = world.worker("Walt")
    world.answer(job, world.wei, CAN)
    world.answer(job, world.wanda, NEAR)
    world.answer(job, walt, ELSEWHERE)
    return walt


def test_who_agrees_is_paid_and_who_does_not_is_told_why(world):
    job = world.published(images=1)
    walt = three_answers(world, job)

    assert world.settled(job) == 1

    states = dict(Assignment.objects.values_list("worker__name", "state"))
    assert states == {"Wei": "accepted", "Wanda": "accepted", "Walt": "rejected"}
    assert (earned(world.wei), earned(world.wanda), earned(walt)) == (50_000, 50_000, 0)
    verdict = Assignment.objects.get(worker=walt).verdict
    assert verdict.reason == "low_agreement"
    assert "1" in verdict.explanation
    assert audit() == []


def test_the_consensus_is_stored_with_its_votes(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)

    body = Decision.objects.get(task__job=job, current=True).consensus.body
    assert [(found["label"], found["votes_for"], found["votes_of"]) for found in body["objects"]] == [("can", 2, 3)]
    assert Task.objects.get().state == Task.State.SETTLED


def test_fee_and_reward_leave_escrow_to_the_micro_unit(world):
    job = world.published(images=1, reward="0.000003")
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        world.answer(job, worker, CAN)
    world.settled(job)

    job.refresh_from_db()
    assert ledger.balance(account_id=job.escrow_committed_id) == 0
    assert sum(Transfer.objects.filter(kind="accepted").values_list("amount", flat=True)) == 9
    assert sum(Transfer.objects.filter(kind="accepted_fee").values_list("amount", flat=True)) == 3


def test_a_rejection_holds_its_money_until_it_is_final(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    job.refresh_from_db()

    assert ledger.balance(account_id=job.escrow_committed_id) == 60_000
    assert finalise_rejections(job_id=job.pk, now=world.later(days=6)) == 0
    assert finalise_rejections(job_id=job.pk, now=world.later(days=2)) == 1
    assert finalise_rejections(job_id=job.pk, now=world.now) == 0
    assert ledger.balance(account_id=job.escrow_committed_id) == 0
    assert ledger.balance(account_id=job.escrow_free_id) == 60_000
    assert audit() == []


def test_settling_again_changes_nothing(world):
    job = world.published(images=1)
    three_answers(world, job)

    assert [world.settled(job), world.settled(job)] == [1, 0]
    assert Transfer.objects.filter(kind="accepted").count() == 2


@pytest.mark.django_db(transaction=True)
def test_four_settlers_at_once_pay_each_answer_once():
    world = World()
    job = world.published(images=4, overlap=2)
    for worker in (world.wei, world.wanda):
        for _ in range(4):
            world.answer(job, worker, CAN)

    together(4, lambda n: settle(job_id=job.pk, now=world.now, limit=1))

    assert Consensus.objects.count() == 4
    assert earned(world.wei) == earned(world.wanda) == 200_000
    assert audit() == []


def test_where_answers_scatter_one_more_place_is_bought_up_to_the_maximum(world):
    job = world.published(images=1, overlap={"min": 2, "max": 3})
    world.answer(job, world.wei, CAN)
    world.answer(job, world.wanda, ELSEWHERE)

    assert world.settled(job) == 0
    task = Task.objects.get()
    assert (task.state, task.wanted) == ("open", 3)
    assert audit() == []

    world.answer(job, world.worker("Walt"), NEAR)
    assert world.settled(job) == 1
    assert Place.objects.count() == 3
    assert audit() == []


def test_at_the_maximum_scattered_answers_are_paid_and_the_task_is_disputed(world):
    job = world.published(images=1, overlap=2)
    world.answer(job, world.wei, CAN)
    world.answer(job, world.wanda, ELSEWHERE)
    world.settled(job)

    assert Task.objects.get().disputed
    assert set(Assignment.objects.values_list("state", flat=True)) == {"accepted"}


def test_a_batch_that_fails_leaves_everything_as_it_was(world, monkeypatch):
    job = world.published(images=1)
    three_answers(world, job)

    def broken(**_):
        raise DatabaseError("the disk is full")

    with monkeypatch.context() as patch:
        patch.setattr("marketplace.settling.ledger.post", broken)
        with pytest.raises(DatabaseError):
            world.settled(job)

    assert not Consensus.objects.exists()
    assert world.settled(job) == 1
    assert audit() == []


def test_skill_is_learnt_from_what_was_adopted(world):
    job = world.published(images=1)
    walt = three_answers(world, job)
    world.settled(job)

    right = {skill.worker: skill.right for skill in Skill.objects.select_related("worker")}
    assert right[world.wei] > right[walt]


def test_accepted_without_pay_is_refused_by_the_database(world):
    job = world.published(images=1)
    assignment = world.answer(job, world.wei, CAN)

    with pytest.raises(IntegrityError, match="assignment_accepted_means_paid"), transaction.atomic():
        Assignment.objects.filter(pk=assignment.pk).update(state="accepted")


def test_tags_are_decided_by_majority(world):
    labels = [{"name": "tidy", "shapes": ["tag"]}, {"name": "messy", "shapes": ["tag"]}]
    job = world.published(images=1, labels=labels, tag_choice="one")
    for worker, tag in ((world.wei, "tidy"), (world.wanda, "tidy"), (world.worker("Walt"), "messy")):
        world.answer_tags(job, worker, tag)
    world.settled(job)

    assert [tag["label"] for tag in Consensus.objects.get().body["tags"]] == ["tidy"]
    assert audit() == []


def test_one_task_that_cannot_be_decided_holds_up_no_other_and_is_logged(world, caplog):
    job = world.published(images=3, overlap=1)
    given = [world.answer(job, world.wei, CAN) for _ in range(3)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # annotations are written once; this one is bad
        cursor.execute("UPDATE annotation_annotation SET body = '{}' WHERE id = %s", [given[0].annotation_id])
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")

    assert [world.settled(job), world.settled(job)] == [2, 0]
    assert Task.objects.get(state="answered").pk == given[0].task_id
    assert f"task {given[0].task_id} of job {job.pk} cannot be settled" in caplog.text
    assert earned(world.wei) == 100_000
    assert audit() == []


def test_a_fault_of_one_task_in_the_books_holds_up_no_other(world, monkeypatch):
    job = world.published(images=2, overlap=1)
    bad = world.answer(job, world.wei, CAN)
    world.answer(job, world.wei, CAN)
    post = ledger.post

    def refuse(*, postings, now):
        if any(posting.key == str(bad.pk) for posting in postings):
            raise ledger.KeyReused("accepted", str(bad.pk))
        return post(postings=postings, now=now)

    monkeypatch.setattr("marketplace.settling.ledger.post", refuse)
    assert world.settled(job) == 1
    bad.refresh_from_db()
    assert bad.state == "submitted"
    assert audit() == []


def test_ten_tasks_settle_in_as_many_statements_as_two(world):
    few, many = world.published(images=2), world.published(images=10)
    for job, images in ((few, 2), (many, 10)):
        for worker in (world.wei, world.wanda, world.worker(f"Walt{images}")):
            for _ in range(images):
                world.answer(job, worker, CAN)
    counted = []
    for job in (few, many):
        with CaptureQueriesContext(connection) as seen:
            world.settled(job)
        counted.append(len(statements(seen)))

    assert counted[1] <= counted[0] <= 35
    assert audit() == []


@pytest.mark.django_db(transaction=True)
def test_two_jobs_that_pay_the_same_new_workers_settle_at_once():
    """Accounts of people never paid before are opened by both; never in a circle."""
    world = World()
    workers = [world.worker(f"Walt{n}") for n in range(6)]
    jobs = [world.published(images=6, overlap=1) for _ in range(2)]
    for job, order in zip(jobs, (workers, workers[::-1]), strict=True):
        for worker in order:
            world.answer(job, worker, CAN)

    assert together(2, lambda n: settle(job_id=jobs[n].pk, now=world.now)) == [6, 6]
    assert {earned(worker) for worker in workers} == {100_000}
    assert audit() == []


def test_a_final_rejection_frees_what_its_place_holds_and_no_more(world):
    job = world.published(images=1)
    three_answers(world, job)
    world.settled(job)
    job.refresh_from_db()
    Place.objects.filter(assignments__state="rejected").update(held=0)

    assert finalise_rejections(job_id=job.pk, now=world.later(days=8)) == 1
    assert not Transfer.objects.filter(kind="rejection_final").exists()
