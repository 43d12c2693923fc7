"""What workers know of a requester before they work for them: how much they reject, when they pay, who was right."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

JOBS, ANSWERS = 10, 200  # latest jobs of a requester, and latest answers of each, that make the record


@dataclass(frozen=True)
class Record:
    """A requester's record; None where there is nothing to go by yet.

    `rejection_rate`: the share of judged answers that were rejected. `time_to_pay`: the median from handing in to being
    paid. `appeals_lost`: the share of decided appeals that workers won.
    """

    rejection_rate: float | None = None
    time_to_pay: timedelta | None = None
    appeals_lost: float | None = None


NO_RECORD = Record()

# Appeals are looked for only where there can be one: few answers are ever rejected.
_RECORD = """
    SELECT owner.id,
        (count(*) FILTER (WHERE latest.state = 'rejected'))::float / count(*),
        percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM latest.settled_at - latest.submitted_at))
            FILTER (WHERE latest.state IN ('accepted', 'overturned')),
        sum(appeal.upheld)::float / nullif(sum(appeal.decided), 0)
    FROM unnest(%s::bigint[]) AS owner(id)
    CROSS JOIN LATERAL (
        SELECT j.id FROM marketplace_job j
        WHERE j.owner_id = owner.id AND j.state <> 'draft' ORDER BY j.created_at DESC LIMIT %s) AS job
    CROSS JOIN LATERAL (
        SELECT a.id, a.state, a.submitted_at, a.settled_at FROM marketplace_assignment a
        WHERE a.job_id = job.id AND a.submitted_at IS NOT NULL ORDER BY a.submitted_at DESC LIMIT %s) AS latest
    LEFT JOIN LATERAL (
        SELECT count(*) FILTER (WHERE q.state = 'upheld') AS upheld, count(*) AS decided FROM marketplace_appeal q
        WHERE q.assignment_id = latest.id AND q.state IN ('upheld', 'lost')) AS appeal
        ON latest.state IN ('rejected', 'overturned')
    WHERE latest.settled_at IS NOT NULL GROUP BY owner.id
"""


def records(*, owner_ids: Collection[int]) -> dict[int, Record]:
    """The record of each requester by id; who has no answer judged yet is left out.

    Of the latest answers of their latest jobs: a record is about now, and costs the same after a million answers.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [sorted(owner_ids), JOBS, ANSWERS])
        return {
            owner: Record(rejected, None if seconds is None else timedelta(seconds=float(seconds)), lost)
            for owner, rejected, seconds, lost in cursor.fetchall()
        }
