"""The terms of a job: what a requester typed or sent, with every rule held against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings

from annotation.shapes import Taxonomy, TaxonomyRefused, parse_taxonomy
from marketplace.answer_limits import parse_limits
from marketplace.errors import Problem, Refused
from marketplace.models import Job
from marketplace.pay_terms import parse_pay
from marketplace.requirements import NONE, Requirements, RequirementsRefused
from qa.verdict import Policy, PolicyRefused

MAX_OVERLAP = 50
MAX_TITLE = 120
MAX_INSTRUCTIONS = 20_000
MAX_A_DAY = 100_000
MAX_APPEAL_DAYS = 30
FIELDS = frozenset(
    {
        "title",
        "instructions",
        "labels",
        "tag_choice",
        "overlap",
        "reward",
        "reward_per_shape",
        "shapes_paid_at_most",
        "fair_pay_reserve_percent",
        "policy",
        "visibility",
        "limits",
        "answer_limits",
        "appeal_days",
        "requirements",
    }
)
# Field of `limits`: its highest value, and its name in words.
LIMITS = {"answers_per_day": (MAX_A_DAY, "Answers a day"), "share_percent": (100, "Percent of the job")}


@dataclass(frozen=True)
class Limits:
    """How much of a job one worker may do; None where there is no limit."""

    answers_per_day: int | None = None
    share_percent: int | None = None


NO_LIMITS = Limits()


@dataclass(frozen=True)
class JobDraft:
    """A job as its requester wants it: every rule already held against it."""

    title: str
    instructions: str
    taxonomy: Taxonomy
    min_overlap: int
    max_overlap: int
    reward: int
    policy: Policy
    visibility: str = Job.Visibility.PUBLIC
    limits: Limits = NO_LIMITS
    answer_limits: Mapping[str, int] | None = None
    appeal_days: int = 7
    requirements: Requirements = NONE
    reward_per_shape: int = 0
    shapes_paid_at_most: int = 0
    reserve_percent: int = 0


def parse_job(data: Mapping[str, Any]) -> JobDraft:
    """Read a job from the API's JSON (or a form put in the same shape).

    Raises Refused naming every field that is wrong, not only the first.
    """
    problems = [
        Problem(str(key), "unknown_field", f"{key!r} is not a field of a job.") for key in sorted(set(data) - FIELDS)
    ]
    title = _text(data, "title", MAX_TITLE, problems)
    instructions = _text(data, "instructions", MAX_INSTRUCTIONS, problems)
    taxonomy = _taxonomy(data, problems)
    low, high = _overlap(data.get("overlap", 3), problems)
    pay = parse_pay(data, taxonomy=taxonomy, problems=problems)
    policy = _policy(data.get("policy") or {}, problems)
    visibility = _visibility(data.get("visibility", Job.Visibility.PUBLIC), problems)
    limits = _limits(data.get("limits") or {}, problems)
    sizes = _sizes(data, taxonomy, pay.shapes, problems)
    appeal_days = _appeal_days(data.get("appeal_days"), problems)
    requirements = _requirements(data.get("requirements") or {}, taxonomy, problems)
    Refused.when(problems)
    policy = replace(policy, min_overlap=low, max_overlap=high)
    if high == 1 and "judge" not in (data.get("policy") or {}):
        policy = replace(policy, judge="requester")  # there are no votes: a person judges, unless told otherwise
    return JobDraft(
        title,
        instructions,
        taxonomy,
        low,
        high,
        pay.reward,
        policy,
        visibility,
        limits,
        sizes,
        appeal_days,
        requirements,
        reward_per_shape=pay.per_shape,
        shapes_paid_at_most=pay.shapes,
        reserve_percent=pay.reserve_percent,
    )


def parse_visibility(value: Any) -> str:
    """Who may work on a job, as it was sent. Raises Refused."""
    problems: list[Problem] = []
    visibility = _visibility(value, problems)
    Refused.when(problems)
    return visibility


def parse_instructions(value: Any) -> str:
    """New instructions, as they were typed. Raises Refused."""
    problems: list[Problem] = []
    text = _text({"instructions": value}, "instructions", MAX_INSTRUCTIONS, problems)
    Refused.when(problems)
    return text


def _text(data: Mapping[str, Any], field: str, longest: int, problems: list[Problem]) -> str:
    value = data.get(field, "")
    if not isinstance(value, str) or not value.strip():
        problems.append(Problem(field, "required", f"Give the job {'a title' if field == 'title' else field}."))
        return ""
    if len(value) > longest:
        problems.append(Problem(field, "too_long", f"At most {longest:,} characters; this has {len(value):,}."))
    if "\x00" in value:
        problems.append(Problem(field, "no_nul", "Text cannot hold the NUL character."))
    return value.strip()


def _taxonomy(data: Mapping[str, Any], problems: list[Problem]) -> Taxonomy:
    try:
        return parse_taxonomy(data.get("labels", []), tag_choice=data.get("tag_choice", "any"))
    except TaxonomyRefused as refused:
        problems.extend(refused.problems)
        return Taxonomy(labels=())


def _overlap(value: Any, problems: list[Problem]) -> tuple[int, int]:
    if isinstance(value, Mapping):
        unknown = set(value) - {"min", "max"}
        low = value.get("min")
        high = value.get("max", low)
    else:
        unknown, low, high = set(), value, value
    before = len(problems)
    problems.extend(Problem(f"overlap.{key}", "unknown_field", "Overlap has min and max.") for key in sorted(unknown))
    for name, number in (("min", low), ("max", high)):
        if isinstance(number, bool) or not isinstance(number, int) or not 1 <= number <= MAX_OVERLAP:
            problems.append(
                Problem(f"overlap.{name}", "range", f"Answers per image: a whole number from 1 to {MAX_OVERLAP}.")
            )
    if len(problems) > before or not isinstance(low, int) or not isinstance(high, int):
        return 1, 1
    if high < low:
        problems.append(Problem("overlap.max", "at_least_min", "The maximum overlap cannot be below the minimum."))
    return low, high


def _policy(value: Any, problems: list[Problem]) -> Policy:
    if isinstance(value, Mapping):
        unknown = sorted(set(map(str, value)) - set(Policy.SETTABLE))
        problems.extend(
            Problem(f"policy.{key}", "unknown_field", f"A policy has: {', '.join(Policy.SETTABLE)}.") for key in unknown
        )
        if unknown:
            return Policy()
    try:
        return Policy.from_json(value)
    except PolicyRefused as refused:
        problems.extend(
            Problem(f"policy.{found.field}" if found.field else "policy", found.rule, found.message)
            for found in refused.problems
        )
        return Policy()


def _sizes(
    data: Mapping[str, Any], taxonomy: Taxonomy, shapes_paid: int, problems: list[Problem]
) -> dict[str, int] | None:
    given = data.get("answer_limits") or {}
    return parse_limits(given, taxonomy=taxonomy, shapes_paid=shapes_paid, problems=problems)


def _requirements(value: Any, taxonomy: Taxonomy, problems: list[Problem]) -> Requirements:
    try:
        return Requirements.from_json(value, labels={label.name for label in taxonomy.labels})
    except RequirementsRefused as refused:
        problems.extend(refused.problems)
        return NONE


def _visibility(value: Any, problems: list[Problem]) -> str:
    if not isinstance(value, str) or value not in Job.Visibility.values:
        problems.append(Problem("visibility", "choice", f"Who may work is one of {', '.join(Job.Visibility.values)}."))
        return Job.Visibility.PUBLIC
    return value


def _appeal_days(value: Any, problems: list[Problem]) -> int:
    if value is None:
        return int(settings.APPEAL_DAYS)
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_APPEAL_DAYS:
        told = f"Days to contest a rejection: a whole number from 1 to {MAX_APPEAL_DAYS}."
        problems.append(Problem("appeal_days", "range", told))
        return 1
    return value


def _limits(value: Any, problems: list[Problem]) -> Limits:
    if not isinstance(value, Mapping):
        problems.append(Problem("limits", "object", f"Limits are {' and '.join(LIMITS)}, each a number or null."))
        return NO_LIMITS
    problems.extend(
        Problem(f"limits.{key}", "unknown_field", f"Limits are {' and '.join(LIMITS)}.")
        for key in sorted(set(map(str, value)) - set(LIMITS))
    )
    for name, (most, words) in LIMITS.items():
        number = value.get(name)
        fits = number is None or (isinstance(number, int) and not isinstance(number, bool) and 1 <= number <= most)
        if not fits:
            problems.append(Problem(f"limits.{name}", "range", f"{words}: a whole number from 1 to {most:,}, or none."))
    return Limits(value.get("answers_per_day"), value.get("share_percent"))
