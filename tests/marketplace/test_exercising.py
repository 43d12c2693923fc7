"""Practice and exam before the first image: who is let in, who waits, and that nothing else lets anybody in."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from annotation.label_sets import known
from annotation.shapes import AnswerRefused
from marketplace.assigning import claim
from marketplace.auditing import audit
from marketplace.blocking import block, unblock
from marketplace.drafting import duplicate_job
from marketplace.enrolling import enrol
from marketplace.errors import Conflict, Forbidden
from marketplace.exercising import answer_exercise, next_exercise, own_exercise, sitting
from marketplace.models import Enrolment, Exercise, Qualification
from marketplace.uploading import add_images
from tests.marketplace.examining import HALF, RIGHT, WRONG, asking, opened, standing, take
from tests.world import picture

EXAM = {"questions": 2, "pass_mark": 0.7, "attempts": 2, "wait_hours": 24, "valid_days": 180}


def test_a_job_that_asks_for_nothing_lets_everybody_claim_at_once(world):
    job = asking(world)

    assert claim(job=job, worker=world.wei, now=world.now)
    assert standing(job, world.wei).admitted_by == "open"


def test_practice_then_exam_then_images(world):
    job = asking(world, practice=2, exam=EXAM)

    assert enrol(job=job, worker=world.wei, now=world.now).state == "practice"
    take(world, job, world.wei, WRONG, RIGHT)
    assert standing(job, world.wei).state == "exam", "practice is passed by doing it"
    take(world, job, world.wei, RIGHT, RIGHT)

    found = standing(job, world.wei)
    assert (found.state, found.admitted_by) == ("ready", "exam")
    assert claim(job=job, worker=world.wei, now=world.now)
    assert audit() == []


@pytest.mark.parametrize(
    ("practice", "exam", "answers", "code"),
    [(1, None, [], "practice_first"), (0, EXAM, [], "exam_first"), (0, EXAM, [WRONG, WRONG], "exam_failed")],
)
def test_nobody_claims_before_they_are_let_in(world, practice, exam, answers, code):
    job = asking(world, practice=practice, exam=exam)
    enrol(job=job, worker=world.wei, now=world.now)
    take(world, job, world.wei, *answers)

    with pytest.raises(Conflict) as refused:
        claim(job=job, worker=world.wei, now=world.now)
    assert refused.value.reason == code


def test_who_claims_without_having_enrolled_is_sent_to_practice_too(world):
    job = asking(world, practice=1)

    with pytest.raises(Conflict) as refused:
        claim(job=job, worker=world.wei, now=world.now)
    assert refused.value.reason == "practice_first"


def test_practice_alone_lets_in_however_it_goes_and_shows_what_is_right(world):
    job = asking(world, practice=1)
    enrol(job=job, worker=world.wei, now=world.now)

    (done,) = take(world, job, world.wei, HALF)

    assert done.explanation == "You drew 1 where nothing is to be marked."
    assert 0 < done.agreement < 1
    assert own_exercise(exercise_id=done.pk, worker=world.wei).evidence["extra"] == [1]
    assert standing(job, world.wei).admitted_by == "practice"


def test_a_failed_exam_can_be_tried_again_after_the_wait_and_only_so_often(world):
    job = asking(world, exam=EXAM)
    enrol(job=job, worker=world.wei, now=world.now)
    take(world, job, world.wei, RIGHT, WRONG)
    assert standing(job, world.wei).state == "failed", "0.5 of 0.7"

    world.later(hours=23, minutes=59)
    assert enrol(job=job, worker=world.wei, now=world.now).state == "failed"
    assert next_exercise(job=job, worker=world.wei, now=world.now) is None
    world.later(minutes=1)
    again = enrol(job=job, worker=world.wei, now=world.now)
    assert (again.state, again.attempt) == ("exam", 2)
    take(world, job, world.wei, WRONG, WRONG)

    world.later(days=400)
    assert enrol(job=job, worker=world.wei, now=world.now).state == "failed", "two goes, no third"
    assert not Qualification.objects.exists()


def test_the_second_go_passes_as_well_as_the_first(world):
    job = asking(world, exam=EXAM)
    enrol(job=job, worker=world.wei, now=world.now)
    take(world, job, world.wei, WRONG, WRONG)
    world.later(days=1)
    enrol(job=job, worker=world.wei, now=world.now)

    take(world, job, world.wei, RIGHT, RIGHT)

    assert standing(job, world.wei).state == "ready"


def test_a_score_at_the_pass_mark_passes(world):
    job = asking(world, exam={**EXAM, "pass_mark": 0.5})
    enrol(job=job, worker=world.wei, now=world.now)
    take(world, job, world.wei, RIGHT, WRONG)

    assert standing(job, world.wei).state == "ready"


def test_the_second_go_asks_first_what_was_not_asked_before(world):
    job = asking(world, exam=EXAM, given=4)
    enrol(job=job, worker=world.wei, now=world.now)
    first = {one.question_id for one in take(world, job, world.wei, WRONG, WRONG)}
    world.later(days=1)
    enrol(job=job, worker=world.wei, now=world.now)

    second = {one.question_id for one in take(world, job, world.wei, WRONG, WRONG)}

    assert len(first) == len(second) == 2
    assert not first & second


def test_the_exam_is_the_same_question_until_it_is_answered(world):
    job = asking(world, exam=EXAM, given=4)
    enrol(job=job, worker=world.wei, now=world.now)

    once, twice = (next_exercise(job=job, worker=world.wei, now=world.now) for _ in range(2))

    assert once == twice
    assert Exercise.objects.count() == 2


def test_how_an_exam_goes_is_not_told_before_its_end_and_what_is_right_never(world):
    job = asking(world, exam=EXAM)
    enrol(job=job, worker=world.wei, now=world.now)
    (first,) = take(world, job, world.wei, RIGHT)
    assert sitting(enrolment=standing(job, world.wei), attempt=1).results == ()

    take(world, job, world.wei, WRONG)

    told = sitting(enrolment=standing(job, world.wei), attempt=1)
    assert [one.agreement for one in told.results] == [1.0, 0.0]
    with pytest.raises(Exercise.DoesNotExist):
        own_exercise(exercise_id=first.pk, worker=world.wei)


def test_an_answer_counts_once_and_the_first_one_counts(world):
    job = asking(world, practice=2)
    enrol(job=job, worker=world.wei, now=world.now)
    (done,) = take(world, job, world.wei, WRONG)

    again = answer_exercise(
        exercise_id=done.pk, worker=world.wei, payload={**WRONG, "timing": {"active_ms": 5}}, now=world.later(minutes=1)
    )
    assert again.answered_at == done.answered_at
    with pytest.raises(Conflict) as refused:
        answer_exercise(exercise_id=done.pk, worker=world.wei, payload=RIGHT, now=world.now)
    assert refused.value.reason == "answered_already"


def test_a_bad_answer_names_the_shape_and_the_rule_and_costs_nothing(world):
    job = asking(world, exam=EXAM)
    enrol(job=job, worker=world.wei, now=world.now)
    bad = {"shapes": [{"type": "box", "label": "dog", "bbox": [0, 0, 5, 5]}]}

    with pytest.raises(AnswerRefused) as refused:
        take(world, job, world.wei, bad)

    assert refused.value.problems[0].field == "shapes[0].label"
    assert standing(job, world.wei).state == "exam"


def test_questions_are_for_who_they_were_drawn_for(world):
    job = asking(world, practice=1)
    enrol(job=job, worker=world.wei, now=world.now)
    exercise = next_exercise(job=job, worker=world.wei, now=world.now)

    with pytest.raises(Exercise.DoesNotExist):
        answer_exercise(exercise_id=exercise.pk, worker=world.wanda, payload=RIGHT, now=world.now)
    with pytest.raises(Conflict) as refused:
        next_exercise(job=job, worker=world.wanda, now=world.now)
    assert refused.value.reason == "not_enrolled"


def test_the_end_of_a_block_does_not_let_anybody_past_the_exam(world):
    job = asking(world, practice=1, exam=EXAM)
    enrol(job=job, worker=world.wei, now=world.now)
    take(world, job, world.wei, RIGHT)
    exercise = next_exercise(job=job, worker=world.wei, now=world.now)
    block(requester=world.rita, pseudonym=world.wei.pseudonym, now=world.now)
    with pytest.raises(Forbidden):
        answer_exercise(exercise_id=exercise.pk, worker=world.wei, payload=RIGHT, now=world.now)

    unblock(requester=world.rita, pseudonym=world.wei.pseudonym, now=world.now)

    with pytest.raises(Conflict):
        claim(job=job, worker=world.wei, now=world.now)
    assert enrol(job=job, worker=world.wei, now=world.now).state == "exam", "practice is not done twice"


def test_a_block_does_not_shorten_the_wait(world):
    job = asking(world, exam=EXAM)
    enrol(job=job, worker=world.wei, now=world.now)
    take(world, job, world.wei, WRONG, WRONG)
    block(requester=world.rita, pseudonym=world.wei.pseudonym, now=world.now)
    unblock(requester=world.rita, pseudonym=world.wei.pseudonym, now=world.now)

    assert enrol(job=job, worker=world.wei, now=world.now).state == "failed"


@pytest.mark.parametrize("state", ["ready", "paused"])
def test_the_database_lets_nobody_be_ready_who_was_not_let_in(world, state):
    job = asking(world, exam=EXAM)
    enrol(job=job, worker=world.wei, now=world.now)

    with pytest.raises(IntegrityError), transaction.atomic():
        Enrolment.objects.update(state=state)


def test_a_passed_exam_counts_in_later_jobs_of_the_label_set(world):
    job = asking(world, practice=1, exam=EXAM)
    enrol(job=job, worker=world.wei, now=world.now)
    take(world, job, world.wei, RIGHT, RIGHT, RIGHT)
    later = duplicate_job(job=job, now=world.now)
    add_images(job=later, files=[picture("more.png", shade=90)], now=world.now)
    opened(world, later)

    world.later(days=179)
    found = enrol(job=later, worker=world.wei, now=world.now)
    assert (found.state, found.admitted_by) == ("ready", "qualified")
    assert claim(job=later, worker=world.wei, now=world.now)
    assert enrol(job=later, worker=world.wanda, now=world.now).state == "practice"
    assert audit() == []


def test_only_an_exam_passed_recently_and_well_enough_counts(world):
    job = asking(world, exam=EXAM)
    scope = f"labelset:{job.label_set_id}"
    walt = world.worker("Walt")
    for worker, score, age in [(world.wei, 0.69, 1), (world.wanda, 0.9, 181), (walt, 0.7, 179)]:
        passed = world.now - timedelta(days=age)
        Qualification.objects.create(worker=worker, scope=scope, score=score, passed_at=passed, job=job)

    states = [enrol(job=job, worker=one, now=world.now).state for one in (world.wei, world.wanda)]

    assert states == ["exam", "exam"]
    assert enrol(job=job, worker=walt, now=world.now).state == "ready"


def test_a_claim_costs_no_statement_more_where_an_exam_was_passed(world):
    counts = []
    for exam in (None, EXAM):
        job = asking(world, exam=exam, images=1, title=f"Exam: {exam}")
        enrol(job=job, worker=world.wei, now=world.now)
        take(world, job, world.wei, *([RIGHT, RIGHT] if exam else []))
        known(label_set_id=job.label_set_id)  # each process reads it once
        with CaptureQueriesContext(connection) as sent:
            assert claim(job=job, worker=world.wei, now=world.now)
        counts.append(len(sent))

    assert counts[0] == counts[1]


def test_practice_stops_when_the_job_does(world):
    job = asking(world, practice=1)
    enrol(job=job, worker=world.wei, now=world.now)
    job.state = "paused"
    job.save()

    with pytest.raises(Conflict) as refused:
        next_exercise(job=job, worker=world.wei, now=world.now)
    assert refused.value.reason == "job_not_open"
