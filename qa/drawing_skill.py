"""How well a worker draws: what they find, what they invent, and how far they stray, see `drawing_lessons`.

Every share has a Beta prior, so a few answers change little. The weights drawn from it are milder than the model would
have them: real workers make the same mistakes, and on real answers its own votes find less than equal votes do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import add

from annotation.shapes import Shape
from qa.consensus import WorkerAnswer
from qa.grouping import Matched, group_objects, match_objects
from qa.policy import Policy

Group = Sequence[tuple[int, Shape]]
"""Shapes that mean the same object, each with the index of its answer."""

FINDS = (4.0, 1.0)
INVENTS = (1.0, 4.0)
"""Beta priors, for and against: of five objects a worker finds four, of five that are not there they draw one."""
STRAYS = (4.0, 0.1)
"""Prior: four shapes, each off by a tenth (likeness 0.8 to that of somebody else as careful)."""
THERE = 0.7
"""The share of what anybody draws that is there, before any is seen."""
NARROWEST = 0.02
"""No share is taken for nearer to 0 or 1, and no shape for nearer to the truth."""


@dataclass(frozen=True)
class DrawingSkill:
    """Counts of what a worker did; those of several lessons add up.

    `found`, `overlooked`: objects that are there; `invented`, `left_out`: drawings that mean nothing, theirs and those
    of others; `strayed`: the sum, over `drawn` shapes, of how far they were off, 0 to 1 each.
    """

    found: float = 0.0
    overlooked: float = 0.0
    invented: float = 0.0
    left_out: float = 0.0
    strayed: float = 0.0
    drawn: float = 0.0

    def __add__(self, other: DrawingSkill) -> DrawingSkill:
        return DrawingSkill(*map(add, self.counts, other.counts))

    @property
    def recall(self) -> float:
        """The share of the objects that they find."""
        return _share(self.found + FINDS[0], self.overlooked + FINDS[1])

    @property
    def false_alarm(self) -> float:
        """How likely they draw what is not there, where somebody does; always below `recall`."""
        return min(_share(self.invented + INVENTS[0], self.left_out + INVENTS[1]), 0.95 * self.recall)

    @property
    def spread(self) -> float:
        """How far their shapes are off on the average: two workers' shapes are unlike by the sum of their spreads."""
        return max(NARROWEST, (self.strayed + STRAYS[0] * STRAYS[1]) / (self.drawn + STRAYS[0]))

    @property
    def vote(self) -> float:
        """The weight of their word that an object is there: the root of what that word proves."""
        proof = math.log(self.recall / self.false_alarm * (1 - self.false_alarm) / (1 - self.recall))
        return math.sqrt(max(proof, NARROWEST))

    @property
    def care(self) -> float:
        """The weight of where they draw it: as much as two like them agree, and the more the less they stray."""
        return max(NARROWEST, 1.0 - 2.0 * self.spread) / self.spread

    def care_beside(self, *, weight: float) -> float:
        """The same beside the weight of their vote: whose word counts for nothing does not draw the edges either."""
        return math.sqrt(self.care * weight)

    def faded(self, *, kept: float) -> DrawingSkill:
        """What is left of it when so much is kept, 0 to 1."""
        return DrawingSkill(*(kept * count for count in self.counts))

    @property
    def counts(self) -> tuple[float, ...]:
        """The counts in their order, as they are stored."""
        return (self.found, self.overlooked, self.invented, self.left_out, self.strayed, self.drawn)


def groups_of(*, answers: Sequence[WorkerAnswer], policy: Policy, matched: Matched | None = None) -> list[Group]:
    """The shapes that mean the same object, from answers in the order of their keys; of semantic masks those of one
    label, wherever they lie. `matched`: what `match_objects` says of their objects, if it was asked before."""
    drawn = [[shape for _, shape in each.objects] for each in answers]
    found = match_objects(answers=drawn, policy=policy) if matched is None else matched
    groups: list[Group] = [
        [(k, drawn[k][i]) for k, i in group] for group in group_objects(answers=drawn, policy=policy, matched=found)
    ]
    by_label: dict[str, list[tuple[int, Shape]]] = {}
    for k, each in enumerate(answers):
        for _, mask in each.areas:
            by_label.setdefault(mask.label, []).append((k, mask))
    return groups + [by_label[label] for label in sorted(by_label)]


def chance_of(
    *,
    drew: set[int],
    workers: Sequence[str],
    skills: Mapping[str, DrawingSkill],
    there: float = THERE,
    trust: float = 1.0,
) -> float:
    """How likely an object is there that some of the workers drew, by their index, and the others did not.

    `there`: how likely before anybody is asked; `trust`: how much of a proof a worker's word is, 1 where no two of
    them make the same mistakes.
    """
    odds = math.log(there / (1.0 - there))
    for k, name in enumerate(workers):
        skill = skills.get(name, DrawingSkill())
        recall, alarm = skill.recall, skill.false_alarm
        odds += trust * math.log(recall / alarm if k in drew else (1.0 - recall) / (1.0 - alarm))
    return 1.0 / (1.0 + math.exp(-odds))


def _share(yes: float, no: float) -> float:
    return min(1.0 - NARROWEST, max(NARROWEST, yes / (yes + no)))
