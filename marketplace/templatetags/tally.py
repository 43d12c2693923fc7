"""How figures, icons and ways about the site are written in templates: `{% load tally %}`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django import template
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from billing.money import format_amount

register = template.Library()

NOTHING = "–"

# Section, who sees it (a field of User), and its pages: URL name, words, icon.
SECTIONS: tuple[tuple[str, str, tuple[tuple[str, str, str], ...]], ...] = (
    (
        "Requester",
        "is_requester",
        (("jobs", "Jobs", "grid"), ("appeals", "Appeals", "scale"), ("wallet", "Wallet", "wallet")),
    ),
    (
        "Worker",
        "is_worker",
        (("work", "Find work", "search"), ("history", "History", "history"), ("earnings", "Earnings", "coins")),
    ),
    (
        "Admin",
        "is_staff",
        (
            ("payout_queue", "Payout queue", "coins"),
            ("report_payouts", "Payouts", "coins"),
            ("reconciliations", "Books", "wallet"),
            ("report_quality", "Quality", "chart"),
            ("report_flags", "Flags", "shield"),
            ("appeals", "Appeals", "scale"),
            ("undecided", "Undecided", "eye"),
            ("rejection_stops", "Rejections", "shield"),
            ("admin:index", "Admin site", "sliders"),
        ),
    ),
)

# The hand's own strokes, so that the marks look counted and not printed.
STROKES = ("M9 8.3c-.3 5 .1 10.2-.2 15.4", "M13.7 8c.2 5.3-.3 10.6 0 16", "M18.4 8.2c-.2 5.2.3 10.4 0 15.6")
FOURTH = "M23.1 8c.3 5.3-.1 10.7.1 16"
CROSS = "M5.4 21.7 26.7 10.2"


@register.simple_tag
def page_url(name: str, *args: Any, **kwargs: Any) -> str:
    """The address of a page, or an empty text when this installation has no such page."""
    try:
        return reverse(name, args=args or None, kwargs=kwargs or None)
    except NoReverseMatch:
        return ""


@register.simple_tag(takes_context=True)
def nav(context: template.Context) -> list[dict[str, Any]]:
    """The signed-in person's ways about: sections of links `{url, text, icon, current}`, by role.

    The current link is the one whose address is the longest beginning of this page's address.
    """
    user, request = context.get("user"), context.get("request")
    sections: list[dict[str, Any]] = [
        {"title": title, "links": [_link(*page) for page in pages if page_url(page[0])]}
        for title, role, pages in SECTIONS
        if getattr(user, role, False)
    ]
    links: list[dict[str, Any]] = [link for section in sections for link in section["links"]]
    here = [link for link in links if request is not None and request.path.startswith(link["url"])]
    for link in links:
        link["current"] = bool(here) and link is max(here, key=lambda one: len(one["url"]))
    return [section for section in sections if section["links"]]


def _link(name: str, text: str, icon_name: str) -> dict[str, Any]:
    return {"url": page_url(name), "text": text, "icon": icon_name, "current": False}


@register.simple_tag
def icon(name: str, size: str = "") -> SafeString:
    """A drawing of img/icons.svg beside words: it says nothing itself. `size` is "small", "large" or nothing."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true" focusable="false"><use href="{}#{}"/></svg>',
        size,
        static("marketplace/img/icons.svg"),
        name,
    )


@register.simple_tag
def tally_marks(count: int = 5) -> SafeString:
    """One to five counted strokes; the fifth crosses the others. Decoration."""
    strokes = "".join((*STROKES, FOURTH)[: min(count, 4)])
    cross = f'<path class="cross" d="{CROSS}"/>' if count >= 5 else ""
    drawing = f'<path class="strokes" d="{strokes}"/>{cross}'
    return mark_safe(  # noqa: S308 - constants only
        f'<svg class="tally-marks" viewBox="0 0 32 32" aria-hidden="true" focusable="false">{drawing}</svg>'
    )


@register.inclusion_tag("components/bar.html")
def bar(parts: Iterable[Sequence[Any]], label: str = "", total: float = 0) -> dict[str, Any]:
    """A share bar with its legend. `parts` are (words, count, kind), kind being accent, ok, warn, danger or muted.

    `total` above the sum of the counts leaves the rest of the bar empty.
    """
    rows = [(words, count, kind) for words, count, kind in parts]
    whole = max(float(total), float(sum(count for _, count, _ in rows)))
    shares, start = [], 0.0
    for words, count, kind in rows:
        width = 100 * count / whole if whole else 0.0
        shares.append({"text": words, "count": count, "kind": kind, "x": f"{start:.3f}", "width": f"{width:.3f}"})
        start += width
    return {"shares": shares, "label": label or ", ".join(f"{words}: {count}" for words, count, _ in rows)}


@register.filter
def money(micro: int | str | None) -> str:
    """Micro-units as dollars, exactly: 50000 → $0.05, -3000 → −$0.003; nothing known → a dash."""
    if micro is None or micro == "":
        return NOTHING
    amount = int(micro)
    units, _, decimals = format_amount(abs(amount)).partition(".")
    return f"{'−' if amount < 0 else ''}${int(units):,}.{decimals}"


@register.filter
def percent(share: float | str | None, decimals: int = 0) -> str:
    """A share between 0 and 1: 0.925 → 92%, with `percent:1` 92.5%. Only all is 100%, only none is 0%."""
    if share is None or share == "":
        return NOTHING
    value = float(share) * 100
    least = 10.0**-decimals
    if 0 < value < 100:
        value = min(max(value, least), 100 - least)
    return f"{value:.{decimals}f}%"


@register.filter
def duration(span: timedelta | float | str | None, unit: str = "s") -> str:
    """A length of time in its two largest parts: 200 → 3 min 20 s. Numbers are seconds; `duration:"ms"` takes ms."""
    if span is None or span == "":
        return NOTHING
    seconds = span.total_seconds() if isinstance(span, timedelta) else float(span) / (1000 if unit == "ms" else 1)
    if abs(seconds) < 10:
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    left = round(seconds)
    parts: list[str] = []
    for word, size in (("d", 86400), ("h", 3600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count} {word}" if count else "")
    return " ".join(part for part in parts[:2] if part)
