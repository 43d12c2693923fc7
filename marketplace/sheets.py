"""What an answer is read against: the assignment, its image and its job. Remembered where it was handed out.

All of it is fixed once an assignment is shown, so the process that handed it out need not ask again when the answer
comes; any other asks the database. What may have changed meanwhile (is it still held?) the storing statement asks.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from uuid import UUID

from marketplace.handouts import JOB_COLUMNS, JOB_FIELDS, Handout, job_from
from marketplace.models import Assignment, Job, User
from marketplace.statements import Statement

REMEMBERED = 20_000  # sheets a process keeps, about 1 kB each; the oldest are forgotten first

_READ = Statement(f"""
    SELECT {JOB_COLUMNS}, a.state, a.claimed_at, a.shown_at, a.cursor, a.cursor_first, i.id, i.width, i.height
    FROM marketplace_assignment a JOIN marketplace_job j ON j.id = a.job_id
    JOIN marketplace_task t ON t.id = a.task_id JOIN annotation_image i ON i.id = t.image_id
    WHERE a.id = %(assignment)s AND a.worker_id = %(worker)s
""")  # noqa: S608 - names of our own


@dataclass(frozen=True)
class Sheet:
    """An assignment as the answer to it is read; `seen_at` is when its worker got to see the image."""

    assignment_id: UUID
    worker: User
    job: Job
    state: str
    seen_at: datetime
    cursors: tuple[int, int]
    image_id: int
    width: int
    height: int


_known: dict[UUID, Sheet] = {}
_turn = Lock()


def sheet_of(*, assignment_id: UUID, worker: User) -> Sheet:
    """The sheet of one of the worker's assignments. Raises Assignment.DoesNotExist for what is not theirs."""
    known = _known.get(assignment_id)
    if known is not None and known.worker.pk == worker.pk:
        return known
    row = _READ.row(assignment=assignment_id, worker=worker.pk)
    if row is None:
        raise Assignment.DoesNotExist
    job = job_from(row[: len(JOB_FIELDS)])
    state, claimed_at, shown_at, cursor, cursor_first, image, width, height = row[len(JOB_FIELDS) :]
    seen_at = shown_at or claimed_at
    return Sheet(assignment_id, worker, job, state, seen_at, (cursor, cursor_first), image, width, height)


def remember(*, handout: Handout, worker: User, seen_at: datetime) -> None:
    """Keep the sheet of what a worker was just shown."""
    sheet = Sheet(
        assignment_id=handout.assignment_id,
        worker=worker,
        job=handout.job,
        state=Assignment.State.CLAIMED,
        seen_at=seen_at,
        cursors=handout.cursors,
        image_id=handout.image_id,
        width=handout.image_width,
        height=handout.image_height,
    )
    with _turn:
        _known[sheet.assignment_id] = sheet
        if len(_known) > REMEMBERED:
            del _known[next(iter(_known))]


def forget(*, assignment_id: UUID) -> None:
    """Its answer has come; whoever asks again, asks the database."""
    with _turn:
        _known.pop(assignment_id, None)
