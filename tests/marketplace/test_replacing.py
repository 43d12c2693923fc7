import pytest

from billing import ledger
from billing.wallets import earnings_of
from marketplace import flags
from marketplace.auditing import audit
from marketplace.closing import close
from marketplace.models import Assignment, AuditEntry, Decision, Place, Replacement, Task
from marketplace.progress import progress
from marketplace.replacing import due, replace_flagged
from marketplace.settling import settle
from marketplace.sweeping import sweep
from qa.models import Skill
from tests.marketplace.flagging import flagged
from tests.marketplace.test_assigning import together
from tests.world import World

CAN, BAG = ("can", [10, 10, 30, 30]), ("bag", [70, 50, 20, 20])
OVERLAP = {"min": 2, "max": 4}


def turn_out(world, job, worker):
    return flags.confirm(flag_id=flagged(world, job, worker).pk, by=world.ada, now=world.now)


def replaced(world, job, **changes):
    return replace_flagged(job_id=job.pk, now=world.now, **changes)


def free(job):
    job.refresh_from_db()
    return ledger.balance(account_id=job.escrow_free_id)


def test_each_answer_that_counts_no_more_gets_one_place_out_of_free_money(world):
    job = world.published(images=2, overlap=OVERLAP)
    first, second = (world.answer(job, world.wei, BAG) for _ in range(2))
    before = free(job)
    turn_out(world, job, world.wei)

    assert [replaced(world, job), replaced(world, job)] == [2, 0]

    assert set(Task.objects.values_list("wanted", "state")) == {(3, "open")}
    assert set(Replacement.objects.values_list("assignment", flat=True)) == {first.pk, second.pk}
    assert free(job) == before - 120_000
    assert progress(job=job, now=world.now).replaced == 2
    assert AuditEntry.objects.get(action="answers.replaced").after == {"places": 2, "amount": 120_000}
    assert audit() == []


def test_a_task_that_waited_to_be_settled_is_open_again_and_then_decided_without_them(world):
    job = world.published(images=1, overlap=OVERLAP)
    world.answer(job, world.wei, BAG)
    world.answer(job, world.wanda, CAN)
    turn_out(world, job, world.wei)

    assert replaced(world, job) == 1
    assert world.settled(job) == 0
    world.answer(job, world.worker("Walt"), CAN)
    assert world.settled(job) == 1

    assert dict(Assignment.objects.values_list("worker__name", "state")) == {
        "Wei": "rejected",
        "Wanda": "accepted",
        "Walt": "accepted",
    }
    assert audit() == []


def test_a_decision_that_rests_on_them_is_made_anew_and_nothing_paid_is_taken_back(world):
    job = world.published(images=1, overlap=OVERLAP)
    world.answer(job, world.wei, BAG)
    world.answer(job, world.worker("Mate"), BAG)
    assert world.settled(job) == 1
    turn_out(world, job, world.wei)
    paid = ledger.balance(account_id=earnings_of(worker=world.wei).pk)

    assert replaced(world, job) == 1
    assert Task.objects.get().state == Task.State.OPEN
    assert audit() == []
    world.answer(job, world.wanda, BAG, CAN)
    assert world.settled(job) == 1

    assert list(Decision.objects.order_by("revision").values_list("revision", "current")) == [(1, False), (2, True)]
    assert ledger.balance(account_id=earnings_of(worker=world.wei).pk) == paid > 0
    # An answer teaches once, however often its task is decided.
    assert Skill.objects.get(worker=world.wei, label="").answers == 1
    assert audit() == []


def test_a_settled_task_that_did_not_follow_them_stays_as_it_is(world):
    job = world.published(images=1, overlap={"min": 3, "max": 4})
    for worker, shape in ((world.wei, BAG), (world.wanda, CAN), (world.worker("Walt"), CAN)):
        world.answer(job, worker, shape)
    world.settled(job)
    turn_out(world, job, world.wei)

    assert replaced(world, job) == 0
    assert Task.objects.get().state == Task.State.SETTLED


def test_no_more_places_than_the_free_money_pays_for_and_the_rest_when_there_is_more(world):
    job = world.published(images=2, overlap=2)
    for _ in range(2):
        world.answer(job, world.wei, BAG)
    turn_out(world, job, world.wei)
    assert free(job) == 0

    assert replaced(world, job) == 0
    assert due() == [job.pk]
    assert audit() == []


def test_many_are_replaced_batch_by_batch_and_the_sweeper_does_it_too(world):
    job = world.published(images=5, overlap=OVERLAP)
    for _ in range(5):
        world.answer(job, world.wei, BAG)
    turn_out(world, job, world.wei)
    assert replaced(world, job, limit=2) == 5

    mate = world.worker("Mate")
    world.answer(job, mate, BAG)
    turn_out(world, job, mate)
    assert sweep(now=world.now) == []
    assert Replacement.objects.filter(assignment__worker=mate).count() == 1
    assert audit() == []


def test_two_of_one_task_get_two_places(world):
    job = world.published(images=1, overlap={"min": 3, "max": 6})
    mate = world.worker("Mate")
    for worker in (world.wei, mate):
        world.answer(job, worker, BAG)
        turn_out(world, job, worker)
    assert replaced(world, job) == 2
    assert Task.objects.get().wanted == 5
    assert list(Place.objects.order_by("ordinal").values_list("ordinal", flat=True)) == [1, 2, 3, 4, 5]
    assert audit() == []


def test_a_job_that_closes_buys_nothing(world):
    job = world.published(images=1, overlap=OVERLAP)
    world.answer(job, world.wei, BAG)
    turn_out(world, job, world.wei)
    close(job=job, now=world.now)
    assert replaced(world, job) == 0
    assert due() == []


@pytest.mark.django_db(transaction=True)
def test_two_at_once_buy_each_place_once_while_tasks_settle():
    world = World()
    job = world.published(images=4, overlap=OVERLAP)
    for worker in (world.wei, world.wanda):
        for _ in range(4):
            world.answer(job, worker, BAG)
    turn_out(world, job, world.wei)

    def work(n):
        return settle(job_id=job.pk, now=world.now) if n % 2 else replaced(world, job)

    together(4, work)
    replaced(world, job)
    assert Replacement.objects.count() == 4
    assert audit() == []
