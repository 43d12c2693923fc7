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
class Rate:
    """What one accepted answer pays: `reward`, and `per_shape` for each of its accepted shapes, `shapes` of them paid
    for at most; micro-units. The fee is reckoned on the whole pay of an answer, and rounded once."""

    reward: int
    fee_bps: int
    per_shape: int = 0
    shapes: int = 0

    def pay(self, *, shapes: int) -> int:
        """What an answer with so many accepted shapes pays its worker."""
        return self.reward + self.per_shape * min(max(shapes, 0), self.shapes)

    def fee(self, *, pay: int) -> int:
        """The platform's fee on it. It never falls when the pay rises, so what a place holds always suffices."""
        return fee_of(reward=pay, bps=self.fee_bps)

    @property
    def most(self) -> int:
        """The most that an answer pays."""
        return self.pay(shapes=self.shapes)

    @property
    def held(self) -> int:
        """What a place holds: the most that an answer pays, and the fee on that."""
        return self.most + self.fee(pay=self.most)


@dataclass(frozen=True)
class Quote:
    """What a job is expected to cost, and what it can cost at most.

    Publishing holds `at_most`: `reserve` of it in the fair-pay reserve, the rest in escrow.
    """

    images: int
    rate: Rate
    expected: int
    at_most: int
    lines: tuple[Line, ...]
    gold: int = 0  # answers to images whose answer is known that are paid for at most
    reserve: int = 0

    @property
    def escrow(self) -> int:
        """What accepted work can cost at most."""
        return self.at_most - self.reserve


def quote(
    *, images: int, min_overlap: int, max_overlap: int, rate: Rate, gold: int = 0, reserve_percent: int = 0
) -> Quote:
    """Price a job.

    Every amount is built from the per-annotation values, so that what is held equals the sum of what is settled to
    the micro-unit. *Expected* takes the minimum overlap, *at most* the maximum; both take the answers to gold, of which
    `gold` are paid for at most, and every shape that may be paid for. The fair-pay reserve is spent only when real
    times prove the pay too low, so *expected* leaves it out; it is rounded up to the micro-unit.
    """
    fee, unit = rate.fee(pay=rate.most), rate.held
    first = images * min_overlap
    extra = images * (max_overlap - min_overlap)
    lines = [_line("Rewards to workers", first, rate.reward)]
    if rate.per_shape:
        lines.append(_line("Accepted shapes, if all are paid for", first * rate.shapes, rate.per_shape))
    lines.append(_line("Platform fee", first, fee))
    if extra:
        lines.append(_line("Extra answers where workers disagree", extra, unit))
    if gold:
        lines.append(_line("Answers to images you know the answer of", gold, unit))
    escrow = (first + extra + gold) * unit
    reserve = with_reserve(amount=escrow, percent=reserve_percent) - escrow
    if reserve:
        lines.append(_line("Fair-pay reserve, kept back", 1, reserve))
    return Quote(
        images=images,
        rate=rate,
        expected=(first + gold) * unit,
        at_most=escrow + reserve,
        lines=tuple(lines),
        gold=gold,
        reserve=reserve,
    )


def with_reserve(*, amount: int, percent: int) -> int:
    """An amount with its fair-pay reserve, which is rounded up to the micro-unit."""
    return amount - -amount * percent // 100


def _line(name: str, count: int, unit: int) -> Line:
    return Line(name, count, unit, count * unit)


def worker_cap(*, images: int, min_overlap: int, share_percent: int | None) -> int | None:
    """How many of a job's answers one worker may give, `share_percent` of those first asked for; None without a share.

    Never below one: a worker let in may answer something.
    """
    if share_percent is None:
        return None
    return max(1, share_percent * images * min_overlap // 100)


def hourly(*, pay: float, median_ms: float) -> int:
    """The hourly pay, micro-units an hour, of answers that pay so much and take `median_ms` (above 0)."""
    if median_ms <= 0:
        raise ValueError("median_ms: must be above 0")
    return round(pay * MS_PER_HOUR / median_ms)
