"""Pay rules: what is paid although it disagrees with what was adopted.

By `agreement` an answer that the votes reject is not paid. By `good_standing` it is, when the answers leave doubt who
is right, or when its worker's record says that they know the work: an honest minority must not pay for a hard image.
Either way the answer has voted like every other, and the record learns the same from it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from scipy.special import betaincinv

from qa.policy import GOOD_STANDING, Policy
from qa.verdict import Outcome, VerdictDraft

DOUBT = 0.65
"""A consensus with less than this share of the votes behind it leaves doubt: three of five do, two of three do not."""
STANDING = 0.5
"""Good standing: surely more right than wrong."""
SURELY = 0.05
"""The chance that is left for the contrary."""
PRIOR = 0.5
"""Of right and of wrong answers each, before any record (Jeffreys): nobody begins in good standing."""

BY_DOUBT = "Paid all the same: the answers to this image leave doubt, and this job then pays the minority too."
BY_STANDING = "Paid all the same: your record in these labels is good, and this job then pays an answer that differs."


def lower_bound(*, right: float, wrong: float) -> float:
    """What a worker's true agreement is above, but for one chance in twenty; 0 to 1.

    The 5 % quantile of the Beta posterior over sums of agreement and of what was lacking to it.
    """
    if right < 0.0 or wrong < 0.0:
        raise ValueError(f"Sums of agreement are 0 or more; got {right} and {wrong}.")
    return float(betaincinv(right + PRIOR, wrong + PRIOR, SURELY))


def in_good_standing(*, records: Mapping[int, tuple[float, float]], flagged: Collection[int] = ()) -> set[int]:
    """The workers whose record (sums of agreement and of what was lacking) is surely good, without the `flagged`."""
    return {
        worker
        for worker, (right, wrong) in records.items()
        if worker not in flagged and lower_bound(right=right, wrong=wrong) >= STANDING
    }


def pay_by_rule(
    *, outcome: Outcome, policy: Policy, standing: Collection[str], flagged: Collection[str] = ()
) -> Outcome:
    """The outcome with the verdicts that the policy's pay rule gives. Consensus and lessons stay as they are.

    `standing`, `flagged`: keys of the answers whose workers are in good standing, and of those under suspicion, who
    are never spared.
    """
    if policy.pay_rule != GOOD_STANDING or all(verdict.accepted for verdict in outcome.verdicts):
        return outcome
    doubt = outcome.disputed or outcome.consensus.confidence < DOUBT

    def judged(verdict: VerdictDraft) -> VerdictDraft:
        if verdict.accepted or verdict.key in flagged:
            return verdict
        if doubt:
            return _spared(verdict, BY_DOUBT)
        return _spared(verdict, BY_STANDING) if verdict.key in standing else verdict

    return replace(outcome, verdicts=tuple(judged(verdict) for verdict in outcome.verdicts))


def _spared(verdict: VerdictDraft, why: str) -> VerdictDraft:
    return replace(verdict, accepted=True, reason=GOOD_STANDING, explanation=f"{verdict.explanation} {why}")
