from marketplace.auditing import audit
from marketplace.closing import close, finish_closing
from marketplace.concluding import for_people
from marketplace.models import Decision, Job, Task
from marketplace.reviewing import Said, decide
from marketplace.settling import finalise_rejections
from qa.models import Skill
from qa.policy import Policy

CAN = ("can", [10, 10, 30, 30])
NO = Said("reject", reason="extra", note="There is no can.")


def test_whom_the_policy_lets_decide(world):
    lone, three = world.published(images=1, overlap=1), world.published(images=1, overlap=3)
    world.answer(lone, world.wei, CAN)
    for worker in (world.wei, world.wanda, world.worker("Walt")):
        world.answer(three, worker, CAN)
    ids = list(Task.objects.order_by("pk").values_list("pk", flat=True))

    assert for_people(task_ids=ids, policy=Policy()) == []
    assert for_people(task_ids=ids, policy=Policy(judge="requester")) == ids
    assert for_people(task_ids=ids, policy=Policy(judge="both")) == [Task.objects.get(job=lone).pk]


def test_a_job_judged_by_hand_closes_when_the_last_answer_is_judged(world):
    job = world.published(images=2, overlap={"min": 1, "max": 2}, policy={"judge": "requester"})
    a, b = world.answer(job, world.wei, CAN), world.answer(job, world.wei, CAN)
    world.settled(job)
    decide(assignment_id=a.pk, reviewer=world.rita, said=NO, now=world.now)
    assert Task.objects.get(pk=a.task_id).state == "open"
    close(job=job, now=world.now)
    world.settled(job)
    assert Task.objects.get(pk=a.task_id).state == "review"
    assert audit() == []
    decide(assignment_id=b.pk, reviewer=world.rita, said=NO, now=world.now)
    assert Task.objects.get(pk=b.task_id).doubt == 1.0
    assert not finish_closing(job_id=job.pk, now=world.now)

    finalise_rejections(job_id=job.pk, now=world.later(days=8))
    assert finish_closing(job_id=job.pk, now=world.now)
    assert Job.objects.get().state == "closed"
    assert not Decision.objects.exists()
    assert audit() == []


def test_records_learn_from_what_a_person_adopted(world):
    job = world.published(images=1, overlap=2, policy={"judge": "requester"})
    right, wrong = world.answer(job, world.wei, CAN), world.answer(job, world.wanda, ("bag", [70, 50, 20, 20]))
    world.settled(job)
    decide(assignment_id=right.pk, reviewer=world.rita, said=Said("accept"), now=world.now)
    decide(assignment_id=wrong.pk, reviewer=world.rita, said=NO, now=world.now)

    assert dict(Skill.objects.values_list("worker__name", "right")) == {"Wei": 1.0, "Wanda": 0.0}
    assert audit() == []
