"""Weighted majorities, with the tie rules in one place.

Something *is so* when more than half of the weight says so. Exactly half is not more than half: a tied yes/no tag is
not set. A drawn object a little below half (NEAR_TIE) is tied as well, and a tied object is adopted if the answers
agree otherwise (see `adopts_ties`). Where one of several must be chosen (the one tag of an image, the label of an
object) the greatest weight wins; between equals the label set's own order decides, then the alphabet, and `tied` says
so.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

HAIR = 1e-9
"""Weights are sums of floats: shares closer than this are equal."""
NEAR_TIE = 0.03
"""Weights are learnt, so they are estimates: with two good workers and a hopeless one, who of the two weighs a grain
more must not decide whether what one of them saw exists. Small enough that it never turns 7 against 8 heads."""


@dataclass(frozen=True)
class Choice:
    """The option that won, its share of the weight (0 to 1), and whether another had as much."""

    option: str
    share: float
    tied: bool


def share_of(*, weight: float, total: float) -> float:
    """Part of the total weight, 0 to 1."""
    return min(1.0, max(0.0, weight / total)) if total > 0.0 else 0.0


def is_majority(*, share: float) -> bool:
    """Whether a share is more than half. Exactly half is not."""
    return share > 0.5 + HAIR


def is_tie(*, share: float) -> bool:
    """Whether the votes for an object are too even to tell: half, or next to it."""
    return abs(share - 0.5) <= NEAR_TIE + HAIR


def adopts_ties(*, shares: Sequence[float]) -> bool:
    """Whether an image's tied objects are adopted, from the shares of the weight behind all that was drawn.

    They are when the answers agree on at least as many objects as they tie on. People overlook things more often than
    they invent them, so a careful person's lone find is more likely there than not (with 2, 4 or 6 real answers,
    adopting ties finds more truth than dropping them). Where ties prevail, the answers scatter and prove nothing.
    """
    ties = sum(is_tie(share=share) for share in shares)
    return ties <= sum(is_majority(share=share) and not is_tie(share=share) for share in shares)


def exist(*, shares: Sequence[float]) -> list[bool]:
    """Which of an image's drawn objects exist, from the share of the weight behind each."""
    with_ties = adopts_ties(shares=shares)
    return [is_majority(share=share) or (with_ties and is_tie(share=share)) for share in shares]


def choose(*, votes: Sequence[tuple[str, float]], order: Sequence[str] = ()) -> Choice:
    """The option with the greatest weight among (option, weight) votes.

    Between equals the one that comes first in `order` wins, then the alphabet. Raises ValueError without votes.
    """
    if not votes:
        raise ValueError("A choice needs at least one vote.")
    total = sum(weight for _, weight in votes)
    shares: dict[str, float] = {}
    for option, weight in votes:
        # Without any weight (all 0) every vote counts the same.
        part = share_of(weight=weight, total=total) if total > 0.0 else 1.0 / len(votes)
        shares[option] = shares.get(option, 0.0) + part
    best = max(shares.values())
    equals = [option for option, share in shares.items() if share >= best - HAIR]
    rank = {option: position for position, option in enumerate(order)}
    winner = min(equals, key=lambda option: (rank.get(option, len(rank)), option))
    return Choice(option=winner, share=min(1.0, shares[winner]), tied=len(equals) > 1)


def vote_any(*, votes: Sequence[tuple[Collection[str], float]], tags: Sequence[str]) -> Mapping[str, float]:
    """The share of the weight that sets each tag, each tag being a yes/no question of its own."""
    total = sum(weight for _, weight in votes)
    return {tag: share_of(weight=sum(weight for said, weight in votes if tag in said), total=total) for tag in tags}
