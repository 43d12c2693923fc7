"""The job board: what a worker can work on, and what it pays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from marketplace import inviting
from marketplace.eligibility import missing_in
from marketplace.measuring import Pace, paces
from marketplace.models import Assignment, Enrolment, Job, User
from marketplace.requester_records import NO_RECORD, Record, records
from marketplace.requirements import Missing

A_PAGE = 50
PLACES_COUNTED = 1_000  # a job: more are told as "1,000+"
OWN_COUNTED = 1_000  # of a worker's latest answers


@dataclass(frozen=True)
class BoardRow:
    """One job as a worker sees it before accepting."""

    job: Job
    places_left: int  # counted up to PLACES_COUNTED
    places_left_capped: bool  # there are more
    pace: Pace
    answered_by_me: int  # among the worker's latest OWN_COUNTED answers
    blocked: bool
    holding: bool
    record: Record  # the requester's
    labels: tuple[str, ...]
    standing: str  # the state of the worker's enrolment; empty for who has none
    missing: tuple[Missing, ...]  # what keeps who has none from one


@dataclass(frozen=True)
class BoardPage:
    """One page of the board; `more` when another follows."""

    rows: tuple[BoardRow, ...]
    number: int
    more: bool


# The order, said in docs/scaling.md too: what the worker holds, what they are enrolled in, then by a score. A job
# begins with 24 points and loses one an hour; it gains one for each hour since somebody last held or answered an image
# of it, up to 72. So a new job starts in front of those being worked on, and one that nobody touches rises.
_BOARD = """
    SELECT j.id FROM marketplace_job j
    CROSS JOIN LATERAL (SELECT
        EXISTS (SELECT FROM marketplace_assignment a
                WHERE a.worker_id = %(me)s AND a.job_id = j.id AND a.state = 'claimed') AS holding,
        EXISTS (SELECT FROM marketplace_enrolment e
                WHERE e.worker_id = %(me)s AND e.job_id = j.id AND e.state <> 'blocked') AS enrolled,
        EXISTS (SELECT FROM marketplace_block b
                WHERE b.worker_id = %(me)s AND b.requester_id = j.owner_id) AS unwanted) AS mine
    CROSS JOIN LATERAL (SELECT CASE
        WHEN EXISTS (SELECT FROM marketplace_assignment a
                     WHERE a.job_id = j.id AND a.state IN ('reserved', 'claimed')) THEN %(now)s
        ELSE coalesce((SELECT a.submitted_at FROM marketplace_assignment a
                       WHERE a.job_id = j.id AND a.submitted_at IS NOT NULL ORDER BY a.submitted_at DESC LIMIT 1),
                      j.published_at) END AS touched) AS last
    WHERE j.state = 'open' AND j.owner_id <> %(me)s
      AND (mine.holding OR (NOT mine.unwanted
          AND (j.visibility = 'public' OR mine.enrolled OR EXISTS (
              SELECT FROM marketplace_invitation i WHERE i.job_id = j.id AND lower(i.email) = ANY(%(addresses)s)))
          AND ((SELECT p.position FROM marketplace_place p WHERE p.job_id = j.id AND p.state = 'open' AND p.lane = 0
                ORDER BY p.position LIMIT 1) IS NOT NULL
            OR (SELECT p.position FROM marketplace_place p WHERE p.job_id = j.id AND p.state = 'open' AND p.lane = 1
                ORDER BY p.position LIMIT 1) IS NOT NULL)))
    ORDER BY mine.holding DESC, mine.enrolled DESC,
        greatest(0, 24 - extract(epoch FROM %(now)s - j.published_at) / 3600)
            + least(72, extract(epoch FROM %(now)s - last.touched) / 3600) DESC,
        j.published_at DESC, j.id DESC
    LIMIT %(limit)s OFFSET %(offset)s
