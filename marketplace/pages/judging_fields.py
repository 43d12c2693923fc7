"""The fields of a job's form that say how answers are judged, who is paid and how long one may wait."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from qa.policy import MAX_WAIT_HOURS

SHARES = {
    "accept_agreement": ("Accept from this agreement", "Below it an answer may be rejected, if the others agree."),
    "match_iou": ("Boxes match from this overlap (IoU)", "0.4 measured best on real crowds."),
    "clear_agreement": ("The others are clear from this agreement", "Below it nobody is rejected."),
    "review_share": ("Show me this share of accepted work", "Drawn by chance; it stays paid whatever you find."),
    "target_confidence": ("Ask for more answers below this confidence", "Up to the maximum. 0 asks only on disputes."),
    "target_error": (
        "Ask for more answers above this error",
        "0.1: one tag in ten is wrong, or drawings a tenth off. 0 sets no target.",
    ),
}
GOLD: dict[str, tuple[str, str, dict[str, float]]] = {
    "gold_share": (
        "Share of images you know the answer of",
        "Of what each worker gets, 0 to 0.3; 0.05 is one in twenty. Nobody is told which they are.",
        {"min": 0, "max": 0.3, "step": 0.01},
    ),
    "gold_onboarding": (
        "How many of them to begin with",
        "Among the first images of each worker, half of those at most.",
        {"min": 0, "max": 50},
    ),
    "gold_first": ("How many images are the first", "1 to 100.", {"min": 1, "max": 100}),
    "gold_pass": (
        "Share they must get right",
        "Who surely gets less of them right is given no more images. 0.6 is three in five.",
        {"min": 0, "max": 1, "step": 0.05},
    ),
}
RULES = {
    "pay_rule": (
        "Who is paid",
        "Honest: it differs where votes leave doubt, or its worker has a good record.",
        [
            ("agreement", "Answers that agree"),
            ("good_standing", "Honest ones that differ too"),
        ],
    ),
    "judge": (
        "Who judges the answers",
        "Votes need two answers an image at least: where there is one, you judge. What nobody judges in time is paid.",
        [
            ("consensus", "Their votes"),
            ("both", "Their votes; I confirm rejections"),
            ("requester", "I do, answer by answer"),
        ],
    ),
    "adjudicator": (
        "Who decides appeals and what votes could not",
        "Appeals: never the person who rejected; an admin always may.",
        [("requester", "I do"), ("admin", "Only an admin of this site")],
    ),
}
HOURS_AND_DAYS = {
    "appeal_days": ("Days to contest a rejection", "1 to 30. The money of a rejected answer stays held so long.", 30),
    "auto_accept_hours": ("Accept after this many hours", "Answers nobody judged by then are paid.", MAX_WAIT_HOURS),
}
PAY = {
    "reward_per_shape": ("For each accepted shape", "Paid beside the reward. Empty: shapes are not paid for.", None),
    "shapes_paid_at_most": (
        "Shapes paid for at most",
        "Of one answer. So much is held for each place; what is not used stays yours.",
        2_000,
    ),
    "fair_pay_reserve_percent": (
        "Fair-pay reserve in percent",
        "Held beside the price. Tops workers up once real times prove the pay too low; else it comes back.",
        100,
    ),
}
LIMITS = {
    "answers_per_day": ("Answers a day", "At most, by one worker. Empty: as many as they like.", 100_000),
    "share_percent": (
        "Share of the job in percent",
        "Of all answers, by one worker. 20 lets five do it all.",
        100,
    ),
}
SIZES = {
    "shapes": ("Shapes of an answer", "At most. Empty: as many as this site takes.", 2_000),
    "vertices_per_shape": ("Points of a shape", "At most; a box has four.", 2_000),
    "vertices": ("Points of an answer", "At most, of all its shapes.", 50_000),
}
IN_POLICY = (*SHARES, *RULES, *GOLD, "auto_accept_hours")


def whole(text: str) -> int | str:
    """A whole number if it is one; else the text, for the rules to refuse."""
    return int(text) if re.fullmatch(r"-?\d{1,9}", text.strip()) else text


def numbers_of(typed: Mapping[str, str], names: Iterable[str]) -> dict[str, int | str | None]:
    """Whole numbers as they were typed; none for what was left empty."""
    return {name: whole(typed[name]) if typed[name].strip() else None for name in names}


def pay_of(typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed of pay for shapes and the fair-pay reserve; nothing for what was left empty."""
    found: dict[str, Any] = {"reward_per_shape": typed["reward_per_shape"].strip() or None}
    for name in ("shapes_paid_at_most", "fair_pay_reserve_percent"):
        found[name] = whole(typed[name]) if typed[name].strip() else None
    return found


def policy_of(typed: Mapping[str, str]) -> dict[str, Any]:
    """What was typed of the judging policy; what was left empty keeps its default."""
    shares = {name: _number(typed[name]) for name in SHARES if typed[name]}
    rules = {name: typed[name] for name in RULES if typed[name]}
    if rules.get("judge") == "consensus" and whole(typed["overlap_max"] or typed["overlap_min"]) == 1:
        del rules["judge"]  # as the field says: where there are no votes, the requester judges
    gold = {name: _number(typed[name]) for name in ("gold_share", "gold_pass") if typed[name]}
    counts = ("gold_onboarding", "gold_first", "auto_accept_hours")
    return {**shares, **rules, **gold, **{name: whole(typed[name]) for name in counts if typed[name].strip()}}


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text
