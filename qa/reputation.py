"""Workers' records: how much each one's vote counts, what settlement teaches, and what they are known to be good at."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F, Value
from django.db.models.functions import Least

from qa.drawing_skill import DrawingSkill
from qa.models import Skill
from qa.skill import (
    HALF_LIFE_ANSWERS,
    HALF_LIFE_DAYS,
    PRIOR_RIGHT,
    PRIOR_WRONG,
    Estimate,
    Record,
    estimate,
    faded,
    faded_since,
    reaches,
)

SHARPNESS = 2
"""A weight is the expected agreement to this power. On 465 photographs with 7 real answers each, and in a simulated
crowd, 2 and 3 do equally well; 1 lets the careless outvote a good worker, 6 lets a single good one outvote two."""
ALL = ""
"""The label of the record over all labels."""

# `qa.skill.learn`, for many at once.
_RECORD = """
INSERT INTO qa_skill AS known (worker_id, scope, label, "right", wrong, answers, drawing, seen_at)
SELECT worker_id, %(scope)s, label, "right", wrong, answers, drawing::float8[], %(now)s
FROM unnest(%(workers)s::bigint[], %(labels)s::text[], %(right)s::float8[], %(wrong)s::float8[], %(answers)s::int[],
        %(drawings)s::text[])
    AS lesson (worker_id, label, "right", wrong, answers, drawing)
ORDER BY worker_id, label
ON CONFLICT (worker_id, scope, label) DO UPDATE SET
    ("right", wrong, answers, drawing, seen_at) = (
        SELECT known."right" * kept + excluded."right", known.wrong * kept + excluded.wrong,
            known.answers + excluded.answers,
            (SELECT array_agg(coalesce(old, 0) * kept + coalesce(fresh, 0) ORDER BY place)
             FROM unnest(known.drawing, excluded.drawing) WITH ORDINALITY AS count (old, fresh, place)),
            greatest(known.seen_at, excluded.seen_at)
        FROM (SELECT power(0.5, greatest(0, extract(epoch FROM excluded.seen_at - known.seen_at)) / 86400 / %(days)s
                              + excluded.answers / %(window)s)::float8 AS kept) AS fading)
