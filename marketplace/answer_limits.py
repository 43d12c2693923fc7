"""How big an answer may be: at this site, and in a job that wants less."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from annotation.shapes import BOX, KEYPOINTS, POLYGON, Limits, Taxonomy
from marketplace.errors import Problem
from marketplace.models import Job

LEAST_BYTES = 1_000  # an answer of a single box takes a third of that
WORDS = {
    "shapes": "Shapes of an answer",
    "vertices_per_shape": "Points of a shape",
    "vertices": "Points of an answer",
    "bytes": "Bytes of an answer",
}


@lru_cache(maxsize=1)
def answer_limits() -> Limits:
    """The usual limits with what the setting ANSWER_LIMITS changes of them; asked for at every answer."""
    try:
        found = Limits(**settings.ANSWER_LIMITS)
    except TypeError as unknown:
        raise ImproperlyConfigured(f"ANSWER_LIMITS: {unknown}") from unknown
    for name, most in vars(found).items():
        if isinstance(most, bool) or not isinstance(most, int) or most < 1:
            raise ImproperlyConfigured(f"ANSWER_LIMITS: {name} is {most!r}, not a whole number from 1 on.")
    return found


def limits_of(*, job: Job) -> Limits:
    """What holds for answers to a job: the site's limits, where the job has no lower ones."""
    site = answer_limits()
    if not job.answer_limits:
        return site
    return Limits(**{name: min(most, job.answer_limits.get(name, most)) for name, most in vars(site).items()})


def parse_limits(value: Any, *, taxonomy: Taxonomy, shapes_paid: int, problems: list[Problem]) -> dict[str, int] | None:
    """A job's own limits as they were sent, each a number or null; None where it sets none.

    `shapes_paid`: so many shapes of an answer are paid for at most, so an answer may have as many.
    """
    site, points = vars(answer_limits()), _points_needed(taxonomy)
    least = {"shapes": 1, "vertices_per_shape": points, "vertices": points, "bytes": LEAST_BYTES}
    if not isinstance(value, Mapping):
        problems.append(Problem("answer_limits", "object", f"These are {', '.join(WORDS)}, each a number or null."))
        return None
    problems.extend(
        Problem(f"answer_limits.{key}", "unknown_field", f"These are {', '.join(WORDS)}.")
        for key in sorted(set(map(str, value)) - set(WORDS))
    )
    found = {name: value[name] for name in WORDS if value.get(name) is not None}
    for name, most in found.items():
        if isinstance(most, bool) or not isinstance(most, int) or not least[name] <= most <= site[name]:
            told = f"{WORDS[name]}: a whole number from {least[name]:,} to {site[name]:,}, or none for that many."
            problems.append(Problem(f"answer_limits.{name}", "range", told))
        elif name == "shapes" and most < shapes_paid:
            told = f"Up to {shapes_paid:,} shapes of an answer are paid for, so it may have as many."
            problems.append(Problem("answer_limits.shapes", "at_least_paid", told))
    return found or None


def _points_needed(taxonomy: Taxonomy) -> int:
    """As many points as one shape of any of these labels takes at least."""
    takes = {BOX: 4, POLYGON: 3}
    kinds = (
        len(label.skeleton.points) if kind == KEYPOINTS and label.skeleton else takes.get(kind, 1)
        for label in taxonomy.labels
        for kind in label.shapes
    )
    return max(kinds, default=1)
