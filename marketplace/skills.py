"""What a worker's answers show of their skill, in the words of the label sets they worked with."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from annotation.models import LabelSet
from marketplace.models import User
from marketplace.policies import skill_scope
from qa.reputation import ALL, skills_of
from qa.skill import Estimate

EARLY = 5
"""Below so many answers it is too early to say."""
SETS_SHOWN = 30


@dataclass(frozen=True)
class LabelSkill:
    """How good a worker is at one label."""

    label: str
    estimate: Estimate

    @property
    def early(self) -> bool:
        """Whether it is too early to say."""
        return self.estimate.answers < EARLY


@dataclass(frozen=True)
class SetSkill:
    """How good a worker is with one label set: how far their answers agree with those of others, and label by label."""

    id: int
    name: str
    overall: LabelSkill | None
    labels: tuple[LabelSkill, ...]

    @property
    def answers(self) -> int:
        """How many answers it is known from."""
        return max((one.estimate.answers for one in (*self.labels, *filter(None, [self.overall]))), default=0)


def own_skills(*, worker: User, now: datetime) -> list[SetSkill]:
    """What is known of a worker, the label set with the most answers first; two statements."""
    known = skills_of(worker_id=worker.pk, now=now)
    by_scope: dict[str, dict[str, LabelSkill]] = {}
    for one in known:
        by_scope.setdefault(one.scope, {})[one.label] = LabelSkill(one.label, one.estimate)
    ids = [int(number) for scope in by_scope if (number := scope.rpartition(":")[2]).isdecimal()]
    found = []
    for label_set in LabelSet.objects.filter(pk__in=ids):
        labels = by_scope.get(skill_scope(label_set=label_set), {})
        overall = labels.pop(ALL, None)
        rows = sorted(labels.values(), key=lambda row: (-row.estimate.answers, row.label))
        found.append(SetSkill(label_set.pk, label_set.name, overall, tuple(rows)))
    return sorted(found, key=lambda each: (-each.answers, each.id))[:SETS_SHOWN]
