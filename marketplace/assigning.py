"""Handing out work: one place to one worker, under a lease."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction

from marketplace.enrolling import PAUSE_AFTER_SKIPS, enrol, standing
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
# Null for who is not enrolled or may not work on the job: then nothing is picked.
_CURSOR = """(SELECT e.cursor FROM marketplace_enrolment e
              WHERE e.job_id = %(job)s AND e.worker_id = %(worker)s AND e.state <> 'blocked')"""


def _claim_sql(*, skip: str, **picks: tuple[int, str]) -> str:
    """Take the first place that one of `picks` (a lane and a condition each, tried in order) finds; one statement."""
    steps, before = [], ""
    for name, (lane, where) in picks.items():
        steps.append(f"{name} AS ({_PICK.format(lane=lane, where=where + before, skip=skip)})")
        before += f" AND NOT EXISTS (SELECT 1 FROM {name})"  # noqa: S608 - names of our own
    found = " UNION ALL ".join(f"SELECT * FROM {name}" for name in picks)  # noqa: S608 - names of our own
    return f"""
    WITH {", ".join(steps)},
    got AS (
        UPDATE marketplace_place p SET state = 'taken' FROM ({found}) pick
        WHERE p.id = pick.id RETURNING p.id, p.task_id, p.position, p.lane),
    made AS (
        INSERT INTO marketplace_assignment
            (id, place_id, task_id, job_id, worker_id, state, instructions_version, lease_expires_at, claimed_at,
             shown_at, earned, skip_reason, cursor, cursor_first)
        SELECT gen_random_uuid(), got.id, got.task_id, %(job)s, %(worker)s, 'claimed',
               (SELECT max(v.version) FROM marketplace_instructions v WHERE v.job_id = %(job)s), %(expires)s,
               %(now)s, %(now)s, 0, '', 0, 0 FROM got RETURNING id, task_id, instructions_version),
    moved AS (
        UPDATE marketplace_enrolment e SET cursor = got.position FROM got
        WHERE e.job_id = %(job)s AND e.worker_id = %(worker)s AND got.lane = 0 AND e.cursor < got.position)
    SELECT made.id, made.instructions_version, i.id, i.width, i.height
    FROM made JOIN marketplace_task t ON t.id = made.task_id JOIN annotation_image i ON i.id = t.image_id
    """  # noqa: S608 - built from constants above


_CLAIM = _claim_sql(
    skip="SKIP LOCKED",
    first=(1, f"AND {_CURSOR} IS NOT NULL"),
    ahead=(0, f"AND p.position > {_CURSOR}"),
    behind=(0, f"AND p.position <= {_CURSOR}"),
)
# When SKIP LOCKED finds nothing, rows in flight may still come back: look again and wait for them. All who wait go
# through the places in the same order, wherever their cursors are, so that they never wait for each other in a circle.
_LOOK_AGAIN = _claim_sql(skip="", first=(1, f"AND {_CURSOR} IS NOT NULL"), rest=(0, f"AND {_CURSOR} IS NOT NULL"))
_TRIES = 3


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
    Conflict as `enrol` does, and Conflict for a worker paused after several skips until they enrol anew.
    """
    if standing(job=job, worker=worker, now=now).state == Enrolment.State.PAUSED:
        raise Conflict(
            "paused_after_skips",
            f"You passed {PAUSE_AFTER_SKIPS} images in a row. Read the instructions again, then start anew from the "
            "job's page.",
        )
    held_already = _held_in(job=job, worker=worker)
    if held_already:
        return held_already
    if job.state != Job.State.OPEN:
        raise Conflict("job_not_open", "This job hands out no work now.", state=job.state)
    return take_place(job=job, worker=worker, now=now)


def start(*, job: Job, worker: User, now: datetime) -> Handout | None:
    """Claim as somebody who has just come from the job's page: that ends a pause after several skips."""
    enrol(job=job, worker=worker, now=now)
    return claim(job=job, worker=worker, now=now)


def take_place(*, job: Job, worker: User, now: datetime) -> Handout | None:
    """Take the next open place for an enrolled worker who holds none, or None: one statement when there is one."""
    expires = now + timedelta(seconds=job.lease_seconds)
    params: dict[str, int | datetime] = {"job": job.pk, "worker": worker.pk, "now": now, "expires": expires}
    for _ in range(_TRIES):
        try:
            with transaction.atomic():
                row = _first_row(params)
        except IntegrityError:
            # The same worker was here twice at once: the unique indexes let one through. If that one is still held,
            # both get it; if it was answered meanwhile, there may be more to take.
            held_already = _held_in(job=job, worker=worker)
            if held_already:
                return held_already
            continue
        if row is None:
            return None
        assignment_id, version, image_id, width, height = row
        return Handout(assignment_id, expires, image_id, width, height, job, version)
    return None


def _first_row(params: dict[str, int | datetime]) -> tuple[Any, ...] | None:
    with connection.cursor() as cursor:
        for statement in (_CLAIM, _LOOK_AGAIN):
            cursor.execute(statement, params)
            row: tuple[Any, ...] | None = cursor.fetchone()
            if row:
                return row
    return None


_WITH_ALL = Assignment.objects.select_related("task__image", "draft")


def held(*, assignment_id: UUID, worker: User) -> Handout:
    """The assignment a worker holds. Raises Assignment.DoesNotExist when it is not theirs or no longer live."""
    whole = _WITH_ALL.select_related("job__label_set")
    assignment = whole.get(pk=assignment_id, worker=worker, state__in=Assignment.LIVE)
    return _handout(assignment, assignment.job)


def _held_in(*, job: Job, worker: User) -> Handout | None:
    live = _WITH_ALL.filter(job=job, worker=worker, state=Assignment.State.CLAIMED).first()
    return _handout(live, job) if live else None


def _handout(assignment: Assignment, job: Job) -> Handout:
    draft: Draft | None = getattr(assignment, "draft", None)
    return Handout(
        assignment_id=assignment.pk,
        lease_expires_at=assignment.lease_expires_at,
        image_id=assignment.task.image_id,
        image_width=assignment.task.image.width,
        image_height=assignment.task.image.height,
        job=job,
        instructions_version=assignment.instructions_version,
        draft_revision=draft.revision if draft else None,
        draft_body=draft.body if draft else None,
    )
