"""Passed exams: kept, and good for so long."""

import pytest

from marketplace.models import Qualification
from marketplace.qualifying import passes, qualification_for, qualify
from marketplace.requirements import Exam


@pytest.mark.parametrize(("score", "passed"), [(0.7, True), (0.1 + 0.6, True), (0.699999, False), (1.0, True)])
def test_the_pass_mark_itself_passes(score, passed):
    assert passes(score=score, exam=Exam(3, pass_mark=0.7)) is passed


def test_a_qualification_lasts_as_long_as_the_job_that_asks_for_it_says(world):
    job = world.job(images=0)
    qualify(worker=world.wei, job=job, score=0.8, now=world.now)

    def counts(days, **exam):
        now = world.now.replace(year=world.now.year + days // 365)
        return qualification_for(worker=world.wei, job=job, exam=Exam(3, **exam), now=now) is not None

    assert counts(0)
    assert not counts(365)
    assert counts(365 * 20, valid_days=0), "0 is for good"
    assert not counts(0, pass_mark=0.9)


def test_an_exam_passed_again_is_noted_anew(world):
    job = world.job(images=0)
    qualify(worker=world.wei, job=job, score=0.8, now=world.now)
    qualify(worker=world.wei, job=job, score=0.9, now=world.later(days=400))

    assert Qualification.objects.get().score == 0.9


def test_it_counts_for_its_label_set_and_its_worker_alone(world):
    job, other = world.job(images=0), world.job(images=0, owner=world.rosa)
    qualify(worker=world.wei, job=job, score=1.0, now=world.now)

    assert qualification_for(worker=world.wei, job=other, exam=Exam(3), now=world.now) is None
    assert qualification_for(worker=world.wanda, job=job, exam=Exam(3), now=world.now) is None
