"""How a job's answers are judged: a frozen value, stored with the job and with every consensus made by it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, ClassVar

from annotation.shapes.problems import Checklist, Refused

MAX_OVERLAP = 50
JUDGES = ("consensus", "requester", "both")
ADJUDICATORS = ("requester", "admin")
AGREEMENT, GOOD_STANDING = "agreement", "good_standing"
PAY_RULES = (AGREEMENT, GOOD_STANDING)
MAX_WAIT_HOURS = 21 * 24
TAG_CHOICES = ("one", "any")


BY_LABEL: Mapping[str, type[float] | type[str]] = {"sigmas": float, "texts": str}
"""What a policy holds for some labels, each a list of these."""


class PolicyRefused(Refused):
    """A policy breaks rules."""


@dataclass(frozen=True)
class Policy:
    """What is asked of answers to one image.

    `judge`: who accepts and rejects. "consensus": the answers' votes; "requester": the requester, answer by answer,
    and votes decide nothing; "both": votes adopt and accept, but a rejection waits until the requester confirms it.
    `review_share`: of what votes accept, the share that the requester is shown afterwards. `adjudicator`: who decides
    what votes could not, and appeals against them.
    `match_iou`: from which IoU on two boxes may be the same object. `accept_agreement`: an answer below it may be
    rejected. `clear_agreement`: from which mean agreement of the *other* answers on a consensus is clear enough to
    reject by. `target_confidence`: below it one more answer is asked for, up to `max_overlap`. `target_error`: so it
    is while the adopted tags, or drawings, are expected to be wrong by more than that, unless gold has shown that no
    number of answers would do; 0 asks for none. `tags`: the tags asked for, in the label set's order; with `tag_choice`
    "one" exactly one of them is right, with "any" each is a yes/no question. `sigmas`: by label how far people scatter
    at each point of its skeleton, where the label set says so. `texts`: by label the questions about an object that are
    answered in words. `pay_rule`: see `qa.paying`. `auto_accept_hours`: answers nobody judged for so long are
    accepted.
    `gold_share`: of what a worker is handed, the share whose answer is known; of their first `gold_first`, exactly
    `gold_onboarding`. `gold_pass`: whose share of right answers to gold is surely below it gets no more images.
    """

    judge: str = "consensus"
    review_share: float = 0.0
    adjudicator: str = "requester"
    min_overlap: int = 3
    max_overlap: int = 3
    match_iou: float = 0.4
    accept_agreement: float = 0.5
    clear_agreement: float = 0.5
    target_confidence: float = 0.0
    target_error: float = 0.0
    tag_choice: str = "any"
    tags: tuple[str, ...] = ()
    sigmas: tuple[tuple[str, tuple[float, ...]], ...] = ()
    texts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    gold_share: float = 0.0
    gold_onboarding: int = 0
    gold_first: int = 10
    gold_pass: float = 0.6
    pay_rule: str = AGREEMENT
    auto_accept_hours: int = 72

    SETTABLE: ClassVar[tuple[str, ...]] = (
        "judge",
        "review_share",
        "adjudicator",
        "match_iou",
        "accept_agreement",
        "clear_agreement",
        "target_confidence",
        "gold_share",
        "gold_onboarding",
        "gold_first",
        "gold_pass",
        "pay_rule",
        "auto_accept_hours",
        "target_error",
    )
    """What a requester writes in a policy; the rest follows from the job's overlap and label set."""

    def as_json(self) -> dict[str, Any]:
        """What `from_json` reads back to an equal policy."""
        by_label = {name: {label: list(some) for label, some in getattr(self, name)} for name in BY_LABEL}
        return {**asdict(self), "tags": list(self.tags), **by_label}

    @classmethod
    def from_json(cls, data: object) -> Policy:
        """Read a policy; what is not given keeps its default. Raises PolicyRefused naming all that is wrong."""
        checklist = Checklist()
        table = checklist.table(data, where="", keys=frozenset(field.name for field in fields(cls)))
        values: dict[str, Any] = dict(table or {})
        if not checklist.problems:
            _check_choices(values, checklist)
            _check_overlap(values, checklist)
            _check_shares(values, checklist)
            _check_tags(values, checklist)
            _check_gold(values, checklist)
            _check_by_label(values, checklist)
            _check_wait(values, checklist)
        if checklist.problems:
            raise PolicyRefused(checklist.problems)
        if "tags" in values:
            values["tags"] = tuple(values["tags"])
        for name in BY_LABEL.keys() & values.keys():
            values[name] = tuple((label, tuple(some)) for label, some in values[name].items())
        return cls(**values)


