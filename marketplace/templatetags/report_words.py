"""How the figures of reports are coloured: `{% load report_words %}`."""

from __future__ import annotations

from django import template

register = template.Library()

POOR, FAIR = 0.5, 0.7


@register.filter
def tone(share: float | None) -> str:
    """The kind of a bar that shows a share of agreement: below 0.5 danger, below 0.7 warn, else ok."""
    if share is None:
        return ""
    return "danger" if share < POOR else "warn" if share < FAIR else "ok"


@register.filter
def workers_words(count: int) -> str:
    """By how many workers."""
    return f"by {count:,} worker{'' if count == 1 else 's'}"


@register.filter
def rejected_words(count: int) -> str:
    """How many answers were rejected."""
    return f"{count:,} rejected"


@register.filter
def answers_words(an_hour: float | None) -> str:
    """By how many answers an hour."""
    return "over accepted work" if an_hour is None else f"by {an_hour:,.0f} answer{'' if round(an_hour) == 1 else 's'}"


@register.filter
def correct_words(micro: int | None) -> str:
    """What a right answer costs, where that is known."""
    return "fees included" if micro is None else f"${micro / 1_000_000:,.2f} a right one"
