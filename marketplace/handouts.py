"""What a worker has in their hands: assignments as they are handed out, read in one statement."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from django.db import connection

from annotation import label_sets
from marketplace.models import Assignment, Job, User
from marketplace.statements import Row, Statement


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
    # How far its worker was in the hand-out; nobody else's business, and not part of what they hold.
    cursors: tuple[int, int] = field(default=(0, 0), compare=False)
    note: str = ""  # what the requester said when they sent an answer back


@dataclass(frozen=True)
class Standing:
    """A worker's enrolment as the hand-out needs it. `answers_today` counts the answers of the day asked for."""

    state: str
    cursors: tuple[int, int]
    answers: int
    answers_today: int


@dataclass(frozen=True)
class Desk:
    """A worker at one job: the job, their standing (None: not enrolled), what they hold, what is reserved for them."""

    job: Job
    worker: User
    standing: Standing | None
    held: Handout | None
    reserved: Handout | None
    returned: UUID | None = None  # an answer sent back that waits for a free hand


# In the order of the model, as Model.from_db wants them.
JOB_FIELDS = (
    "id", "public_id", "owner_id", "title", "label_set_id", "reward", "lease_seconds", "daily_cap", "worker_cap",
    "state", "gold_budget", "answer_limits",
)  # fmt: skip
JOB_COLUMNS = ", ".join(f"j.{name}" for name in JOB_FIELDS)

# A worker holds at most one claimed and one reserved assignment of a job (a unique index), so this is two rows.
_DESK = f"""
    SELECT {JOB_COLUMNS},
           e.state, e.cursor, e.cursor_first, e.answers,
           CASE WHEN e.answers_on = %(today)s::date THEN e.answers_today ELSE 0 END,
           a.state, a.id, a.lease_expires_at, i.id, i.width, i.height, a.instructions_version, d.revision, d.body,
           a.cursor, a.cursor_first,
           CASE WHEN a.returned_at IS NOT NULL THEN
               (SELECT r.note FROM marketplace_review r WHERE r.assignment_id = a.id AND r.said = 'return') END,
           (SELECT b.id FROM marketplace_assignment b WHERE b.job_id = j.id AND b.worker_id = %(worker)s
               AND b.state = 'returned' ORDER BY b.returned_at LIMIT 1)
    FROM marketplace_job j
    LEFT JOIN marketplace_enrolment e ON e.job_id = j.id AND e.worker_id = %(worker)s
    LEFT JOIN marketplace_assignment a
        ON a.job_id = j.id AND a.worker_id = %(worker)s AND a.state IN ('claimed', 'reserved')
    LEFT JOIN marketplace_task t ON t.id = a.task_id LEFT JOIN annotation_image i ON i.id = t.image_id
    LEFT JOIN marketplace_draft d ON d.assignment_id = a.id
    WHERE j.{{which}} AND j.state <> 'draft'
"""  # noqa: S608 - names of our own
_BY_ID = Statement(_DESK.format(which="id = %(job)s"))
_BY_PUBLIC_ID = Statement(_DESK.format(which="public_id = %(job)s"))


def desk_of(*, job_id: int | str, worker: User, now: datetime) -> Desk:
    """A worker's desk at a published job, by its id or its public id; one statement.

    Raises Job.DoesNotExist for a draft and for what does not exist.
    """
    statement = _BY_ID if isinstance(job_id, int) else _BY_PUBLIC_ID
    rows = statement.rows(job=job_id, worker=worker.pk, today=today_of(now))
    if not rows:
        raise Job.DoesNotExist
    width = len(JOB_FIELDS)
    job = job_from(rows[0][:width])
    state, cursor, cursor_first, answers, answers_today = rows[0][width : width + 5]
    standing = None if state is None else Standing(state, (cursor, cursor_first), answers, answers_today)
    held = {
        row[width + 5]: replace(handout_from(row[width + 6 : -2], job=job), note=row[-2] or "")
        for row in rows
        if row[width + 5] is not None
    }
    claimed, reserved = held.get(Assignment.State.CLAIMED), held.get(Assignment.State.RESERVED)
    return Desk(job, worker, standing, claimed, reserved, rows[0][-1])


def job_from(values: Row) -> Job:
    """A job from the columns JOB_COLUMNS; its other fields are loaded when asked for."""
    job: Job = Job.from_db(connection.alias, JOB_FIELDS, values)
    if job.answer_limits is not None:
        job.answer_limits = json.loads(job.answer_limits)  # as below
    job.label_set = label_sets.known(label_set_id=job.label_set_id)
    return job


def handout_from(values: Row, *, job: Job) -> Handout:
    """A handout from its columns, as `desk_of` and, behind the state, the statements of `picking` return them."""
    assignment, expires, image, width, height, version, revision, body, cursor, cursor_first = values
    draft = json.loads(body) if body is not None else None  # Django has its connections leave JSON as text
    return Handout(assignment, expires, image, width, height, job, version, revision, draft, (cursor, cursor_first))


def today_of(now: datetime) -> date:
    """The day caps count by: UTC, whatever zone `now` is in."""
    return now.astimezone(UTC).date()


def capped(job: Job) -> bool:
    """Whether a job counts what one worker gives."""
    return job.daily_cap is not None or job.worker_cap is not None


def scope_of(assignment_id: UUID) -> str:
    """Under which key an assignment's answer is kept."""
    return f"assignment:{assignment_id}"
