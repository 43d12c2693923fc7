"""What a settled image teaches about each worker's skill, label by label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from qa.policy import Policy
from qa.verdict import Outcome, VerdictDraft

Parts = Mapping[str, float]
"""By label the part of an answer that was right, 0 to 1."""


def label_lessons(*, drawn: Mapping[str, Sequence[str]], outcome: Outcome, policy: Policy) -> dict[str, Parts]:
    """For each key and each label that the answer or the consensus has: which part of it was right.

    `drawn`: by key the labels of the answer's shapes, in their order. An object found is right; one missed, drawn
    beside, or labelled otherwise is wrong, the last for both labels. A tag that was a question of its own is right or
    wrong, set or not; where one had to be chosen, the adopted one is, and so is a wrong one that was chosen instead.
    All objects of an image are one lesson a label: their errors belong together. A lone answer, a disputed image, and
    an object that nobody else drew teach nothing about who drew it.
    """
    if outcome.disputed or len(outcome.verdicts) < 2:
        return {}
    found = {draft.key: _parts(drawn[draft.key], draft, outcome, policy) for draft in outcome.verdicts}
    return {key: parts for key, parts in found.items() if parts}


class _Count:
    """Right and wrong judgements by label."""

    def __init__(self) -> None:
        self.right: dict[str, int] = {}
        self.wrong: dict[str, int] = {}

    def add(self, label: str, *, right: bool) -> None:
        counts = self.right if right else self.wrong
        counts[label] = counts.get(label, 0) + 1

    def parts(self) -> dict[str, float]:
        labels = sorted({*self.right, *self.wrong})
        sides = {label: (self.right.get(label, 0), self.wrong.get(label, 0)) for label in labels}
        return {label: right / (right + wrong) for label, (right, wrong) in sides.items()}


def _parts(own: Sequence[str], draft: VerdictDraft, outcome: Outcome, policy: Policy) -> dict[str, float]:
    count = _Count()
    _count_objects(own, draft, outcome, count)
    _count_tags(draft, outcome, policy, count)
    return count.parts()


def _count_objects(own: Sequence[str], draft: VerdictDraft, outcome: Outcome, count: _Count) -> None:
    adopted, evidence = outcome.consensus.objects, draft.evidence
    for _, index, *_ in evidence["matches"]:
        if any(key != draft.key for key, *_ in adopted[index].sources):
            count.add(adopted[index].label, right=True)
    for shape, index, *_ in evidence["wrong_label"]:
        count.add(adopted[index].label, right=False)
        count.add(own[shape], right=False)
    for index in evidence["missed"]:
        count.add(adopted[index].label, right=False)
    for shape in evidence["extra"]:
        count.add(own[shape], right=False)


def _count_tags(draft: VerdictDraft, outcome: Outcome, policy: Policy, count: _Count) -> None:
    mistaken = {*draft.evidence["tags_missing"], *draft.evidence["tags_extra"]}
    adopted = {tag.label for tag in outcome.consensus.tags}
    for label in adopted | mistaken if policy.tag_choice == "one" else set(policy.tags):
        count.add(label, right=label not in mistaken)
