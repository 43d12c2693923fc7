"""Who meets what a job asks: asked when they enrol, and not again."""

import pytest

from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.eligibility import missing_in, missing_of
from marketplace.enrolling import enrol, obstacle
from marketplace.errors import Forbidden
from marketplace.models import Enrolment
from tests.marketplace.test_skills import teach


def lives(person, country, *languages):
    person.country, person.languages = country, list(languages)
    person.save()


def test_who_lacks_something_is_told_each_thing_and_is_not_enrolled(world):
    job = world.published(requirements={"countries": ["DE"], "languages": ["de"]})

    with pytest.raises(Forbidden) as refused:
        enrol(job=job, worker=world.wei, now=world.now)

    assert refused.value.reason == "not_eligible"
    assert [one.rule for one in refused.value.problems] == ["country", "language"]
    assert not Enrolment.objects.exists()
    assert "Germany" in obstacle(job=job, worker=world.wei, now=world.now)


def test_a_claim_enrols_nobody_who_lacks_something(world):
    job = world.published(requirements={"countries": ["DE"]})

    with pytest.raises(Forbidden) as refused:
        claim(job=job, worker=world.wei, now=world.now)
    assert refused.value.message == refused.value.problems[0].message, "one thing is said at once"
    lives(world.wei, "DE")
    assert claim(job=job, worker=world.wei, now=world.now)
    assert audit() == []


def test_it_is_asked_once_and_not_at_each_claim(world):
    job = world.published(requirements={"countries": ["DE"]})
    lives(world.wei, "DE")
    world.answer(job, world.wei)

    lives(world.wei, "FR")

    assert claim(job=job, worker=world.wei, now=world.now)
    assert obstacle(job=job, worker=world.wei, now=world.now) == ""


def test_skill_is_that_of_the_label_set(world):
    job = world.published(requirements={"skill": [{"label": "can", "at_least": 0.8, "answers": 20}]})
    other = world.job(images=0, owner=world.rosa)
    teach(world, other, world.wei, [1.0] * 40, can=[1.0] * 40)
    assert [one.code for one in missing_of(job=job, worker=world.wei, now=world.now)] == ["skill"]

    # Written anew by the same requester, the same labels are the same set.
    teach(world, world.job(images=0), world.wei, [1.0] * 40, can=[1.0] * 40)

    assert missing_of(job=job, worker=world.wei, now=world.now) == ()
    assert enrol(job=job, worker=world.wei, now=world.now).state == "ready"


def test_many_jobs_cost_one_statement_and_none_where_no_skill_is_asked(world, django_assert_num_queries):
    plain, skilled = world.job(images=0), world.job(images=0, requirements={"skill": [{"at_least": 0.5}]})
    again = world.job(images=0, requirements={"skill": [{"at_least": 0.5}]})
    wei = world.wei
    for job in (plain, skilled, again):
        assert job.label_set.pk

    with django_assert_num_queries(0):
        missing_in(jobs=[plain], worker=wei, now=world.now)
    with django_assert_num_queries(1):
        found = missing_in(jobs=[plain, skilled, again], worker=wei, now=world.now)
    assert [len(found[job.pk]) for job in (plain, skilled, again)] == [0, 1, 1]
