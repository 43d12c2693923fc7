"""Whether there is work enough that a worker may have a second place reserved while they work on the first."""

from __future__ import annotations

import time

from marketplace.statements import Statement

SECONDS = 1.0  # an answer is good for so long: a reserved place can be taken back, so being a little late is no harm
COUNTED = 2_000  # workers at one job at most; more are as many

# Counted from the far end of the hand-out, where nothing was taken yet and no dead rows lie in the way.
_PLENTY = Statement(f"""
    SELECT EXISTS (
        SELECT 1 FROM marketplace_place p WHERE p.job_id = %(job)s AND p.state = 'open' AND p.lane = 0
        ORDER BY p.job_id DESC, p.position DESC
        OFFSET greatest(0, 2 * (SELECT count(*) FROM (
            SELECT 1 FROM marketplace_assignment a WHERE a.job_id = %(job)s AND a.state IN ('reserved', 'claimed')
              AND a.state = 'claimed' LIMIT {COUNTED}) active) - 1) LIMIT 1)
""")  # noqa: S608 - a number of our own

_known: dict[int, tuple[float, bool]] = {}


def plenty(*, job_id: int) -> bool:
    """True when a job has at least twice as many open places as workers at work on it.

    Remembered for a second by this process, so that the hand-out does not count at every claim.
    """
    now = time.monotonic()
    until, answer = _known.get(job_id, (0.0, False))
    if now < until:
        return answer
    row = _PLENTY.row(job=job_id)
    answer = bool(row and row[0])
    if len(_known) > 10_000:
        _known.clear()
    _known[job_id] = (now + SECONDS, answer)
    return answer


def forget() -> None:
    """Count anew at the next question."""
    _known.clear()
