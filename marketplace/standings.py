"""Where somebody stands in a job before they may work: what comes next, and why, in words for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from marketplace.eligibility import requirements_of
from marketplace.exercising import PRACTICE, Sitting, retry_at, sitting
from marketplace.models import Enrolment, Job, User
from marketplace.models.exercise import QuestionKind
from marketplace.questions import usable
from marketplace.requirements import Exam, percent

CLAIM, EXERCISE, WAIT, NOTHING = NEXT = ("claim", "exercise", "wait", "nothing")


@dataclass(frozen=True)
class Reason:
    """Why something comes before the first image: a code, and a sentence."""

    code: str
    message: str


@dataclass(frozen=True)
class Standing:
    """`next`: claim an image, answer an exercise, wait until `retry_at`, or nothing more to do in this job.

    `practice` and `sat`, the latest go at the `exam`: None where the job has none, or it was not asked for.
    """

    enrolment: Enrolment
    next: str
    reasons: tuple[Reason, ...]
    practice: Sitting | None = None
    exam: Exam | None = None
    sat: Sitting | None = None
    retry_at: datetime | None = None

    @property
    def learning(self) -> Sitting | None:
        """What the worker is at: practice or the exam; None for who has neither before them."""
        state = self.enrolment.state
        return {Enrolment.State.PRACTICE: self.practice, Enrolment.State.EXAM: self.sat}.get(Enrolment.State(state))


def standing_in(*, job: Job, worker: User, now: datetime) -> Standing | None:
    """Where a worker stands in a job; None for who is not enrolled."""
    enrolment = Enrolment.objects.select_related("job").filter(job=job, worker=worker).first()
    return standing_of(enrolment=enrolment, now=now) if enrolment else None


def ahead(*, job: Job) -> tuple[str, ...]:
    """What comes before the first image of a job, in words for who is not enrolled; empty when nothing does."""
    practice = usable(job=job, kind=QuestionKind.PRACTICE).count()
    exam = requirements_of(job=job).exam
    lines = [f"You practise on {_images(practice)} first, and see after each what is right."] if practice else []
    if exam:
        when = "Then" if practice else "First"
        lines.append(
            f"{when} comes an exam: {_images(exam.questions)}, passed with {percent(exam.pass_mark)} % agreement on "
            f"the average; you may try {_times(exam.attempts)}.{_lasting(exam)}"
        )
    return (*lines, "This is not paid.") if lines else ()


def standing_of(*, enrolment: Enrolment, now: datetime) -> Standing:
    """Where an enrolled worker stands; for who was let in by nothing, no statement."""
    state, by = Enrolment.State, Enrolment.Admission
    if enrolment.admitted_by == by.OPEN or enrolment.state == state.BLOCKED:
        return Standing(enrolment, NOTHING if enrolment.state == state.BLOCKED else CLAIM, ())
    exam = requirements_of(job=enrolment.job).exam
    if enrolment.admitted_by == by.QUALIFIED:
        told = "You passed the exam for these labels in an earlier job; it counts here too."
        return Standing(enrolment, CLAIM, (Reason("qualified_before", told),), exam=exam)
    practice = sitting(enrolment=enrolment, attempt=PRACTICE)
    sat = sitting(enrolment=enrolment, attempt=max(enrolment.attempt, 1)) if exam else None
    again = retry_at(sat=sat, exam=exam) if sat and exam and enrolment.state == state.FAILED else None
    failed = NOTHING if again is None else EXERCISE if now >= again else WAIT
    following = {state.PRACTICE: EXERCISE, state.EXAM: EXERCISE, state.FAILED: failed}
    return Standing(
        enrolment=enrolment,
        next=following.get(state(enrolment.state), CLAIM),
        reasons=_reasons(enrolment, practice, exam, sat, again),
        practice=practice if practice.of else None,
        exam=exam,
        sat=sat,
        retry_at=again,
    )


def _reasons(
    enrolment: Enrolment, practice: Sitting, exam: Exam | None, sat: Sitting | None, again: datetime | None
) -> tuple[Reason, ...]:
    state = enrolment.state
    if state == Enrolment.State.PRACTICE:
        told = f"First practise on {_images(practice.of)}; after each you see what is right. This is not paid."
        return (Reason("practice", told),)
    if exam is None or sat is None:
        return ()
    if state == Enrolment.State.EXAM:
        told = (
            f"The exam has {_images(sat.of)}; you pass with {percent(exam.pass_mark)} % agreement on the average. "
            f"This is go {sat.attempt} of {exam.attempts}. How each went is told at the end. This is not paid."
        )
        return (Reason("exam", told),)
    if state == Enrolment.State.FAILED and sat.score is not None:
        told = f"You reached {percent(sat.score)} % in the exam, and {percent(exam.pass_mark)} % are needed. "
        told += f"You may try again from {again:%-d %B %Y, %H:%M} UTC." if again else _used_up(exam)
        return (Reason("exam_failed", told),)
    if enrolment.admitted_by == Enrolment.Admission.EXAM and sat.score is not None:
        return (Reason("exam_passed", f"You passed the exam with {percent(sat.score)} %.{_lasting(exam)}"),)
    return ()


def _lasting(exam: Exam) -> str:
    span = f"for {exam.valid_days} day{'s' if exam.valid_days > 1 else ''}" if exam.valid_days else "for good"
    return f" It counts {span}, also in later jobs with the same label set."


def _used_up(exam: Exam) -> str:
    return "You had one go at it." if exam.attempts == 1 else f"You have used your {exam.attempts} goes at it."


def _times(count: int) -> str:
    return "once" if count == 1 else "twice" if count == 2 else f"{count} times"


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count} images"
