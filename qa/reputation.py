"""Workers' records: how much each one's vote counts, and what settlement teaches."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Least

from qa.models import Skill

PRIOR_RIGHT = 0.9
PRIOR_WRONG = 0.6
"""A Beta prior worth an answer and a half: before any record everybody agrees with others by 0.6, as crowds do on the
average. A heavier prior learns so slowly that the first hundred images of a job suffer."""
SHARPNESS = 2
"""A weight is the expected agreement to this power. On 465 photographs with 7 real answers each, and in a simulated
crowd, 2 and 3 do equally well; 1 lets the careless outvote a good worker, 6 lets a single good one outvote two."""

_RECORD = """
INSERT INTO qa_skill (worker_id, scope, "right", wrong, answers)
SELECT worker_id, %s, "right", wrong, answers
FROM unnest(%s::bigint[], %s::float8[], %s::float8[], %s::int[]) AS lesson (worker_id, "right", wrong, answers)
ORDER BY worker_id
ON CONFLICT (worker_id, scope) DO UPDATE SET
    "right" = qa_skill."right" + excluded."right",
    wrong = qa_skill.wrong + excluded.wrong,
    answers = qa_skill.answers + excluded.answers
"""


def weight_of(*, right: float = 0.0, wrong: float = 0.0) -> float:
    """The weight of a vote, above 0 and up to 1, from sums of agreement and of what was lacking to it."""
    expected = (right + PRIOR_RIGHT) / (right + wrong + PRIOR_RIGHT + PRIOR_WRONG)
    return float(expected**SHARPNESS)


Records = Mapping[int, tuple[float, float]]
"""By worker: the sum of their agreements, and of what was lacking to full agreement."""


def records_of(*, worker_ids: Collection[int], scope: str) -> Records:
    """What is known of each worker in a scope (e.g. `labelset:4`); who has no record there has an empty one."""
    known = Skill.objects.filter(worker_id__in=worker_ids, scope=scope)
    found = {worker: (right, wrong) for worker, right, wrong in known.values_list("worker_id", "right", "wrong")}
    return {worker: found.get(worker, (0.0, 0.0)) for worker in worker_ids}


def weights(*, records: Records, lessons: Mapping[int, Sequence[float]] | None = None) -> dict[int, float]:
    """The weight of each worker's vote, by their record.

    `lessons`: agreements not recorded yet, counted as if they were. Many images judged at once should be judged by what
    they teach together: 30 images judged in one go by weights learnt before gain 4 points of F1 by weights learnt
    from themselves.
    """
    found = {}
    for worker, (right, wrong) in records.items():
        fresh = (lessons or {}).get(worker, ())
        found[worker] = weight_of(right=right + sum(fresh), wrong=wrong + len(fresh) - sum(fresh))
    return found


def repair(*, worker_id: int, scope: str, lesson: float) -> None:
    """Take back what a wrong verdict taught: an answer recorded with the agreement `lesson` counts as right in full.

    Once for one answer; the caller sees to that. Nothing is known of the worker: nothing to repair.
    """
    if not 0.0 <= lesson <= 1.0:
        raise ValueError(f"An agreement lies between 0 and 1; got {lesson}.")
    lacking = Least(Value(1.0 - lesson), F("wrong"))
    Skill.objects.filter(worker_id=worker_id, scope=scope).update(
        right=F("right") + lacking, wrong=F("wrong") - lacking
    )


def record(*, scope: str, agreements: Mapping[int, Sequence[float]]) -> None:
    """Add to workers' records how far their answers agreed with the other answers (`Outcome.lessons`, each 0 to 1).

    One statement, rows taken in the order of the workers, so that two settlements at once neither lose a lesson nor
    deadlock. Raises ValueError for an agreement outside 0 to 1.
    """
    taught = {worker: list(values) for worker, values in sorted(agreements.items()) if values}
    for values in taught.values():
        if not all(0.0 <= value <= 1.0 for value in values):
            raise ValueError(f"An agreement lies between 0 and 1; got {values}.")
    if not taught:
        return
    right = [sum(values) for values in taught.values()]
    sizes = [len(values) for values in taught.values()]
    # A hair of rounding may make the sum of ones exceed their count.
    wrong = [max(0.0, size - some) for size, some in zip(sizes, right, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, [scope, list(taught), right, wrong, sizes])
