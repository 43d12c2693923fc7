"""Words and figures of a job's page: `{% load job_words %}`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from annotation.models import Label
from annotation.shapes import KEYPOINTS
from billing.models import Dispute
from billing.money import format_amount
from marketplace.escrow import rate_of
from marketplace.models import Job
from marketplace.progress import Progress
from marketplace.templatetags.tally import money

register = template.Library()

BASES = {
    "measured": "median of real times",
    "trial": "by the requester's own timing",
    "unknown": "not known before 10 people’s answers",
}


@register.filter
def plain_money(micro: int) -> str:
    """Micro-units as a number to type: 50000 → 0.05."""
    return format_amount(int(micro))


@register.filter
def pay_words(job: Job) -> str:
    """What an accepted answer pays: $0.05, or with pay for shapes $0.05 + $0.01 a shape, at most $0.15."""
    rate = rate_of(job=job)
    if not rate.per_shape:
        return money(rate.reward)
    return f"{money(rate.reward)} + {money(rate.per_shape)} a shape, at most {money(rate.most)}"


@register.filter
def most_pay(job: Job) -> int:
    """The most that an accepted answer pays, micro-units."""
    return rate_of(job=job).most


@register.filter
def to_cents(micro: int | None) -> str:
    """Micro-units to the nearest cent, for measured figures such as pay an hour; nothing known → a dash."""
    return "–" if micro is None else f"${micro / 1_000_000:,.2f}"


@register.filter
def add_before(text: str, words: str) -> str:
    """`words` and then the text: `{{ 3|add_before:"of " }}` → of 3."""
    return f"{words}{text}"


DISPUTES = {
    "inquiry": "your bank asked about it",
    "open": "your bank took {} back",
    "won": "your bank took {} back and gave it to us again",
    "lost": "your bank took {} back for good",
    "ended": "your bank asked about it, and that is over",
}


@register.filter
def dispute_words(dispute: Dispute) -> str:
    """What a payment's bank did, to who paid: your bank took $60.00 back."""
    return DISPUTES[dispute.state].format(money(dispute.amount))


@register.filter
def disputed_words(count: int) -> str:
    """How many images are disputed, in words."""
    return "no image disputed" if not count else f"{count:,} image{'' if count == 1 else 's'} disputed"


@register.filter
def basis_words(basis: str) -> str:
    """What an hourly figure rests on."""
    return BASES[basis]


@register.filter
def work_parts(progress: Progress) -> list[tuple[str, int, str]]:
    """Answers by what became of them, for the share bar."""
    return [
        ("accepted", progress.accepted, "ok"),
        ("waiting for others", progress.submitted, "warn"),
        ("rejected", progress.rejected, "danger"),
    ]


@register.filter
def answers_words(attributes: Mapping[str, Any] | None) -> str:
    """What was answered about an object: {"dented": true, "metal": "tin", "rows": 2.0} → dented, metal tin, rows 2."""
    said = [(name, value) for name, value in (attributes or {}).items() if value is not False and value is not None]
    return ", ".join(
        name if value is True else f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in said
    )


@register.filter
def label_words(label: Label) -> str:
    """What a label may be given to, and what is asked about it: keypoints (17 points), asks age and hat."""
    points = f"{KEYPOINTS} ({len(label.skeleton['points'])} points)" if label.skeleton else KEYPOINTS
    kinds = [points if kind == KEYPOINTS else kind for kind in label.shapes]
    asked = [each["name"] for each in label.attributes]
    return ", ".join(kinds) + (f"; asks {', '.join(asked)}" if asked else "")


@register.filter
def size_words(job: Job) -> str:
    """How big an answer may be, where the job says so: at most 20 shapes, 300 points a shape; empty elsewhere."""
    own = job.answer_limits or {}
    words = {
        "shapes": "{:,} shapes",
        "vertices_per_shape": "{:,} points a shape",
        "vertices": "{:,} points in all",
        "bytes": "{:,} bytes",
    }
    said = ", ".join(text.format(own[name]) for name, text in words.items() if name in own)
    return f"at most {said}" if said else ""
