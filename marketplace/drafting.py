"""Writing a job: from what a requester typed to a draft, and its copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from annotation.images import discard
from annotation.label_sets import create_label_set, taxonomy_of
from annotation.models import LabelSet
from annotation.shapes import Taxonomy, TaxonomyRefused, parse_taxonomy
from billing.money import AmountRefused, format_amount, parse_amount
from marketplace.errors import Conflict, Problem, Refused
from marketplace.models import Instructions, Job, Task, User
from qa.verdict import Policy, PolicyRefused

MAX_OVERLAP = 50
MAX_TITLE = 120
MAX_INSTRUCTIONS = 20_000
MAX_REWARD = 1_000_000_000  # 1,000 dollars an annotation: above it, a typing mistake
FIELDS = frozenset({"title", "instructions", "labels", "tag_choice", "overlap", "reward", "policy"})


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
    reward = 0
    try:
        reward = parse_amount(data.get("reward"), field="reward", maximum=MAX_REWARD)
    except AmountRefused as refused:
        problems.append(Problem(refused.field, refused.rule, refused.message))
    policy = _policy(data.get("policy") or {}, problems)
    Refused.when(problems)
    policy = replace(policy, min_overlap=low, max_overlap=high)
    return JobDraft(title, instructions, taxonomy, low, high, reward, policy)


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


@transaction.atomic
def create_job(*, owner: User, draft: JobDraft, now: datetime) -> Job:
    """Store a new draft job with the first version of its instructions."""
    job = Job(owner=owner, fee_bps=settings.PLATFORM_FEE_BPS, created_at=now)
    _fill(job, draft, create_label_set(owner=owner, name=draft.title, taxonomy=draft.taxonomy))
    job.save()
    Instructions.objects.create(job=job, version=1, text=draft.instructions, created_at=now)
    return job


@transaction.atomic
def edit_job(*, job: Job, draft: JobDraft, now: datetime) -> Job:
    """Change a job that is still a draft. Raises Conflict once it is published."""
    job = _locked_draft(job)
    label_set = job.label_set
    if taxonomy_of(label_set=label_set) != draft.taxonomy:
        label_set = create_label_set(owner=job.owner, name=draft.title, taxonomy=draft.taxonomy)
    _fill(job, draft, label_set)
    job.save()
    _revise(job, draft.instructions, now)
    return job


@transaction.atomic
def revise_instructions(*, job: Job, text: str, now: datetime) -> Instructions:
    """Give a job new instructions. Answers already given keep the version they were given under."""
    problems: list[Problem] = []
    text = _text({"instructions": text}, "instructions", MAX_INSTRUCTIONS, problems)
    Refused.when(problems)
    job = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    if job.state in (Job.State.CLOSING, Job.State.CLOSED):
        raise Conflict("job_closed", "This job is closed; its instructions no longer change.")
    return _revise(job, text, now)


@transaction.atomic
def duplicate_job(*, job: Job, now: datetime) -> Job:
    """Copy a job as a new draft: its labels, instructions, price and policy, but not its images or its money."""
    copy = Job(owner=job.owner, fee_bps=settings.PLATFORM_FEE_BPS, created_at=now, copied_from=job)
    for field in ("label_set", "reward", "min_overlap", "max_overlap", "policy", "lease_seconds", "appeal_days"):
        setattr(copy, field, getattr(job, field))
    copy.title = f"{job.title[: MAX_TITLE - 7]} (copy)"
    copy.save()
    Instructions.objects.create(job=copy, version=1, text=instructions_of(job=job).text, created_at=now)
    return copy


@transaction.atomic
def delete_draft(*, job: Job) -> None:
    """Delete a draft with its images. A published job is never deleted: its money and answers are history."""
    job = _locked_draft(job)
    images = [task.image for task in Task.objects.select_related("image").filter(job=job)]
    Task.objects.filter(job=job).delete()
    for image in images:
        discard(image=image)
    job.delete()


def instructions_of(*, job: Job) -> Instructions:
    """The instructions in force."""
    return Instructions.objects.filter(job=job).order_by("-version")[0]


def as_data(*, job: Job) -> dict[str, Any]:
    """The job in the API's shape; `parse_job(as_data(job=job))` gives the same job."""
    label_set: LabelSet = job.label_set
    taxonomy = taxonomy_of(label_set=label_set)
    policy = Policy.from_json(job.policy).as_json()
    return {
        "title": job.title,
        "instructions": instructions_of(job=job).text,
        "labels": [
            {"name": label.name, "shapes": sorted(label.shapes), "color": label.color} for label in taxonomy.labels
        ],
        "tag_choice": taxonomy.tag_choice,
        "overlap": {"min": job.min_overlap, "max": job.max_overlap},
        "reward": format_amount(job.reward),
        "policy": {key: policy[key] for key in Policy.SETTABLE},
    }


def _fill(job: Job, draft: JobDraft, label_set: LabelSet) -> None:
    job.title = draft.title
    job.label_set = label_set
    job.reward = draft.reward
    job.min_overlap = draft.min_overlap
    job.max_overlap = draft.max_overlap
    job.policy = draft.policy.as_json()
    job.lease_seconds = settings.LEASE_SECONDS
    job.appeal_days = settings.APPEAL_DAYS


def _revise(job: Job, text: str, now: datetime) -> Instructions:
    latest = instructions_of(job=job)
    if latest.text == text:
        return latest
    return Instructions.objects.create(job=job, version=latest.version + 1, text=text, created_at=now)


def _locked_draft(job: Job) -> Job:
    jobs = Job.objects.select_for_update(of=("self",), no_key=True)
    locked = jobs.select_related("label_set", "owner").get(pk=job.pk)
    if locked.state != Job.State.DRAFT:
        raise Conflict("not_a_draft", "This job is published; its labels, price and overlap are fixed.")
    return locked
