"""Practice and exam: questions with known answers, put to a worker before their first image. Nobody is paid for them.

Where somebody stands follows from what they answered (`move_on`); the enrolment's state is what it came to last.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import SystemRandom
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q, QuerySet

from annotation import label_sets
from annotation.shapes import parse_answer, read_answer
from marketplace.answer_limits import limits_of
from marketplace.eligibility import requirements_of
from marketplace.errors import Conflict
from marketplace.models import Enrolment, Exercise, Job, User
from marketplace.models.exercise import QuestionKind
from marketplace.policies import policy_of
from marketplace.qualifying import passes, qualification_for, qualify
from marketplace.questions import AT_MOST, usable
from marketplace.requirements import Exam
from marketplace.shutting_out import refusal
from qa.known import mark

PRACTICE = 0
"""The attempt that practice counts as; goes at the exam count from 1."""
LEARNING = (Enrolment.State.PRACTICE, Enrolment.State.EXAM)


@dataclass(frozen=True)
class Sitting:
    """A go at the exam, or practice, as far as it went: `done` of `of` answered; `results` once all are."""

    attempt: int
    done: int
    of: int
    results: tuple[Exercise, ...] = ()

    @property
    def score(self) -> float | None:
        """Mean agreement with the known answers, 0 to 1; None before the end."""
        return sum(one.agreement or 0.0 for one in self.results) / len(self.results) if self.results else None


def asks(*, job: Job) -> bool:
    """Whether a job asks for practice or an exam."""
    return requirements_of(job=job).exam is not None or usable(job=job, kind=QuestionKind.PRACTICE).exists()


@transaction.atomic
def resume(*, enrolment_id: int, now: datetime) -> Enrolment:
    """`move_on` for somebody who comes back."""
    enrolment = _held(Enrolment.objects.filter(pk=enrolment_id))
    assert enrolment is not None, "enrolments stay"
    return move_on(enrolment=enrolment, now=now)


def move_on(*, enrolment: Enrolment, now: datetime) -> Enrolment:
    """Put somebody who is not let in yet where they stand by what they answered. The caller holds the enrolment."""
    if enrolment.admitted_by or enrolment.state == Enrolment.State.BLOCKED:
        return enrolment
    state, admitted_by, attempt = _standing(enrolment, now)
    enrolment.state, enrolment.admitted_by, enrolment.attempt = state, admitted_by, attempt
    enrolment.save(update_fields=["state", "admitted_by", "attempt"])
    return enrolment


def next_exercise(*, job: Job, worker: User, now: datetime) -> Exercise | None:
    """The question that is put to a worker next, the same one until it is answered; None for who has none to answer.

    Raises Conflict for who is not enrolled, for a job that takes nobody now, and while the questions' images are
    prepared; Forbidden for the blocked.
    """
    with transaction.atomic():
        enrolment = _held(Enrolment.objects.filter(job=job, worker=worker))
        if enrolment is None:
            raise Conflict("not_enrolled", "Take part in this job first.")
        if enrolment.state == Enrolment.State.BLOCKED:
            raise refusal(job_id=job.pk, worker_id=worker.pk)
        if enrolment.job.state != Job.State.OPEN:
            raise Conflict("job_not_open", "This job takes no new workers now.", state=enrolment.job.state)
        move_on(enrolment=enrolment, now=now)
        if enrolment.state not in LEARNING:
            return None
        attempt = attempt_of(enrolment=enrolment)
        if not _exercises(enrolment, attempt).exists():
            _draw(enrolment, attempt, now)
        return _exercises(enrolment, attempt).filter(answered_at__isnull=True).first()


def answer_exercise(*, exercise_id: UUID, worker: User, payload: Any, now: datetime) -> Exercise:
    """Mark an answer against the known one; the last answer of a go moves its worker on. Repeats are one.

    Raises Exercise.DoesNotExist for somebody else's, AnswerRefused naming every wrong shape, Conflict when another
    answer was given before, Forbidden for the blocked.
    """
    exercise = _own(exercise_id, worker)
    job, image = exercise.enrolment.job, exercise.question.image
    taxonomy = label_sets.known_taxonomy(label_set_id=job.label_set_id)
    limits = limits_of(job=job)
    answer = parse_answer(payload, taxonomy=taxonomy, width=image.width, height=image.height, limits=limits)
    marked = mark(answer=answer, known=read_answer(exercise.question.known), policy=policy_of(job=job))
    with transaction.atomic():
        enrolment = _held(Enrolment.objects.filter(pk=exercise.enrolment_id))
        assert enrolment is not None, "an exercise keeps its enrolment"
        if enrolment.state == Enrolment.State.BLOCKED:
            raise refusal(job_id=job.pk, worker_id=worker.pk)
        fresh = Exercise.objects.filter(pk=exercise.pk, answered_at__isnull=True).update(
            body=answer.as_json(),
            agreement=marked.agreement,
            explanation=marked.explanation,
            evidence=marked.evidence,
            answered_at=now,
        )
        exercise = _own(exercise_id, worker)
        if not fresh and not _same(exercise.body, answer.as_json()):
            raise Conflict("answered_already", "You have answered this question before; the first answer counts.")
        if fresh:
            exercise.enrolment = move_on(enrolment=enrolment, now=now)
    return exercise


def own_exercise(*, exercise_id: UUID, worker: User) -> Exercise:
    """A practice question that a worker answered, to be shown beside what is right. Raises Exercise.DoesNotExist,
    also for a question of an exam: its answer is not told, since others are asked it too."""
    exercise = _own(exercise_id, worker)
    if exercise.attempt != PRACTICE or exercise.answered_at is None:
        raise Exercise.DoesNotExist
    return exercise


def sitting(*, enrolment: Enrolment, attempt: int) -> Sitting:
    """How far somebody is with practice or with a go at the exam."""
    rows = list(_exercises(enrolment, attempt))
    done = sum(row.answered_at is not None for row in rows)
    over = bool(rows) and done == len(rows)
    return Sitting(attempt, done, len(rows) or _asked(enrolment.job, attempt), tuple(rows) if over else ())


def retry_at(*, sat: Sitting, exam: Exam) -> datetime | None:
    """When somebody whose go at an exam is over may try again; None when that was the last."""
    if sat.attempt >= exam.attempts or not sat.results:
        return None
    return max(one.answered_at for one in sat.results if one.answered_at) + timedelta(hours=exam.wait_hours)


def attempt_of(*, enrolment: Enrolment) -> int:
    """The go that somebody is at: practice, or their last at the exam."""
    return PRACTICE if enrolment.state == Enrolment.State.PRACTICE else enrolment.attempt


def _standing(enrolment: Enrolment, now: datetime) -> tuple[Enrolment.State, Enrolment.Admission, int]:
    """State, what lets them in, and the go at the exam."""
    state, by, job, worker = Enrolment.State, Enrolment.Admission, enrolment.job, enrolment.worker
    exam, attempt = requirements_of(job=job).exam, enrolment.attempt
    passed = qualification_for(worker=worker, job=job, exam=exam, now=now) if exam else None
    if passed:
        return state.READY, by.EXAM if passed.job_id == job.pk else by.QUALIFIED, attempt
    practice = sitting(enrolment=enrolment, attempt=PRACTICE)
    if practice.of and not practice.results:
        return state.PRACTICE, by.NONE, attempt
    if exam is None:
        return state.READY, by.PRACTICE if practice.results else by.OPEN, attempt
    sat = sitting(enrolment=enrolment, attempt=max(attempt, 1))
    if sat.score is None:
        return state.EXAM, by.NONE, sat.attempt
    if passes(score=sat.score, exam=exam):
        qualify(worker=worker, job=job, score=sat.score, now=now)
        return state.READY, by.EXAM, sat.attempt
    again = retry_at(sat=sat, exam=exam)
    if again and now >= again:
        return state.EXAM, by.NONE, sat.attempt + 1
    return state.FAILED, by.NONE, sat.attempt


def _asked(job: Job, attempt: int) -> int:
    """How many questions a go has before they are drawn."""
    if attempt == PRACTICE:
        return usable(job=job, kind=QuestionKind.PRACTICE).count()
    exam = requirements_of(job=job).exam
    return exam.questions if exam else 0


def _draw(enrolment: Enrolment, attempt: int, now: datetime) -> None:
    """Choose the questions of a go: of practice all, of an exam by lot, those that its worker has not seen first."""
    kind = QuestionKind.PRACTICE if attempt == PRACTICE else QuestionKind.EXAM
    wanted = min(_asked(enrolment.job, attempt), AT_MOST[kind])
    ready = list(
        usable(job=enrolment.job, kind=kind)
        .filter(image__state="ready")
        .annotate(seen=Count("exercises", filter=Q(exercises__enrolment=enrolment)))
    )
    if len(ready) < wanted:
        raise Conflict("not_ready_yet", "The images for this are still being prepared. Try again in a minute.")
    if kind == QuestionKind.EXAM:
        SystemRandom().shuffle(ready)
        ready.sort(key=lambda question: question.seen)
    Exercise.objects.bulk_create(
        Exercise(enrolment=enrolment, question=question, attempt=attempt, position=turn, drawn_at=now)
        for turn, question in enumerate(ready[:wanted], 1)
    )


def _exercises(enrolment: Enrolment, attempt: int) -> QuerySet[Exercise]:
    rows = Exercise.objects.filter(enrolment=enrolment, attempt=attempt)
    return rows.select_related("question__image", "enrolment__job__label_set").order_by("position")


def _held(enrolments: QuerySet[Enrolment]) -> Enrolment | None:
    locked = enrolments.select_for_update(no_key=True, of=("self",))
    return locked.select_related("job__label_set", "worker").first()


def _own(exercise_id: UUID, worker: User) -> Exercise:
    known = Exercise.objects.select_related("question__image", "enrolment__job__label_set", "enrolment__worker")
    return known.get(pk=exercise_id, enrolment__worker=worker)


def _same(stored: dict[str, Any] | None, sent: dict[str, Any]) -> bool:
    """Whether two answers say the same; the clock may differ."""
    return stored is not None and {**stored, "timing": None} == {**sent, "timing": None}
