"""Writing a job: from what a requester typed to a draft, and its copies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from annotation.images import discard
from annotation.label_sets import label_set_for, taxonomy_of
from annotation.models import LabelSet
from billing.money import format_amount
from marketplace import inviting, questions
from marketplace.answer_limits import WORDS
from marketplace.errors import Conflict
from marketplace.models import Instructions, Job, Task, User
from marketplace.requirements import Requirements
from marketplace.terms import (
    MAX_INSTRUCTIONS,
    MAX_OVERLAP,
    MAX_TITLE,
    JobDraft,
    parse_instructions,
    parse_job,
)
from qa.models import Gold
from qa.verdict import Policy

__all__ = [
    "MAX_INSTRUCTIONS",
    "MAX_OVERLAP",
    "MAX_TITLE",
    "JobDraft",
    "as_data",
    "create_job",
    "delete_draft",
    "duplicate_job",
    "edit_job",
    "instructions_of",
    "parse_job",
    "revise_instructions",
]

COPIED = (
    "label_set",
    "reward",
    "reward_per_shape",
    "shapes_paid_at_most",
    "reserve_percent",
    "min_overlap",
    "max_overlap",
    "policy",
    "requirements",
    "lease_seconds",
    "appeal_days",
    "visibility",
    "daily_cap",
    "share_cap",
    "answer_limits",
)


@transaction.atomic
def create_job(*, owner: User, draft: JobDraft, now: datetime) -> Job:
    """Store a new draft job with the first version of its instructions."""
    job = Job(owner=owner, fee_bps=settings.PLATFORM_FEE_BPS, created_at=now)
    _fill(job, draft, label_set_for(owner=owner, name=draft.title, taxonomy=draft.taxonomy))
    job.save()
    Instructions.objects.create(job=job, version=1, text=draft.instructions, created_at=now)
    return job


@transaction.atomic
def edit_job(*, job: Job, draft: JobDraft, now: datetime) -> Job:
    """Change a job that is still a draft. Raises Conflict once it is published."""
    job = _locked_draft(job)
    label_set = job.label_set
    if taxonomy_of(label_set=label_set) != draft.taxonomy:
        label_set = label_set_for(owner=job.owner, name=draft.title, taxonomy=draft.taxonomy)
    _fill(job, draft, label_set)
    job.save()
    _revise(job, draft.instructions, now)
    return job


@transaction.atomic
def revise_instructions(*, job: Job, text: str, now: datetime) -> Instructions:
    """Give a job new instructions. Answers already given keep the version they were given under."""
    text = parse_instructions(text)
    job = Job.objects.select_for_update(no_key=True).get(pk=job.pk)
    if job.state in (Job.State.CLOSING, Job.State.CLOSED):
        raise Conflict("job_closed", "This job is closed; its instructions no longer change.")
    return _revise(job, text, now)


@transaction.atomic
def duplicate_job(*, job: Job, now: datetime) -> Job:
    """Copy a job as a new draft: its terms, who may work, and its questions for practice and exam, but not its images,
    its money, its link or its guests."""
    copy = Job(owner=job.owner, fee_bps=settings.PLATFORM_FEE_BPS, created_at=now, copied_from=job)
    for field in COPIED:
        setattr(copy, field, getattr(job, field))
    copy.title = f"{job.title[: MAX_TITLE - 7]} (copy)"
    inviting.give_key(job=copy)
    copy.save()
    Instructions.objects.create(job=copy, version=1, text=instructions_of(job=job).text, created_at=now)
    questions.copy_all(job=job, copy=copy, now=now)
    return copy


@transaction.atomic
def delete_draft(*, job: Job) -> None:
    """Delete a draft with its images. A published job is never deleted: its money and answers are history."""
    job = _locked_draft(job)
    Gold.objects.filter(scope=f"job:{job.pk}").delete()
    images = [task.image for task in Task.objects.select_related("image").filter(job=job)]
    Task.objects.filter(job=job).delete()
    questions.remove_all(job=job)
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
        "labels": [{**label.as_json(), "shapes": sorted(label.shapes)} for label in taxonomy.labels],
        "tag_choice": taxonomy.tag_choice,
        "overlap": {"min": job.min_overlap, "max": job.max_overlap},
        "reward": format_amount(job.reward),
        "reward_per_shape": format_amount(job.reward_per_shape),
        "shapes_paid_at_most": job.shapes_paid_at_most,
        "fair_pay_reserve_percent": job.reserve_percent,
        "policy": {key: policy[key] for key in Policy.SETTABLE},
        "visibility": job.visibility,
        "limits": {"answers_per_day": job.daily_cap, "share_percent": job.share_cap},
        "answer_limits": {name: (job.answer_limits or {}).get(name) for name in WORDS},
        "appeal_days": job.appeal_days,
        "requirements": Requirements.from_json(job.requirements).as_json(),
    }


def _fill(job: Job, draft: JobDraft, label_set: LabelSet) -> None:
    job.title = draft.title
    job.label_set = label_set
    job.reward = draft.reward
    job.reward_per_shape = draft.reward_per_shape
    job.shapes_paid_at_most = draft.shapes_paid_at_most
    job.reserve_percent = draft.reserve_percent
    job.min_overlap = draft.min_overlap
    job.max_overlap = draft.max_overlap
    job.policy = draft.policy.as_json()
    job.requirements = draft.requirements.as_json()
    job.visibility = draft.visibility
    job.daily_cap = draft.limits.answers_per_day
    job.share_cap = draft.limits.share_percent
    job.answer_limits = draft.answer_limits
    inviting.give_key(job=job)
    job.lease_seconds = settings.LEASE_SECONDS
    job.appeal_days = draft.appeal_days


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
