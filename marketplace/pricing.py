"""What a job costs and what its work pays. Pure: integer micro-units in, integer micro-units out."""

from __future__ import annotations

from dataclasses import dataclass

from billing.money import fee_of

MS_PER_HOUR = 3_600_000


@dataclass(frozen=True)
class Line:
    """One line of a quote: `count` × `unit` = `amount`, micro-units."""

    name: str
    count: int
    unit: int
    amount: int


@dataclass(frozen=True)
class Quote:
    """What a job is expected to cost, and what it can cost at most. `at_most` is what publishing holds."""

    images: int
    reward: int
    fee: int
    expected: int
    at_most: int
    lines: tuple[Line, ...]
    gold: int = 0  # answers to images whose answer is known that are paid for at most

    @property
    def unit(self) -> int:
        """What one accepted annotation costs the requester: reward + fee."""
        return self.reward + self.fee


def quote(*, images: int, min_overlap: int, max_overlap: int, reward: int, fee_bps: int, gold: int = 0) -> Quote:
    """Price a job.

    Every amount is built from the per-annotation values, so that what is held equals the sum of what is settled to
    the micro-unit. *Expected* takes the minimum overlap, *at most* the maximum; both take the answers to gold, of which
    `gold` are paid for at most.
    """
    fee = fee_of(reward=reward, bps=fee_bps)
    first = images * min_overlap
    extra = images * (max_overlap - min_overlap)
    lines = [
        Line("Rewards to workers", first, reward, first * reward),
        Line("Platform fee", first, fee, first * fee),
    ]
    if extra:
        lines.append(Line("Extra answers where workers disagree", extra, reward + fee, extra * (reward + fee)))
    if gold:
        lines.append(Line("Answers to images you know the answer of", gold, reward + fee, gold * (reward + fee)))
    return Quote(
        images=images,
        reward=reward,
        fee=fee,
        expected=(first + gold) * (reward + fee),
        at_most=(first + extra + gold) * (reward + fee),
        lines=tuple(lines),
        gold=gold,
    )


def worker_cap(*, images: int, min_overlap: int, share_percent: int | None) -> int | None:
    """How many of a job's answers one worker may give, `share_percent` of those first asked for; None without a share.

    Never below one: a worker let in may answer something.
    """
    if share_percent is None:
        return None
    return max(1, share_percent * images * min_overlap // 100)


def hourly(*, reward: int, median_ms: float) -> int:
    """The hourly pay, micro-units an hour, of a reward for work that takes `median_ms` (above 0)."""
    if median_ms <= 0:
        raise ValueError("median_ms: must be above 0")
    return round(reward * MS_PER_HOUR / median_ms)