def _check_choices(values: Mapping[str, Any], checklist: Checklist) -> None:
    choices = {"judge": JUDGES, "tag_choice": TAG_CHOICES, "pay_rule": PAY_RULES, "adjudicator": ADJUDICATORS}
    for name, known in choices.items():
        if name in values and values[name] not in known:
            checklist.add(name, "one_of", f"must be one of: {', '.join(known)}")


def _check_overlap(values: Mapping[str, Any], checklist: Checklist) -> None:
    asked = {name: values.get(name, getattr(Policy, name)) for name in ("min_overlap", "max_overlap")}
    for name, number in asked.items():
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MAX_OVERLAP:
            checklist.add(name, "range", f"must be a whole number from 1 to {MAX_OVERLAP}")
            return
    if asked["max_overlap"] < asked["min_overlap"]:
        checklist.add("max_overlap", "at_least_min", "must not be below min_overlap")


def _check_wait(values: Mapping[str, Any], checklist: Checklist) -> None:
    hours = values.get("auto_accept_hours", Policy.auto_accept_hours)
    if isinstance(hours, bool) or not isinstance(hours, int) or not 1 <= hours <= MAX_WAIT_HOURS:
        checklist.add("auto_accept_hours", "range", f"must be a whole number of hours, from 1 to {MAX_WAIT_HOURS}")


def _check_shares(values: dict[str, Any], checklist: Checklist) -> None:
    """Fractions. A matching IoU of 0 would match anything to anything; a target of 1 could never be reached."""
    ranges: dict[str, tuple[str, Callable[[float], bool]]] = {
        "review_share": ("at least 0 and at most 1", lambda share: 0.0 <= share <= 1.0),
        "match_iou": ("at least 0.05 and at most 0.95", lambda share: 0.05 <= share <= 0.95),
        "accept_agreement": ("at least 0 and at most 1", lambda share: 0.0 <= share <= 1.0),
        "clear_agreement": ("more than 0 and at most 1", lambda share: 0.0 < share <= 1.0),
        "target_confidence": ("at least 0 and below 1", lambda share: 0.0 <= share < 1.0),
        "gold_share": ("at least 0 and at most 0.3", lambda share: 0.0 <= share <= 0.3),
        "gold_pass": ("at least 0 and at most 1", lambda share: 0.0 <= share <= 1.0),
        "target_error": ("at least 0 and at most 0.5", lambda share: 0.0 <= share <= 0.5),
    }
    for name, (said, holds) in ranges.items():
        if name not in values:
            continue
        share = values[name]
        is_number = isinstance(share, int | float) and not isinstance(share, bool) and math.isfinite(share)
        if not is_number or not holds(share):
            checklist.add(name, "range", f"must be a number, {said}")
        else:
            values[name] = float(share)


def _check_gold(values: Mapping[str, Any], checklist: Checklist) -> None:
    """Nobody's first answers are gold alone: they would be told apart by what comes after them."""
    most = values.get("gold_first", Policy.gold_first)
    if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= 100:
        checklist.add("gold_first", "range", "must be a whole number from 1 to 100")
        return
    golds = values.get("gold_onboarding", Policy.gold_onboarding)
    if isinstance(golds, bool) or not isinstance(golds, int) or not 0 <= golds <= most // 2:
        checklist.add("gold_onboarding", "range", "must be a whole number, at most half of gold_first")


def _check_tags(values: Mapping[str, Any], checklist: Checklist) -> None:
    tags = values.get("tags", ())
    if not isinstance(tags, list | tuple):
        checklist.add("tags", "type", "must be a list of tag names")
        return
    for index, tag in enumerate(tags):
        if not isinstance(tag, str) or not tag:
            checklist.add(f"tags[{index}]", "type", "must be the name of a tag")
        elif tag in tags[:index]:
            checklist.add(f"tags[{index}]", "unique", "stands in the list twice")


def _check_by_label(values: Mapping[str, Any], checklist: Checklist) -> None:
    for name, kind in BY_LABEL.items():
        table = values.get(name, {})
        lists = table.values() if isinstance(table, Mapping) else [None]
        if not all(isinstance(some, list | tuple) and all(type(each) is kind for each in some) for some in lists):
            checklist.add(name, "type", "must hold a list for each label")
