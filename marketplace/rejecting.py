"""How much may be rejected before an admin looks: the limits, as a matter of numbers."""

from __future__ import annotations

from datetime import timedelta

SHARE = 0.2
"""More of what was judged than this is too much."""
FROM = 20
"""Judged answers before a share says anything."""
A_DAY = 50
"""Rejected by hand in 24 hours; more is too much, whatever the share."""
DAY = timedelta(days=1)
REMEMBERED = timedelta(days=30)
"""What a requester judged by hand longer ago no longer counts."""


def is_much(*, judged: int, rejected: int) -> bool:
    """Whether more than a fifth is rejected, of 20 answers at least."""
    return judged >= FROM and rejected > SHARE * judged


def is_too_much(*, judged: int, rejected: int, today: int) -> bool:
    """Whether somebody who judged so many answers by hand has to stop rejecting; `today`: rejected in 24 hours."""
    return today > A_DAY or is_much(judged=judged, rejected=rejected)
