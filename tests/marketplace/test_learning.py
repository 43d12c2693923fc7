from marketplace.policies import skill_scope
from qa.models import Skill
from qa.reputation import skills_of

CAN, BAG = ("can", [10, 10, 30, 30]), ("bag", [70, 50, 20, 20])


def known(world, job, worker):
    scopes = [skill_scope(label_set=job.label_set)]
    return {one.label: one.estimate for one in skills_of(worker_id=worker.pk, scopes=scopes, now=world.now)}


def test_settling_teaches_of_each_label(world):
    job = world.published(images=2)
    walt = world.worker("Walt")
    for _ in range(2):
        world.answer(job, world.wei, CAN, BAG)
        world.answer(job, world.wanda, CAN, BAG)
        world.answer(job, walt, CAN)
    world.settled(job)

    assert {label: (one.answers, round(one.weight, 1)) for label, one in known(world, job, walt).items()} == {
        "": (2, 2.0),
        "bag": (2, 2.0),
        "can": (2, 2.0),
    }
    assert known(world, job, walt)["bag"].mean < 0.3 < 0.8 < known(world, job, walt)["can"].mean
    assert known(world, job, world.wei)["bag"].mean > 0.8


def test_a_lone_answer_teaches_nothing(world):
    job = world.published(images=1, overlap=1)
    world.answer(job, world.wei, CAN)
    world.settled(job)
    assert not Skill.objects.exists()
