"""Known answers: which of a worker's images are gold, how many may be paid for, and who surely fails them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from hashlib import md5

from annotation.shapes import Answer
from qa.known import mark
from qa.policy import Policy
from qa.tagging import Tagged
from qa.verdict import Outcome, VerdictDraft, WorkerAnswer, decide

ONBOARDED = 20
"""For so many workers the budget holds the gold of their first answers."""
SURE = 1.645
"""How many standard errors a share must lie below what is asked: wrong about one honest worker in twenty at most."""


def has_gold(*, policy: Policy) -> bool:
    """Whether workers are handed gold at all."""
    return policy.gold_share > 0 or policy.gold_onboarding > 0


def is_gold(*, seed: int, ordinal: int, policy: Policy) -> bool:
    """Whether the `ordinal`-th image (from 1) that a worker is handed is to be gold.

    Fixed by the seed drawn when they enrolled: exactly `gold_onboarding` of the first `gold_first`, then each by itself
    with the probability `gold_share`. The database says the same (`marketplace_gold_is_due`).
    """
    own = _lot(seed, ordinal)
    if policy.gold_onboarding and ordinal <= policy.gold_first:
        before = sum(_lot(seed, other) < own for other in range(1, policy.gold_first + 1))
        return before < policy.gold_onboarding
    return own < policy.gold_share * 2**32


def _lot(seed: int, ordinal: int) -> int:
    """An even number from 0 to 2³²: a hash, so that PostgreSQL draws the same."""
    return int(md5(f"{seed}:{ordinal}".encode(), usedforsecurity=False).hexdigest()[:8], 16)


def budget(*, answers: int, policy: Policy, first: bool) -> int:
    """How many answers to gold are paid for at most, beside so many to other images.

    `first`: with those that workers give when they begin.
    """
    share = math.ceil(answers * policy.gold_share / (1 - policy.gold_share))
    return share + (policy.gold_onboarding * ONBOARDED if first else 0)


def against_truth(*, answer: Answer, truth: Answer, policy: Policy) -> tuple[float, bool]:
    """How far an answer agrees with the known one, 0 to 1, and whether that is right."""
    agreement = mark(answer=answer, known=truth, policy=policy).agreement
    return agreement, agreement >= policy.accept_agreement


def crowd_of(*, own: WorkerAnswer, peers: Sequence[WorkerAnswer], truth: Answer, policy: Policy) -> list[WorkerAnswer]:
    """The answers that an answer to gold is judged with: as many together as are asked for an image.

    `peers`: right answers of others to it; the known one stands in for those that are missing. So what is adopted
    beside it is right, and as near to the worker's own shapes as it is elsewhere.
    """
    others = list(peers[: policy.min_overlap - 1])
    missing = policy.min_overlap - 1 - len(others)
    return [own, *others, *(WorkerAnswer(f"known{number}", truth) for number in range(missing))]


def told_of(*, key: str, crowd: Sequence[WorkerAnswer], policy: Policy, tagged: Tagged | None = None) -> Outcome:
    """What a worker is told of their answer to gold: what they would be told were it any other image.

    The one verdict is that on the answer `key`.
    """
    found = decide(answers=crowd, policy=policy, tagged=tagged)
    return replace(found, verdicts=(_verdict(found, key),))


def _verdict(found: Outcome, key: str) -> VerdictDraft:
    return next(verdict for verdict in found.verdicts if verdict.key == key)


def accuracy_bounds(*, right: int, wrong: int) -> tuple[float, float]:
    """Between what the share of right answers surely lies (Wilson's score interval, 1927); 0 to 1 without answers."""
    answers = right + wrong
    if not answers:
        return 0.0, 1.0
    share, slack = right / answers, SURE**2 / answers
    middle = (share + slack / 2) / (1 + slack)
    half = SURE / (1 + slack) * math.sqrt(share * (1 - share) / answers + slack / (4 * answers))
    return max(0.0, middle - half), min(1.0, middle + half)


def surely_fails(*, right: int, wrong: int, policy: Policy) -> bool:
    """Whether a worker is surely wrong more often than the policy lets them be: the lower bound of their share of wrong
    answers lies above it."""
    return accuracy_bounds(right=right, wrong=wrong)[1] < policy.gold_pass


def is_doubtful(*, right: int, wrong: int) -> bool:
    """Whether so many good workers disagree with a known answer that a person should look at it."""
    return wrong >= 3 and wrong > right
