"""How well each worker draws: what they find, what they invent, and how far they stray, learnt from answers alone.

Nobody knows the truth: an object is there as far as those who drew it are to be believed, and they are to be believed
as far as they find what is there (expectation maximisation: Dempster, Laird and Rubin, 1977). Every share has a Beta
prior, so a few answers change little. The weights drawn from it are milder than that model would have them: real
workers make the same mistakes, and on real answers its own votes find less than equal votes do.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from annotation.shapes import Shape
from qa.consensus import WorkerAnswer
from qa.grouping import Matched, group_objects, match_objects
from qa.likeness import likeness
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
ROUNDS = 8
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
        return DrawingSkill(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(DrawingSkill)))

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

    def as_json(self) -> dict[str, float]:
        """What `from_json` reads back to an equal value."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> DrawingSkill:
        """Read what `as_json` gave."""
        return cls(**{field.name: float(data.get(field.name, 0.0)) for field in fields(cls)})


@dataclass(frozen=True)
class Drawings:
    """The drawings on one image: whose answers, in their order; by object which of the answers drew it; and by object
    of every two of these, by their place among them, how unlike their shapes are (1 − likeness)."""

    workers: Sequence[str]
    groups: Sequence[Sequence[int]]
    unlike: Sequence[Mapping[tuple[int, int], float]]


def drawings_of(
    *, workers: Sequence[str], answers: Sequence[WorkerAnswer], policy: Policy, matched: Matched | None = None
) -> Drawings:
    """What can be learnt from the answers to one image, given by these workers."""
    whose = {each.key: name for each, name in zip(answers, workers, strict=True)}
    ranked = sorted(answers, key=lambda each: each.key)
    groups = groups_of(answers=ranked, policy=policy, matched=matched)
    unlike = []
    for group in groups:
        shapes = [shape for _, shape in group]
        table = likeness(left=shapes, right=shapes, policy=policy).tolist() if len(group) > 1 else []
        unlike.append({(a, b): 1.0 - table[a][b] for b in range(len(group)) for a in range(b)})
    return Drawings([whose[each.key] for each in ranked], [[k for k, _ in group] for group in groups], unlike)


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


def learn(*, images: Sequence[Drawings], known: Mapping[str, DrawingSkill] | None = None) -> dict[str, DrawingSkill]:
    """What a batch of images teaches of each worker, to be added to what is `known` of them.

    Neither the order of the images nor that of the workers matters.
    """
    before = known or {}
    names = sorted({name for image in images for name in image.workers})
    taught = dict.fromkeys(names, DrawingSkill())
    there = THERE
    for _ in range(ROUNDS):
        skills = {name: before.get(name, DrawingSkill()) + taught[name] for name in names}
        sums = {name: [0.0] * len(fields(DrawingSkill)) for name in names}
        certain = [1.0 * THERE, 1.0]
        for image in images:
            for group, unlike in zip(image.groups, image.unlike, strict=True):
                real = chance_of(drew=set(group), workers=image.workers, skills=skills, there=there)
                _note(sums, image.workers, group, unlike, real, skills)
                certain[0] += real
                certain[1] += 1.0
        there = certain[0] / certain[1]
        taught = {name: DrawingSkill(*counts) for name, counts in sums.items()}
    return taught


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


def _note(
    sums: Mapping[str, list[float]],
    workers: Sequence[str],
    group: Sequence[int],
    unlike: Mapping[tuple[int, int], float],
    real: float,
    skills: Mapping[str, DrawingSkill],
) -> None:
    """Add what one group of drawings teaches, `real` being how likely it means an object."""
    drew = set(group)
    for k, name in enumerate(workers):
        found, invented = (0, 2) if k in drew else (1, 3)
        sums[name][found] += real
        sums[name][invented] += 1.0 - real
    share = 1.0 / max(1, len(group) - 1)
    for (a, b), gap in unlike.items():
        one, other = workers[group[a]], workers[group[b]]
        # Who strays more has, most likely, more of the blame.
        blame = skills[one].spread / (skills[one].spread + skills[other].spread)
        sums[one][4] += share * gap * blame
        sums[other][4] += share * gap * (1.0 - blame)
    if len(group) > 1:
        for k in drew:
            sums[workers[k]][5] += 1.0


def _share(yes: float, no: float) -> float:
    return min(1.0 - NARROWEST, max(NARROWEST, yes / (yes + no)))