"""


def open_jobs(*, worker: User, now: datetime, page: int = 1) -> BoardPage:
    """A page of the open jobs this worker may see that have places left, in the order said above.

    Seen are public jobs, those one is invited to or enrolled in, and not those of requesters who block the worker;
    what one holds is always seen. One's own jobs never are.
    """
    asked = {
        "me": worker.pk, "now": now, "addresses": sorted(inviting.addresses_of(person=worker)),
        "limit": A_PAGE + 1, "offset": (page - 1) * A_PAGE,
    }  # fmt: skip
    ids = [job_id for (job_id,) in _read(_BOARD, asked)]
    jobs = {job.pk: job for job in _with_labels(Job.objects.filter(pk__in=ids[:A_PAGE]))}
    shown = [jobs[job_id] for job_id in ids[:A_PAGE] if job_id in jobs]
    return BoardPage(rows=tuple(_rows(shown, worker, now)), number=page, more=len(ids) > A_PAGE)


def job_row(*, job: Job, worker: User, now: datetime) -> BoardRow:
    """One job's row, whatever its state."""
    return _rows(list(_with_labels(Job.objects.filter(pk=job.pk))), worker, now)[0]


def _with_labels(jobs: QuerySet[Job]) -> QuerySet[Job]:
    return jobs.select_related("owner", "label_set").prefetch_related("label_set__labels")


# Each lane by itself, in the order of its index of open places: else a plan may read the table from its beginning, in
# the hope of meeting one soon.
_LEFT = """
    SELECT job.id, (SELECT count(*) FROM (SELECT FROM marketplace_place p
               WHERE p.job_id = job.id AND p.state = 'open' AND p.lane = 0 ORDER BY p.position LIMIT %s) AS l0)
         + (SELECT count(*) FROM (SELECT FROM marketplace_place p
               WHERE p.job_id = job.id AND p.state = 'open' AND p.lane = 1 ORDER BY p.position LIMIT %s) AS l1)
    FROM unnest(%s::bigint[]) AS job(id)
"""
_OWN = """
    SELECT latest.job_id, count(*) FROM (
        SELECT a.job_id FROM marketplace_assignment a
        WHERE a.worker_id = %s AND a.submitted_at IS NOT NULL ORDER BY a.submitted_at DESC LIMIT %s) AS latest
    WHERE latest.job_id = ANY(%s) GROUP BY latest.job_id
"""


def _rows(jobs: list[Job], worker: User, now: datetime) -> list[BoardRow]:
    ids = [job.pk for job in jobs]
    left = dict(_read(_LEFT, [PLACES_COUNTED + 1, PLACES_COUNTED + 1, ids]))
    answered = dict(_read(_OWN, [worker.pk, OWN_COUNTED, ids]))
    held = Assignment.objects.filter(worker=worker, job__in=jobs, state=Assignment.State.CLAIMED)
    holding = set(held.values_list("job_id", flat=True))
    standing = dict(Enrolment.objects.filter(worker=worker, job__in=jobs).values_list("job_id", "state"))
    # Asked once, when somebody enrols: nothing is missing to who did.
    lacking = missing_in(jobs=[job for job in jobs if job.pk not in standing], worker=worker, now=now)
    pace_of = paces(jobs=jobs)
    record = records(owner_ids={job.owner_id for job in jobs})
    return [
        BoardRow(
            job=job,
            places_left=min(left[job.pk], PLACES_COUNTED),
            places_left_capped=left[job.pk] > PLACES_COUNTED,
            pace=pace_of[job.pk],
            answered_by_me=answered.get(job.pk, 0),
            holding=job.pk in holding,
            blocked=standing.get(job.pk) == Enrolment.State.BLOCKED,
            record=record.get(job.owner_id, NO_RECORD),
            labels=tuple(label.name for label in job.label_set.labels.all()),
            standing=standing.get(job.pk, ""),
            missing=lacking.get(job.pk, ()),
        )
        for job in jobs
    ]


def _read(query: str, arguments: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, arguments)
        return cursor.fetchall()
