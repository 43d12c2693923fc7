"""What many people's answers to the questions about one object come to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from qa.merging import weighted_median
from qa.voting import choose, is_majority, share_of

DECIMALS = 6

Values = Mapping[str, Any]
"""By name: true or false, a number, or a text."""


def merge_attributes(*, answers: Sequence[Values], weights: Sequence[float]) -> dict[str, Any]:
    """One value for each question that more than half of the weight answers; the names in the alphabet's order.

    Numbers: the weighted median. What is ticked is ticked when more than half of those who answered say so. Options
    and texts: the one with the greatest weight, between equals the first in the alphabet; of texts every answer's own
    is kept beside it (`texts_of`).
    """
    counted = list(weights) if sum(weights) > 0.0 else [1.0] * len(answers)
    merged = {}
    for name in sorted({name for each in answers for name in each}):
        given = [(each[name], weight) for each, weight in zip(answers, counted, strict=True) if name in each]
        if is_majority(share=share_of(weight=sum(weight for _, weight in given), total=sum(counted))):
            merged[name] = _merge(given)
    return merged


def texts_of(*, answers: Mapping[str, Values], texts: Collection[str]) -> dict[str, dict[str, str]]:
    """By the name of a question answered in words, each answer by its key."""
    found: dict[str, dict[str, str]] = {}
    for key, values in sorted(answers.items()):
        for name in sorted(values.keys() & set(texts)):
            found.setdefault(name, {})[key] = values[name]
    return found


def _merge(given: Sequence[tuple[Any, float]]) -> Any:
    values, weights = [value for value, _ in given], [weight for _, weight in given]
    if all(isinstance(value, bool) for value in values):
        ticked = sum(weight for value, weight in given if value)
        return is_majority(share=share_of(weight=ticked, total=sum(weights)))
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return round(weighted_median(values=values, weights=weights), DECIMALS)
    return choose(votes=[(str(value), weight) for value, weight in given]).option
