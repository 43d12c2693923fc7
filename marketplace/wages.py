"""What accepted answers earn: the reward, and pay for each shape that was accepted, up to the job's cap.

Which shapes count: where an answer was held against what is adopted, those that match it. Where a person, an appeal or
a deadline accepted an answer as it is, nobody held its shapes against anything, and all of them count.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from django.db.models import Func, IntegerField

from marketplace.escrow import rate_of
from marketplace.models import Assignment, Job


class Accepted(Protocol):
    """An answer that is accepted."""

    @property
    def key(self) -> str:
        """Its assignment's id."""

    @property
    def shapes(self) -> int | None:
        """How many of its shapes are accepted; None: all."""


def matched(*, evidence: Mapping[str, Any]) -> int:
    """How many shapes of an answer match what is adopted, label and all, from its verdict's evidence."""
    return len(evidence.get("matches", ()))


def earned(*, job: Job, accepted: Sequence[Accepted]) -> dict[str, int]:
    """What each of these answers earns its worker, micro-units, by its key."""
    rate = rate_of(job=job)
    if not rate.per_shape:
        return {each.key: rate.reward for each in accepted}
    drawn = _drawn([each.key for each in accepted if each.shapes is None])
    return {each.key: rate.pay(shapes=drawn[each.key] if each.shapes is None else each.shapes) for each in accepted}


def earned_whole(*, job: Job, keys: Sequence[str]) -> dict[str, int]:
    """The same of answers that are accepted as they are, with all of their shapes."""
    rate = rate_of(job=job)
    drawn = _drawn(keys) if rate.per_shape else dict.fromkeys(keys, 0)
    return {key: rate.pay(shapes=drawn[key]) for key in keys}


class _Length(Func):
    function = "jsonb_array_length"
    output_field = IntegerField()


def _drawn(keys: Sequence[str]) -> dict[str, int]:
    """How many shapes each of these answers has."""
    if not keys:
        return {}
    rows = Assignment.objects.filter(pk__in=keys).annotate(drawn=_Length("annotation__body__shapes"))
    return {str(pk): drawn for pk, drawn in rows.values_list("pk", "drawn")}
