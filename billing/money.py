"""Money as whole numbers: one unit of currency is 1,000,000 micro-units. Pure: no framework, no clock, no floats."""

from __future__ import annotations

import re
from dataclasses import dataclass

MICRO = 1_000_000
CENT = 10_000
BASIS_POINTS = 10_000
# How the fraction of a micro-unit is decided, written on every job beside its fee: to the nearest, ties to even.
FEE_ROUNDING = "half-even"
LARGEST = 10_000_000_000

# Plain decimal notation, ASCII digits only; no exponent, no separators, no bare point. Bounded against huge input.
_PLAIN = re.compile(r"(?P<sign>[+-]?)(?P<units>[0-9]{1,20})(?:\.(?P<fraction>[0-9]{1,40}))?", re.ASCII)


@dataclass
class AmountRefused(ValueError):
    """An amount that is not taken: which field, which rule, and a sentence for the person who wrote it."""

    field: str
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}"


def parse_amount(text: object, *, field: str = "amount", minimum: int = 1, maximum: int = LARGEST) -> int:
    """Read an amount such as `"0.05"` as micro-units, exactly.

    Takes a string in plain decimal notation with at most 6 decimals, or a whole number (an int). Raises AmountRefused
    for anything else (floats, exponents, NaN, separators) and for what lies outside `minimum`…`maximum` (micro-units).
    """
    if isinstance(text, int) and not isinstance(text, bool):
        text = str(text)
    if not isinstance(text, str):
        raise AmountRefused(field, "text", 'An amount is written as text, such as "0.05".')
    match = _PLAIN.fullmatch(text.strip(" "))
    if match is None:
        raise AmountRefused(field, "plain_decimal", 'An amount is a plain decimal number, such as "0.05".')
    fraction = match["fraction"] or ""
    if len(fraction) > 6:
        raise AmountRefused(field, "decimals", "An amount has at most 6 decimals.")
    amount = int(match["units"]) * MICRO + int(fraction.ljust(6, "0"))
    if match["sign"] == "-" and amount:
        raise AmountRefused(field, "negative", "An amount cannot be negative.")
    if amount < minimum:
        raise AmountRefused(field, "minimum", f"The least amount is {format_amount(minimum)}.")
    if amount > maximum:
        raise AmountRefused(field, "maximum", f"The greatest amount is {format_amount(maximum)}.")
    return amount


def format_amount(micro: int) -> str:
    """Write micro-units exactly, with at least two decimals: 50_000 → `"0.05"`, -3_000 → `"-0.003"`."""
    units, rest = divmod(abs(micro), MICRO)
    decimals = f"{rest:06d}".rstrip("0").ljust(2, "0")
    return f"{'-' if micro < 0 else ''}{units}.{decimals}"


def fee_of(*, reward: int, bps: int) -> int:
    """The platform's fee on one reward, micro-units, at `bps` basis points; the one rounding rule is FEE_ROUNDING."""
    if reward < 0 or bps < 0:
        raise ValueError(f"fee_of: reward {reward} and bps {bps} must not be negative")
    whole, rest = divmod(reward * bps, BASIS_POINTS)
    if 2 * rest > BASIS_POINTS or (2 * rest == BASIS_POINTS and whole % 2):
        whole += 1
    return whole


def whole_cents(micro: int) -> int:
    """The part of an amount that a bank can move, micro-units: 1_239_999 → 1_230_000. The rest stays where it is."""
    if micro < 0:
        raise ValueError(f"whole_cents: {micro} is negative")
    return micro - micro % CENT


def to_cents(micro: int) -> int:
    """Whole cents as the bank counts them: 1_230_000 → 123. Raises ValueError when a sub-cent rest would be lost."""
    cents, rest = divmod(micro, CENT)
    if rest:
        raise ValueError(f"to_cents: {micro} micro-units are not whole cents")
    return cents


def from_cents(cents: int) -> int:
    """What the bank counts in cents, in micro-units: 123 → 1_230_000."""
    return cents * CENT
