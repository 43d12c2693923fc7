from marketplace.policies import skill_scope
from marketplace.skills import own_skills
from qa.reputation import record


def teach(world, job, worker, agreements, **labels):
    scope = skill_scope(label_set=job.label_set)
    record(scope=scope, agreements={worker.pk: agreements}, labels={worker.pk: labels}, now=world.now)


def test_what_is_known_comes_by_label_set_the_best_known_first(world, django_assert_num_queries):
    little, much = world.job(images=0, title="Bags", owner=world.rosa), world.job(images=0, title="Cans")
    teach(world, little, world.wei, [1.0], bag=[1.0])
    teach(world, much, world.wei, [1.0] * 20, can=[1.0] * 20, bag=[0.0] * 9)
    teach(world, much, world.wanda, [0.0] * 50)

    with django_assert_num_queries(2):
        first, second = own_skills(worker=world.wei, now=world.now)

    assert (first.name, first.answers, [row.label for row in first.labels]) == ("Cans", 20, ["can", "bag"])
    assert first.overall.estimate.percent > 90
    assert not first.labels[0].early
    assert (second.name, second.labels[0].early) == ("Bags", True)


def test_nothing_is_known_of_who_answered_nothing(world):
    assert own_skills(worker=world.wei, now=world.now) == []
