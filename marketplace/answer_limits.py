"""How big an answer may be at this site."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from annotation.shapes import Limits


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
