"""A worker's work in a job goes by rounds, so that one old snapshot cannot make every claim slower than the one before.

That a worker holds one place and has one reserved is kept by a unique index. Every answer leaves a dead entry in it,
under the same key, and whoever takes the next place walks over all that cannot be removed: while somebody holds an old
snapshot open, over all since then. So the round is part of the key, and now and then a new one begins. That happens
under the lock which every claim shares, and all that the worker has live moves along: nobody can hold a place of one
round and take another of the next.
"""

from __future__ import annotations

import logging
from threading import Lock

from django.db import DatabaseError, connection, transaction
from django.db.models import OuterRef, Subquery

from marketplace import locks
from marketplace.locks import Purpose
from marketplace.models import Enrolment

log = logging.getLogger("tally.rounds")

ANSWERS = 500
"""A round ends after so many answers of a worker, as one process sees them: hours of a person's work, and few enough
that to walk over them takes less than all the rest of a claim."""
COUNTED = 10_000
"""Workers at a job that a process counts for; the one it has known longest is forgotten first."""

CURRENT = Subquery(
    Enrolment.objects.filter(job_id=OuterRef("job_id"), worker_id=OuterRef("worker_id")).values("round")[:1]
)
"""The round of an assignment's worker. Whoever writes it shares HAND_OUT, so that it is still theirs when committed."""

_MOVE = """
    UPDATE marketplace_assignment a SET round = e.round + 1 FROM marketplace_enrolment e
    WHERE e.job_id = a.job_id AND e.worker_id = a.worker_id
      AND a.job_id = %(job)s AND a.worker_id = %(worker)s AND a.state IN ('reserved', 'claimed')
"""
_BEGIN = "UPDATE marketplace_enrolment SET round = round + 1 WHERE job_id = %(job)s AND worker_id = %(worker)s"

_counts: dict[tuple[int, int], int] = {}
_turn = Lock()


def count(*, job_id: int, worker_id: int) -> None:
    """One more answer of a worker was stored; begins a new round for them when it is due.

    What was stored stays stored whatever happens here: a round that cannot begin now begins at a later answer.
    """
    whose = job_id, worker_id
    with _turn:
        answers = _counts.pop(whose, 0) + 1
        if answers < ANSWERS or connection.in_atomic_block:
            _counts[whose] = answers
            if len(_counts) > COUNTED:
                del _counts[next(iter(_counts))]
            return
    try:
        begin(job_id=job_id, worker_id=worker_id)
    except DatabaseError:
        log.warning("worker %s of job %s stays in their round", worker_id, job_id, exc_info=True)


@transaction.atomic
def begin(*, job_id: int, worker_id: int) -> None:
    """Begin a worker's next round in a job; what they hold moves along. Waits for the job's claims under way."""
    locks.hold(Purpose.HAND_OUT, job_id=job_id)
    with connection.cursor() as cursor:
        cursor.execute(_MOVE, {"job": job_id, "worker": worker_id})
        cursor.execute(_BEGIN, {"job": job_id, "worker": worker_id})
