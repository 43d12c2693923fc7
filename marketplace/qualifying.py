"""Exams that were passed, and for how long they count: also in later jobs of the same label set."""

from __future__ import annotations

from datetime import datetime, timedelta

from marketplace.models import Job, Qualification, User
from marketplace.policies import skill_scope
from marketplace.requirements import Exam

HAIR = 1e-9
"""A score is a mean of floats: closer than this to the pass mark it reaches it."""


def passes(*, score: float, exam: Exam) -> bool:
    """Whether a score, 0 to 1, reaches an exam's pass mark."""
    return score >= exam.pass_mark - HAIR


def qualify(*, worker: User, job: Job, score: float, now: datetime) -> Qualification:
    """Note that a worker passed a job's exam."""
    return Qualification.objects.update_or_create(
        worker=worker,
        scope=skill_scope(label_set=job.label_set),
        job=job,
        defaults={"score": score, "passed_at": now},
    )[0]


def qualification_for(*, worker: User, job: Job, exam: Exam, now: datetime) -> Qualification | None:
    """The latest exam of the job's label set that a worker passed as well as `exam` asks and not too long ago."""
    known = Qualification.objects.filter(
        worker=worker, scope=skill_scope(label_set=job.label_set), score__gte=exam.pass_mark - HAIR
    )
    if exam.valid_days:
        known = known.filter(passed_at__gt=now - timedelta(days=exam.valid_days))
    return known.select_related("job").order_by("-passed_at", "-pk").first()
