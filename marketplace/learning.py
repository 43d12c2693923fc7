"""What workers' records learn from decided tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from marketplace.adopting import Decided
from marketplace.drawing_lessons import taught_by
from marketplace.models import Assignment
from qa.lessons import label_lessons
from qa.policy import Policy
from qa.reputation import record


def learn(*, scope: str, decided: Sequence[Decided], policy: Policy, now: datetime) -> None:
    """Add what decided tasks teach to their workers' records in `scope`; one statement for all.

    An answer that was judged before has taught before: where a task is decided anew, only its new answers teach.
    """
    overall: dict[int, list[float]] = {}
    by_label: dict[int, dict[str, list[float]]] = {}
    for one in decided:
        drawn = {each.key: [shape["label"] for shape in each.body["shapes"]] for each in one.given}
        parts = label_lessons(drawn=drawn, outcome=one.outcome, policy=policy)
        for each in one.given:
            if each.state != Assignment.State.SUBMITTED:
                continue
            if each.key in one.outcome.lessons:
                overall.setdefault(each.worker_id, []).append(one.outcome.lessons[each.key])
            _add(by_label.setdefault(each.worker_id, {}), parts.get(each.key, {}))
    drawings = taught_by(decided=decided)
    record(scope=scope, agreements=overall, labels=by_label, drawings=drawings, now=now)


def _add(lessons: dict[str, list[float]], parts: Mapping[str, float]) -> None:
    for label, part in parts.items():
        lessons.setdefault(label, []).append(part)
