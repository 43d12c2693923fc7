"""Handing out work: one place to one worker, under a lease."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from marketplace.drafting import instructions_of
from marketplace.enrolling import enrol
from marketplace.errors import Conflict
from marketplace.models import Assignment, Draft, Enrolment, Job, User

# The probe of the worker's own answers is a scalar subquery on purpose: NOT EXISTS becomes an anti join, which stale
# statistics turn into a scan of all the worker's answers.
_PICK = """
    SELECT p.id, p.task_id, p.position, p.lane FROM marketplace_place p
    WHERE p.job_id = %(job)s AND p.state = 'open' AND p.lane = {lane} {where}
      AND (SELECT j.state FROM marketplace_job j WHERE j.id = %(job)s) = 'open'
      AND (SELECT a.id FROM marketplace_assignment a WHERE a.task_id = p.task_id AND a.worker_id = %(worker)s
             AND a.state NOT IN ('expired', 'given_back') LIMIT 1) IS NULL
    ORDER BY p.job_id, p.position LIMIT 1 FOR UPDATE OF p {skip}
"""
_CURSOR = "(SELECT e.cursor FROM marketplace_enrolment e WHERE e.id = %(enrolment)s)"


def _claim_sql(skip: str) -> str:
    first = _PICK.format(lane=1, where="", skip=skip)
    none_first = "AND NOT EXISTS (SELECT 1 FROM first)"
    none_ahead = " ".join((none_first, "AND NOT EXISTS (SELECT 1 FROM ahead)"))
    ahead = _PICK.format(lane=0, where=" ".join(("AND p.position >", _CURSOR, none_first)), skip=skip)
    behind = _PICK.format(lane=0, where=" ".join(("AND p.position <=", _CURSOR, none_ahead)), skip=skip)
    return f"""
    WITH first AS ({first}), ahead AS ({ahead}), behind AS ({behind}),
    got AS (
        UPDATE marketplace_place p SET state = 'taken'
        FROM (SELECT * FROM first UNION ALL SELECT * FROM ahead UNION ALL SELECT * FROM behind) pick
        WHERE p.id = pick.id RETURNING p.id, p.task_id, p.position, p.lane),
    made AS (
        INSERT INTO marketplace_assignment
            (id, place_id, task_id, job_id, worker_id, state, instructions_version, lease_expires_at, claimed_at,
             shown_at, earned, skip_reason)
        SELECT gen_random_uuid(), got.id, got.task_id, %(job)s, %(worker)s, 'claimed', %(version)s, %(expires)s,
               %(now)s, %(now)s, 0, '' FROM got RETURNING id),
    moved AS (
        UPDATE marketplace_enrolment e SET cursor = got.position FROM got
        WHERE e.id = %(enrolment)s AND got.lane = 0 AND e.cursor < got.position)
    SELECT id FROM made
    """  # noqa: S608 - built from constants above


_CLAIM = _claim_sql("SKIP LOCKED")
# When SKIP LOCKED finds nothing, rows in flight may still come back: look again and wait for them.
_LOOK_AGAIN = _claim_sql("")


@dataclass(frozen=True)
class Handout:
    """What a worker is given: one assignment, its lease, its image, and the job it belongs to."""

    assignment_id: UUID
    lease_expires_at: datetime
    image_id: int
    image_width: int
    image_height: int
    job: Job
    instructions_version: int
    draft_revision: int | None = None
    draft_body: dict[str, Any] | None = None


def claim(*, job: Job, worker: User, now: datetime) -> Handout | None:
    """Give a worker one place of a job, or None when nothing is left for them.

    Enrols by itself. A worker who already holds a place of this job gets the same one again. Raises Forbidden or
    Conflict as `enrol` does.
    """
    enrolment = enrol(job=job, worker=worker, now=now)
    held_already = _held_in(job=job, worker=worker)
    if held_already:
        return held_already
    if job.state != Job.State.OPEN:
        raise Conflict("job_not_open", "This job hands out no work now.", state=job.state)
    return take_place(job=job, enrolment=enrolment, now=now)


def take_place(*, job: Job, enrolment: Enrolment, now: datetime) -> Handout | None:
    """Take the next open place for an enrolled worker who holds none, or None."""
    params: dict[str, int | datetime] = {
        "job": job.pk,
        "worker": enrolment.worker_id,
        "enrolment": enrolment.pk,
        "version": instructions_of(job=job).version,
        "now": now,
        "expires": now + timedelta(seconds=job.lease_seconds),
    }
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in (_CLAIM, _LOOK_AGAIN):
                cursor.execute(statement, params)
                row = cursor.fetchone()
                if row:
                    return _handout(row[0])
    except IntegrityError:
        # The same worker claimed twice at once: the unique index let one through; both get that one.
        return _held_in(job=job, worker=enrolment.worker)
    return None


def held(*, assignment_id: UUID, worker: User) -> Handout:
    """The assignment a worker holds. Raises Assignment.DoesNotExist when it is not theirs or no longer live."""
    assignment = Assignment.objects.only("id").get(pk=assignment_id, worker=worker, state__in=Assignment.LIVE)
    return _handout(assignment.pk)


def _held_in(*, job: Job, worker: User) -> Handout | None:
    live = Assignment.objects.filter(job=job, worker=worker, state=Assignment.State.CLAIMED).only("id").first()
    return _handout(live.pk) if live else None


def _handout(assignment_id: UUID) -> Handout:
    assignment = Assignment.objects.select_related("task__image", "job__label_set", "draft").get(pk=assignment_id)
    draft: Draft | None = getattr(assignment, "draft", None)
    return Handout(
        assignment_id=assignment.pk,
        lease_expires_at=assignment.lease_expires_at,
        image_id=assignment.task.image_id,
        image_width=assignment.task.image.width,
        image_height=assignment.task.image.height,
        job=assignment.job,
        instructions_version=assignment.instructions_version,
        draft_revision=draft.revision if draft else None,
        draft_body=draft.body if draft else None,
    )
