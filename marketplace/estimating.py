"""A quote while a job is still being typed: forgiving, because half a number is not a mistake yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from billing.money import AmountRefused, parse_amount
from marketplace import pricing
from marketplace.pay_terms import MAX_RESERVE, MAX_REWARD, MAX_SHAPES
from marketplace.terms import MAX_OVERLAP
from marketplace.uploading import MAX_IMAGES
from qa.golden import budget
from qa.policy import Policy, PolicyRefused

SECONDS = (15, 30, 60)


@dataclass(frozen=True)
class Estimate:
    """A quote for `images`, or None with what is still missing; hourly pay (micro-units) at some speeds."""

    quote: pricing.Quote | None
    missing: str
    hourly: tuple[tuple[int, int, bool], ...]  # seconds an image, micro-units an hour, at or above the floor
    floor: int


def estimate(*, typed: Mapping[str, str]) -> Estimate:
    """Price what is typed so far: `reward`, `reward_per_shape`, `shapes_paid_at_most`, `fair_pay_reserve_percent`,
    `overlap_min`, `overlap_max`, `images`, `gold_share`, `gold_onboarding`; all of it text."""
    floor = parse_amount(settings.FAIR_PAY_HOURLY)
    try:
        rate = _rate(typed)
    except AmountRefused as refused:
        return Estimate(None, refused.message, (), floor)
    low = _whole(typed.get("overlap_min", ""), MAX_OVERLAP)
    high = _whole(typed.get("overlap_max", ""), MAX_OVERLAP) or low
    images = _whole(typed.get("images", ""), MAX_IMAGES) or 100
    if low is None or high is None:
        return Estimate(None, "Say how many answers you want per image.", (), floor)
    if high < low:
        return Estimate(None, f"At most cannot be below the {low} answers per image.", (), floor)
    price = pricing.quote(
        images=images,
        min_overlap=low,
        max_overlap=high,
        rate=rate,
        reserve_percent=_whole(typed.get("fair_pay_reserve_percent", ""), MAX_RESERVE) or 0,
        gold=_gold(typed, images * high),
    )
    # By the reward alone: how many shapes an image has is not known yet.
    pay = [(seconds, pricing.hourly(pay=rate.reward, median_ms=seconds * 1000)) for seconds in SECONDS]
    return Estimate(price, "", tuple((seconds, amount, amount >= floor) for seconds, amount in pay), floor)


def _rate(typed: Mapping[str, str]) -> pricing.Rate:
    """What an answer pays; pay for shapes counts once both of its fields are there. Raises AmountRefused."""
    reward = parse_amount(str(typed.get("reward", "")).strip(), field="reward", maximum=MAX_REWARD)
    shapes, text = _whole(typed.get("shapes_paid_at_most", ""), MAX_SHAPES), str(typed.get("reward_per_shape", ""))
    per_shape = 0
    if shapes and text.strip():
        per_shape = parse_amount(text.strip(), field="reward_per_shape", minimum=0, maximum=MAX_REWARD)
    return pricing.Rate(reward, settings.PLATFORM_FEE_BPS, per_shape, shapes or 0 if per_shape else 0)


def _gold(typed: Mapping[str, str], answers: int) -> int:
    """How many answers to known images are paid for; none for what is no policy yet."""
    share, onboarding = (str(typed.get(name, "")).strip() or "0" for name in ("gold_share", "gold_onboarding"))
    try:
        policy = Policy.from_json({"gold_share": float(share), "gold_onboarding": int(onboarding), "gold_first": 100})
    except (ValueError, PolicyRefused):
        return 0
    return budget(answers=answers, policy=policy, first=True)


def _whole(text: object, most: int) -> int | None:
    """A whole number from 1 to `most`, else None."""
    digits = str(text).strip()
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
    return number if 1 <= number <= most else None
