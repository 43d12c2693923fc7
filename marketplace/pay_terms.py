"""What a job pays, as a requester typed or sent it, with every rule held against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from annotation.shapes import TAG, Taxonomy
from billing.money import AmountRefused, format_amount, parse_amount
from marketplace.errors import Problem

MAX_REWARD = 1_000_000_000  # 1,000 dollars an annotation: above it, a typing mistake
MAX_SHAPES = 2_000  # as many as an annotation may hold
MAX_RESERVE = 100  # percent


@dataclass(frozen=True)
class Pay:
    """What an accepted answer pays (micro-units), and the fair-pay reserve in percent of what that may cost in all."""

    reward: int
    per_shape: int
    shapes: int
    reserve_percent: int


def parse_pay(data: Mapping[str, Any], *, taxonomy: Taxonomy, problems: list[Problem]) -> Pay:
    """Read `reward`, `reward_per_shape`, `shapes_paid_at_most` and `fair_pay_reserve_percent`; what is wrong is added
    to `problems`. Pay for shapes is left out by leaving both fields out, or by 0 and null."""
    before = len(problems)
    reward = _amount(data, "reward", 1, problems)
    per_shape = 0
    if data.get("reward_per_shape") not in (None, ""):
        per_shape = _amount(data, "reward_per_shape", 0, problems)
    shapes = _whole(data, "shapes_paid_at_most", MAX_SHAPES, "Shapes paid for", problems)
    reserve = _whole(data, "fair_pay_reserve_percent", MAX_RESERVE, "Percent of the price", problems)
    if len(problems) == before:
        problems += _misfits(reward, per_shape, shapes, taxonomy)
    return Pay(reward, per_shape, shapes, reserve)


def _misfits(reward: int, per_shape: int, shapes: int, taxonomy: Taxonomy) -> list[Problem]:
    """What is right in each field by itself, but not together."""
    if per_shape and not shapes:
        told = "Say for how many shapes of an image you pay at most."
        return [Problem("shapes_paid_at_most", "required", told)]
    if shapes and not per_shape:
        return [Problem("reward_per_shape", "required", "Say what each accepted shape pays.")]
    if per_shape and taxonomy.labels and all(label.shapes <= {TAG} for label in taxonomy.labels):
        return [Problem("reward_per_shape", "nothing_drawn", "Nothing is drawn in this job, so no shape can be paid.")]
    if reward + per_shape * shapes > MAX_REWARD:
        told = f"An image may pay at most {format_amount(MAX_REWARD)}, all of its shapes included."
        return [Problem("shapes_paid_at_most", "maximum", told)]
    return []


def _amount(data: Mapping[str, Any], field: str, least: int, problems: list[Problem]) -> int:
    try:
        return parse_amount(data.get(field), field=field, minimum=least, maximum=MAX_REWARD)
    except AmountRefused as refused:
        problems.append(Problem(refused.field, refused.rule, refused.message))
        return 0


def _whole(data: Mapping[str, Any], field: str, most: int, words: str, problems: list[Problem]) -> int:
    number = data.get(field)
    if number is None:
        return 0
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= most:
        problems.append(Problem(field, "range", f"{words}: a whole number from 0 to {most:,}."))
        return 0
    return number
