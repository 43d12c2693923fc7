"""Judging tasks together: weights, and who is paid by the job's rule."""

from marketplace import flags
from marketplace.adopting import Answered
from marketplace.auditing import audit
from marketplace.judging import answers_of, judge_tasks
from marketplace.models import Assignment, Task
from marketplace.policies import policy_of, skill_scope
from qa.models import Consensus, Skill
from qa.reputation import record
from tests.marketplace.flagging import flagged
from tests.marketplace.test_settling import three_answers


def judged(world, job):
    tasks = [Answered(task.pk, task.image_id, task.wanted) for task in Task.objects.filter(job=job)]
    scope = skill_scope(label_set=job.label_set)
    return judge_tasks(job_id=job.pk, tasks=tasks, policy=policy_of(job=job), scope=scope, now=world.now)


def test_answers_come_by_task_in_the_order_in_which_they_were_given(world):
    job = world.published(images=1)
    walt = three_answers(world, job)
    task = Task.objects.get()

    given = answers_of(task_ids=[task.pk])

    assert [each.worker_id for each in given[task.pk]] == [world.wei.pk, world.wanda.pk, walt.pk]


def test_judging_writes_nothing(world):
    job = world.published(images=1)
    three_answers(world, job)

    [found] = judged(world, job)

    assert [thing.shape.label for thing in found.outcome.consensus.objects] == ["can"]
    assert (Consensus.objects.count(), Skill.objects.count()) == (0, 0)


def test_who_was_turned_out_as_a_spammer_is_judged_but_not_heard(world):
    job = world.published(images=1)
    three_answers(world, job)
    for worker in (world.wei, world.wanda):
        flags.confirm(flag_id=flagged(world, job, worker).pk, by=world.ada, now=world.now)

    [found] = judged(world, job)

    assert [thing.shape.label for thing in found.outcome.consensus.objects] == ["bag"]
    assert len(found.outcome.verdicts) == 3


def test_by_good_standing_a_known_worker_is_paid_though_the_votes_are_against_them(world):
    job = world.published(images=1, policy={"pay_rule": "good_standing"})
    walt = three_answers(world, job)
    record(scope=skill_scope(label_set=job.label_set), agreements={walt.pk: [0.7] * 40}, now=world.now)
    before = Skill.objects.get(worker=walt, label="").wrong
    world.settled(job)

    given = Assignment.objects.get(worker=walt)
    assert (given.state, given.earned, given.verdict.reason) == ("accepted", 50_000, "good_standing")
    assert [found["label"] for found in Consensus.objects.get().body["objects"]] == ["can"]
    assert Skill.objects.get(worker=walt, label="").wrong > before, "the record learns all the same"
    assert audit() == []


def test_by_good_standing_a_stranger_is_still_rejected_where_the_votes_are_clear(world):
    job = world.published(images=1, policy={"pay_rule": "good_standing"})
    walt = three_answers(world, job)
    world.settled(job)
    assert Assignment.objects.get(worker=walt).state == "rejected"
