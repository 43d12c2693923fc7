"""Where somebody stands, in words."""

from marketplace.drafting import duplicate_job
from marketplace.enrolling import enrol
from marketplace.qualifying import qualify
from marketplace.standings import standing_of
from tests.marketplace.examining import RIGHT, WRONG, asking, standing, take

EXAM = {"questions": 2, "pass_mark": 0.7, "attempts": 2, "wait_hours": 24, "valid_days": 180}


def told(world, job, worker):
    found = standing_of(enrolment=standing(job, worker), now=world.now)
    return found.next, [one.message for one in found.reasons]


def test_who_is_let_in_by_nothing_is_told_nothing_and_costs_nothing(world, django_assert_num_queries):
    job = asking(world)
    enrolment = enrol(job=job, worker=world.wei, now=world.now)

    with django_assert_num_queries(0):
        found = standing_of(enrolment=enrolment, now=world.now)
    assert (found.next, found.reasons, found.learning) == ("claim", (), None)


def test_before_practice_and_exam_the_worker_hears_how_many_and_that_they_are_not_paid(world):
    job = asking(world, practice=1, exam=EXAM)
    enrol(job=job, worker=world.wei, now=world.now)
    following, (said,) = told(world, job, world.wei)
    assert following == "exercise"
    assert said == "First practise on 1 image; after each you see what is right. This is not paid."

    take(world, job, world.wei, RIGHT)

    following, (said,) = told(world, job, world.wei)
    assert following == "exercise"
    assert said == (
        "The exam has 2 images; you pass with 70 % agreement on the average. This is go 1 of 2. How each went is told "
        "at the end. This is not paid."
    )


def test_who_failed_hears_by_how_much_and_when_again(world):
    job = asking(world, exam=EXAM)
    enrol(job=job, worker=world.wei, now=world.now)
    take(world, job, world.wei, RIGHT, WRONG)
    again = "You reached 50 % in the exam, and 70 % are needed. You may try again from 3 March 2026, 09:00 UTC."
    assert told(world, job, world.wei) == ("wait", [again])

    world.later(days=1)
    enrol(job=job, worker=world.wei, now=world.now)
    take(world, job, world.wei, WRONG, WRONG)

    over = "You reached 0 % in the exam, and 70 % are needed. You have used your 2 goes at it."
    assert told(world, job, world.wei) == ("nothing", [over])


def test_who_passed_hears_for_how_long_it_counts(world):
    job = asking(world, exam=EXAM)
    enrol(job=job, worker=world.wei, now=world.now)
    take(world, job, world.wei, RIGHT, RIGHT)

    passed = "You passed the exam with 100 %. It counts for 180 days, also in later jobs with the same label set."
    assert told(world, job, world.wei) == ("claim", [passed])


def test_who_passed_before_hears_that_it_counts_here_too(world):
    job = asking(world, exam=EXAM)
    earlier = duplicate_job(job=job, now=world.now)
    qualify(worker=world.wei, job=earlier, score=1.0, now=world.now)
    enrol(job=job, worker=world.wei, now=world.now)

    following, (said,) = told(world, job, world.wei)
    assert following == "claim"
    assert said == "You passed the exam for these labels in an earlier job; it counts here too."


def test_the_blocked_have_nothing_to_do_here(world):
    job = asking(world, exam=EXAM)
    enrolment = enrol(job=job, worker=world.wei, now=world.now)
    enrolment.state = "blocked"

    assert standing_of(enrolment=enrolment, now=world.now).next == "nothing"