"""


def weight_of(*, right: float = 0.0, wrong: float = 0.0) -> float:
    """The weight of a vote, above 0 and up to 1, from sums of agreement and of what was lacking to it."""
    expected = (right + PRIOR_RIGHT) / (right + wrong + PRIOR_RIGHT + PRIOR_WRONG)
    return float(expected**SHARPNESS)


Records = Mapping[int, tuple[float, float]]
"""By worker: what is left of the sum of their agreements, and of what was lacking to full agreement."""


def records_of(*, worker_ids: Collection[int], scope: str, now: datetime) -> Records:
    """What is remembered now of each worker in a scope (e.g. `labelset:4`), over all labels; nothing: an empty record.

    One statement.
    """
    return known_of(worker_ids=worker_ids, scope=scope, now=now)[0]


def known_of(*, worker_ids: Collection[int], scope: str, now: datetime) -> tuple[Records, dict[int, DrawingSkill]]:
    """The same, and how well those draw of whom that is known; one statement for both."""
    known = Skill.objects.filter(worker_id__in=worker_ids, scope=scope, label=ALL)
    records, skills = dict.fromkeys(worker_ids, (0.0, 0.0)), {}
    for worker, right, wrong, drawing, seen_at in known.values_list(
        "worker_id", "right", "wrong", "drawing", "seen_at"
    ):
        kept = faded_since(seen_at=seen_at, now=now)
        records[worker] = right * kept, wrong * kept
        if drawing is not None:
            skills[worker] = DrawingSkill(*drawing).faded(kept=kept)
    return records, skills


def weights(*, records: Records, lessons: Mapping[int, Sequence[float]] | None = None) -> dict[int, float]:
    """The weight of each worker's vote, by their record.

    `lessons`: agreements not recorded yet, counted as if they were. Many images judged at once should be judged by what
    they teach together: 30 images judged in one go by weights learnt before gain 4 points of F1 by weights learnt
    from themselves.
    """
    found = {}
    for worker, (right, wrong) in records.items():
        fresh = (lessons or {}).get(worker, ())
        kept = faded(answers=len(fresh))
        found[worker] = weight_of(right=right * kept + sum(fresh), wrong=wrong * kept + len(fresh) - sum(fresh))
    return found


def record(
    *,
    scope: str,
    agreements: Mapping[int, Sequence[float]],
    now: datetime,
    labels: Mapping[int, Mapping[str, Sequence[float]]] | None = None,
    drawings: Mapping[int, DrawingSkill] | None = None,
) -> None:
    """Add to workers' records how far their answers agreed with the other answers (`Outcome.lessons`, each 0 to 1), for
    each label what part of them was right (`qa.lessons`), and how well the same answers were drawn (`drawing_lessons`;
    of who has no agreement to add, nothing).

    One statement, rows taken in the order of the workers and labels, so that two settlements at once neither lose a
    lesson nor deadlock. Raises ValueError for a part outside 0 to 1.
    """
    taught = {(worker, ALL): list(values) for worker, values in agreements.items() if values}
    for worker, by_label in (labels or {}).items():
        taught |= {(worker, label): list(values) for label, values in by_label.items() if values}
    for values in taught.values():
        if not all(0.0 <= value <= 1.0 for value in values):
            raise ValueError(f"An agreement lies between 0 and 1; got {values}.")
    if not taught:
        return
    right = [sum(values) for values in taught.values()]
    sizes = [len(values) for values in taught.values()]
    params: dict[str, Any] = {
        "scope": scope,
        "now": now,
        "workers": [worker for worker, _ in taught],
        "labels": [label for _, label in taught],
        "right": right,
        # A hair of rounding may make the sum of ones exceed their count.
        "wrong": [max(0.0, size - some) for size, some in zip(sizes, right, strict=True)],
        "answers": sizes,
        "drawings": [_array((drawings or {}).get(worker)) if label == ALL else None for worker, label in taught],
        "days": HALF_LIFE_DAYS,
        "window": HALF_LIFE_ANSWERS,
    }
    with connection.cursor() as cursor:
        cursor.execute(_RECORD, params)


def _array(skill: DrawingSkill | None) -> str | None:
    return None if skill is None else "{" + ",".join(map(repr, skill.counts)) + "}"


def repair(*, worker_id: int, scope: str, lesson: float) -> None:
    """Take back what a wrong verdict taught: an answer recorded with the agreement `lesson` counts as right in full.

    Of the record over all labels. Once for one answer; the caller sees to that. Nothing is known of the worker: nothing
    to repair.
    """
    if not 0.0 <= lesson <= 1.0:
        raise ValueError(f"An agreement lies between 0 and 1; got {lesson}.")
    # What has faded since cannot be taken back: never below nothing.
    lacking = Least(Value(1.0 - lesson), F("wrong"))
    known = Skill.objects.filter(worker_id=worker_id, scope=scope, label=ALL)
    known.update(right=F("right") + lacking, wrong=F("wrong") - lacking)


@dataclass(frozen=True)
class Known:
    """What a worker is known to be good at: in which scope, at which label (empty: all of them), and how good."""

    scope: str
    label: str
    estimate: Estimate


def skills_of(*, worker_id: int, now: datetime, scopes: Collection[str] | None = None) -> list[Known]:
    """All that is known of a worker, or in some scopes: by scope, all labels together first. One statement."""
    rows = Skill.objects.filter(worker_id=worker_id).order_by("scope", "label")
    if scopes is not None:
        rows = rows.filter(scope__in=scopes)
    columns = rows.values_list("scope", "label", "right", "wrong", "answers", "seen_at")
    return [
        Known(scope, label, estimate(record=Record(right, wrong, answers, seen_at), now=now))
        for scope, label, right, wrong, answers, seen_at in columns
    ]


def is_skilled(
    *, worker_id: int, scope: str, at_least: float, now: datetime, label: str = ALL, answers: int = 0
) -> bool:
    """Whether a worker is surely good enough at a label, or at all of them: see `qa.skill.reaches`."""
    found = {known.label: known.estimate for known in skills_of(worker_id=worker_id, now=now, scopes=[scope])}
    known = found.get(label) or estimate(record=Record(), now=now)
    return reaches(found=known, at_least=at_least, answers=answers)
