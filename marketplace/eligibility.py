"""Whether somebody meets what a job asks of its workers: asked once, when they enrol, and told on the board."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from marketplace.models import Job, User
from marketplace.policies import skill_scope
from marketplace.requirements import Applicant, Missing, Requirements, missing
from qa.reputation import skills_of


def requirements_of(*, job: Job) -> Requirements:
    """What a job asks of its workers."""
    return Requirements.from_json(job.requirements)


def missing_of(*, job: Job, worker: User, now: datetime) -> tuple[Missing, ...]:
    """What keeps a worker from a job, one line each; empty when they may enrol."""
    return missing_in(jobs=[job], worker=worker, now=now)[job.pk]


def missing_in(*, jobs: Collection[Job], worker: User, now: datetime) -> dict[int, tuple[Missing, ...]]:
    """The same for several jobs, by their ids: at most one statement, and none where no skill is asked for."""
    asked = {job.pk: requirements_of(job=job) for job in jobs}
    scopes = {job.pk: skill_scope(label_set=job.label_set) for job in jobs}
    wanted = {scopes[pk] for pk, requirements in asked.items() if requirements.skill}
    known = skills_of(worker_id=worker.pk, now=now, scopes=wanted) if wanted else []
    return {
        pk: missing(
            requirements=requirements,
            applicant=Applicant(
                country=worker.country,
                languages=tuple(worker.languages),
                skills={one.label: one.estimate for one in known if one.scope == scopes[pk]},
            ),
        )
        for pk, requirements in asked.items()
    }
