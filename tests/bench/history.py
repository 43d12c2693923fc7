"""A long past in seconds: workers who answered a hundred thousand tasks whose other places are still open."""

from __future__ import annotations

from random import Random
from typing import Any

from django.db import connection
from django.utils import timezone

from marketplace.enrolling import standing
from marketplace.models import Enrolment, Job, User
from tests.bench.answers import annotation
from tests.bench.staging import tidy

# One open place of each task of the range becomes this worker's answer, as if claimed and submitted in turn.
_ANSWER = """
    WITH picked AS MATERIALIZED (
        SELECT DISTINCT ON (p.task_id) p.id, p.task_id, p.position, t.image_id, gen_random_uuid() AS assignment,
               nextval(pg_get_serial_sequence('annotation_annotation', 'id')) AS annotation
        FROM marketplace_place p JOIN marketplace_task t ON t.id = p.task_id
        WHERE p.job_id = %(job)s AND p.state = 'open' AND t.position > %(after)s AND t.position <= %(upto)s
        ORDER BY p.task_id, p.ordinal
    ), seated AS (
        UPDATE marketplace_place p SET state = 'taken' FROM picked WHERE p.id = picked.id
    ), counted AS (
        UPDATE marketplace_task t SET answers = t.answers + 1 FROM picked WHERE t.id = picked.task_id
    ), written AS (
        INSERT INTO annotation_annotation (id, scope, image_id, author_id, schema, body, created_at)
        SELECT annotation, 'assignment:' || assignment, image_id, %(worker)s, 1, %(body)s::jsonb, %(now)s FROM picked
    ), given AS (
        INSERT INTO marketplace_assignment
            (id, place_id, task_id, job_id, worker_id, state, instructions_version, lease_expires_at, claimed_at,
             shown_at, submitted_at, annotation_id, paid_ms, earned, skip_reason, cursor, cursor_first)
        SELECT assignment, id, task_id, %(job)s, %(worker)s, 'submitted', 1, %(now)s, %(now)s, %(now)s, %(now)s,
               annotation, 5000, 0, '', position, 0 FROM picked ORDER BY position
    )
    SELECT count(*), coalesce(max(position), 0) FROM picked
"""


def answered(*, job: Job, worker: User, after: int, upto: int) -> int:
    """Give the worker a past: one answer to each task at the positions `after` < p ≤ `upto`. Returns how many."""
    enrolment = standing(job=job, worker=worker, now=timezone.now())
    values: dict[str, Any] = {"job": job.pk, "worker": worker.pk, "after": after, "upto": upto, "now": timezone.now()}
    values["body"] = annotation(width=1500, height=1000, dice=Random(1))
    with connection.cursor() as cursor:
        cursor.execute(_ANSWER, values)
        count, last = cursor.fetchone()
    Enrolment.objects.filter(pk=enrolment.pk).update(cursor=last)
    return int(count)


def crowd_with_past(*, job: Job, people: list[User], answers: int) -> None:
    """Each of the people has answered so many tasks of the job, two of them the same ones: the third place is open."""
    tasks, pairs = job.tasks.count(), (len(people) + 1) // 2
    # Neither its beginning, which new workers meet, nor its end, after which they would have to begin anew.
    first = tasks // 2
    assert first + answers * pairs < tasks, "the job is too small for such a past"
    for number, worker in enumerate(people):
        after = first + answers * (number // 2)
        assert answered(job=job, worker=worker, after=after, upto=after + answers) == answers
    tidy()
