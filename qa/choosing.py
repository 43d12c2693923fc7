"""What is adopted when a person decides instead of the votes, and how much doubt votes leave for a person to settle."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

from annotation.shapes import Answer
from qa.consensus import DECIMALS
from qa.policy import Policy
from qa.verdict import Outcome, WorkerAnswer, decide

PERSON = "person"
"""The key of an answer that the deciding person gave themself."""

CHOSEN = "chosen"  # this answer was picked, or is one of those that were merged
AGREES = "agrees_with_decision"  # at or above the policy's accept_agreement
DIFFERS = "differs_from_decision"  # below it


def choose(
    *, answers: Sequence[WorkerAnswer], chosen: Collection[str], policy: Policy, own: Answer | None = None
) -> Outcome:
    """The outcome when only the chosen answers count: the answers with these keys, or `own`, the person's.

    One chosen answer is adopted as it is; several are merged like votes of equal weight. All others weigh nothing:
    they are counted beside each adopted object and held against it, so that each has a verdict. A verdict accepts what
    was chosen and whatever agrees by the policy's `accept_agreement`; what to make of the others is the caller's.
    `own` has no verdict, and stands among the sources as PERSON. Raises ValueError when nothing, or something that is
    not there, is chosen.
    """
    counted = {PERSON} if own is not None else set(chosen)
    if not counted or (own is None and counted - {each.key for each in answers}):
        raise ValueError("What is adopted must be among the answers, or a person's own.")
    weighed = [replace(each, weight=float(each.key in counted)) for each in answers]
    if own is not None:
        weighed.append(WorkerAnswer(PERSON, own, 1.0))
    # At 0 every answer "agrees", so that each is told how it differs and none that the image is unclear.
    outcome = decide(answers=weighed, policy=replace(policy, accept_agreement=0.0))
    verdicts = []
    for draft in outcome.verdicts:
        accepted = draft.key in counted or draft.agreement >= policy.accept_agreement
        reason = CHOSEN if draft.key in counted else AGREES if accepted else DIFFERS
        explanation = "A person chose your answer." if draft.key in counted else draft.explanation
        if draft.key != PERSON:
            verdicts.append(replace(draft, accepted=accepted, reason=reason, explanation=explanation))
    agreements = [draft.agreement for draft in verdicts]  # the person agrees with themself
    agreement = round(sum(agreements) / len(agreements), DECIMALS) if agreements else 1.0
    consensus = replace(outcome.consensus, agreement=agreement, confidence=1.0)
    decided = replace(outcome, ask_more=False, disputed=False, misses_target=False, lessons={})
    return replace(decided, consensus=consensus, verdicts=tuple(verdicts))


def is_undecided(*, outcome: Outcome, policy: Policy) -> bool:
    """Whether votes that get no more answers leave an image to a person: disputed, or less sure than was asked for."""
    return outcome.disputed or outcome.misses_target or outcome.consensus.confidence < policy.target_confidence


def doubt_of(*, agreement: float, answers: int, waiting: int) -> float:
    """What a person's decision is worth, to put the images that wait for one in order; 0 or more.

    Disagreement (1 − mean agreement of the answers with what was adopted) × what depends on it: each answer counts
    once for the work in it, and once more while its pay waits for the decision.
    """
    return round((1.0 - agreement) * (answers + waiting), 6)
