"""A quote while a job is still being typed: forgiving, because half a number is not a mistake yet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings

from billing.money import AmountRefused, parse_amount
from marketplace import pricing
from marketplace.drafting import MAX_OVERLAP, MAX_REWARD
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
    """Price what is typed so far: `reward`, `overlap_min`, `overlap_max`, `images`, `gold_share`, `gold_onboarding`;
    all of it text."""
    floor = parse_amount(settings.FAIR_PAY_HOURLY)
    try:
        reward = parse_amount(str(typed.get("reward", "")).strip(), field="reward", maximum=MAX_REWARD)
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
        reward=reward,
        fee_bps=settings.PLATFORM_FEE_BPS,
        gold=_gold(typed, images * high),
    )
    pay = [(seconds, pricing.hourly(reward=reward, median_ms=seconds * 1000)) for seconds in SECONDS]
    return Estimate(price, "", tuple((seconds, amount, amount >= floor) for seconds, amount in pay), floor)


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
